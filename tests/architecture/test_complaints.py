"""What docs/develop/complaints.md claims is there: each file and each test that it names."""

import re

import pytest

from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "develop" / "complaints.md"
PACKAGE = ROOT / "src" / "gongzhi"
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
NAMED = re.compile(r"`([^`]+)`")


def sources() -> str:
    """Every test of the project, as written."""
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "web" / "tests").glob("*.test.ts")]
    return "\n".join(each.read_text(encoding="utf-8") for each in files)


def stands(path: str) -> bool:
    """Whether a file or folder stands under the project, the package or its capabilities."""
    return any((base / path).exists() for base in (ROOT, PACKAGE, PACKAGE / "capabilities"))


def test_every_complaint_has_its_row() -> None:
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, 27))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_what_a_row_names_is_there(row: str) -> None:
    _before, _number, _said, _done, where, shown, _after = row.split("|")
    places = [each for each in NAMED.findall(where) if "/" in each]
    assert places
    assert [each for each in places if not stands(each)] == []
    written, tests = sources(), NAMED.findall(shown)
    assert tests
    assert [each for each in tests if f"def {each}(" not in written and f'"{each}"' not in written] == []
