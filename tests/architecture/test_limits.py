"""Limits that keep it small: ruff counts statements, branches, parameters; this counts lines and excuses."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import ROOT, shown, unexcused

LINES = 400
SOURCES = ("src/**/*.py", "src/**/*.html", "tests/**/*.py", "bench/**/*.py", "tools/*", "web/src/**/*.*")
EXCUSES = re.compile(r"#\s*noqa:[^#]*\b(C901|PLR0911|PLR0912|PLR0913|PLR0915|PLR0917)\b")
LIMITS = {"C901", "PLR0912", "PLR0913", "PLR0915"}


def sources() -> Iterator[Path]:
    for pattern in SOURCES:
        for path in ROOT.glob(pattern):
            if path.is_file() and path.suffix not in {".pyc", ".svg", ".json"} and "built" not in path.parts:
                yield path


def test_no_file_is_longer_than_400_lines() -> None:
    counted = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert len(counted) > 100
    long = {where: f"{lines} lines" for where, lines in counted.items() if lines > LINES}
    assert unexcused("long_files", long) == []


def test_whoever_steps_over_a_limit_says_why() -> None:
    over: dict[str, str] = {}
    for path in sources():
        if path.suffix != ".py":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            found = EXCUSES.search(line)
            if found and found.group(1) in LIMITS:
                over[f"{shown(path)} {found.group(1)}"] = line.strip()
    assert unexcused("complexity", over) == []


def test_migrations_belong_to_their_room() -> None:
    stray = [
        shown(path)
        for path in (ROOT / "src").rglob("migrations/*.py")
        if not re.fullmatch(r"__init__|\d{4}_[a-z0-9_]+", path.stem)
    ]
    assert stray == []
