"""Which place's demo a home folder holds, and whether it was ever wholly made: told by a mark in the folder."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gongzhi.project import embedded
from gongzhi.project.refusal import Refusal

MARK = "demo"
UNFINISHED = "unfinished"
PARTS = (
    *("pg", "pg.making", "pg.lock", "pg.users", "media", "static", "outbox", "secrets.json", "last-backup"),
    *("exports", "erasures.jsonl", "erasures.read", "erasures.owed", "erasures.lock"),
)


def shown(home: Path) -> str | None:
    """The pack of the demo in `home`, `unfinished`, nothing told (a demo of 0.1.0), or None: no demo is there."""
    mark = home / MARK
    return mark.read_text(encoding="utf-8").strip() if mark.exists() else None


@contextmanager
def making(home: Path, *, pack: str) -> Iterator[None]:
    """Around what makes the demo of `pack` or finds it made. What was cut off in here begins anew the next time.

    Refuses (Refusal) a folder that holds a real installation, or another place's demo.
    """
    found = shown(home)
    if found is None and any((home / name).exists() for name in ("pg", "secrets.json")):
        raise Refusal(
            f"{home} holds an installation that is no demo: choose another GONGZHI_HOME, or delete the folder"
        )
    if found == UNFINISHED:
        sys.stderr.write("The last start was cut off while the demo was being made; it is made anew.\n")
        forget(home)
        found = None
    if found and found != pack:
        raise Refusal(f"{home} holds the demo of {found}: forget it first (make reset), or start that one")
    if found is None:
        home.mkdir(parents=True, exist_ok=True, mode=0o711)
        _mark(home, UNFINISHED)
    yield
    _mark(home, pack)


def forget(home: Path) -> None:
    """Delete the demo's data. Refuses (Refusal) an installation that is no demo, and a demo that runs."""
    if not home.exists():
        return
    if shown(home) is None:
        raise Refusal(f"{home} holds no demo; nothing was deleted")
    if not embedded.stop_if_unused(home / "pg"):
        raise Refusal("the demo is running: stop it first")
    for name in (*PARTS, MARK):  # the mark last: who is cut off here may begin anew
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _mark(home: Path, words: str) -> None:
    (home / MARK).write_text(f"{words}\n", encoding="utf-8")
