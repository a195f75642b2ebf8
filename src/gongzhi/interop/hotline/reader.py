"""Reading a spreadsheet or csv of messages as rows of plain text, numbered as a spreadsheet shows them."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, load_workbook

ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",\t;"
LONGEST_CELL = 1_000_000
SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".ods"}
TEXTS = {".csv", ".txt", ".tsv"}

Cell = str | datetime


class Unreadable(ValueError):
    """A file that cannot be read at all; says why."""


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header's is 1), and its cells by column."""

    number: int
    cells: dict[str, Cell]
    too_long: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table of a file: the names of its columns, how many rows follow, and the rows themselves, once."""

    columns: list[str]
    total: int
    rows: Iterator[Row]


def read(file: Path, *, sheet: str = "") -> Sheet:
    """The table of a file; of a workbook the named sheet, or its first one.

    Refuses (Unreadable) another sort of file, one whose letters cannot be read, and one without a header.
    """
    kind = file.suffix.lower()
    if not file.is_file():
        raise Unreadable(_("没有找到文件 %(file)s。") % {"file": file})
    if kind in SPREADSHEETS:
        return _table(*_of_workbook(file, sheet))
    if kind in TEXTS:
        return _table(*_of_text(file))
    raise Unreadable(_("只能读 xlsx、xls、ods 和 csv 文件，这个文件是 %(kind)s。") % {"kind": kind or "?"})


def _table(total: int, lines: Callable[[], Iterator[list[Any]]]) -> Sheet:
    header = [_text(cell) for cell in next(lines(), [])]
    while header and not header[-1]:
        header.pop()
    if not any(header):
        raise Unreadable(_("文件第一行应是各列的名称，但它是空的。"))
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise Unreadable(_("有两列都叫“%(name)s”，请改名后再导入。") % {"name": twice[0]})
    return Sheet([name for name in header if name], max(total - 1, 0), _rows(header, lines))


def _rows(header: list[str], lines: Callable[[], Iterator[list[Any]]]) -> Iterator[Row]:
    for number, line in enumerate(islice(lines(), 1, None), start=2):
        cells = [_cell(value) for value in line]
        if not any(cells):
            continue
        named = {name: cell for name, cell in zip(header, cells, strict=False) if name}
        yield Row(number, named, too_long=any(cells[len(header) :]))


def _of_text(file: Path) -> tuple[int, Callable[[], Iterator[list[Any]]]]:
    csv.field_size_limit(LONGEST_CELL)
    for encoding in ENCODINGS:
        try:
            with file.open(encoding=encoding, newline="") as opened:
                delimiter = _delimiter(opened.readline())
            total = sum(1 for _line in _lines(file, encoding=encoding, delimiter=delimiter))
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise Unreadable(_("这个 csv 文件的引号不成对：%(error)s。") % {"error": error}) from error
        return total, lambda: _lines(file, encoding=encoding, delimiter=delimiter)  # noqa: B023 - returned at once
    raise Unreadable(_("文件的文字编码既不是 UTF-8 也不是 GB18030，请另存为 UTF-8。"))


def _lines(file: Path, *, encoding: str, delimiter: str) -> Iterator[list[Any]]:
    with file.open(encoding=encoding, newline="") as opened:
        yield from csv.reader(opened, delimiter=delimiter, strict=True)


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _of_workbook(file: Path, sheet: str) -> tuple[int, Callable[[], Iterator[list[Any]]]]:
    try:
        book = load_workbook(file)
        if sheet and sheet not in book.sheet_names:
            names = ", ".join(book.sheet_names)
            raise Unreadable(
                _("工作簿里没有“%(sheet)s”这张表，有：%(names)s。") % {"sheet": sheet, "names": names}
            )
        table = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        lines: list[list[Any]] = table.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise Unreadable(_("打不开这个工作簿：%(error)s。") % {"error": error}) from error
    return len(lines), lambda: iter(lines)


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value
    return _text(value)


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, and no characters that no text has."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, date):
        value = value.isoformat()
    text = str(value if value is not None else "").replace("\r\n", "\n")
    return "".join(each for each in text if each in "\n\t" or each.isprintable() or each.isspace()).strip()
