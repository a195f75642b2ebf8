"""docs/develop/openapi.json, the interface for programs as it is committed: `python tools/openapi.py` writes it anew.

tests/architecture/test_openapi.py fails when it is stale, so that a change of the interface is seen in review.
"""

import json
import os
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "docs" / "develop" / "openapi.json"


def text() -> str:
    """The document as it is committed."""
    from gongzhi.project.openapi import document  # noqa: PLC0415  (needs Django set up)

    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongzhi.project.settings")
    import django  # noqa: PLC0415  (the settings come first)

    django.setup()
    TARGET.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
