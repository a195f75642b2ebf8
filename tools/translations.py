"""Compiles every catalogue that changed: django.po to django.mo."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Compile; the exit code says whether a catalogue cannot be read."""
    faults = 0
    for source in sorted((ROOT / "src").rglob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        except PoFileError as error:
            print(f"{source.relative_to(ROOT)}: {error}", file=sys.stderr)
            faults = 1
            continue
        with target.open("wb") as file:
            write_mo(file, catalogue)
    return faults


if __name__ == "__main__":
    sys.exit(main())
