"""Spreadsheets from outside are doubted, and those that go out run nothing."""

import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from gongzhi.ui.spreadsheets import MOST_UNPACKED, TableError, read_table, safe, table

COLUMNS = {"name": "姓名"}


def a_book(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in members.items():
            made.writestr(name, body)
    return content.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as read:
        return {name: read.read(name) for name in read.namelist()}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "\x01=1", " =1"]
)
def test_no_cell_is_run_by_a_program(text: str) -> None:
    content = table("表", ["内容"], rows=[[text]])
    cell = load_workbook(BytesIO(content)).worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert not str(cell.value).startswith(("=", "+", "-", "@"))


def test_letters_that_no_sheet_can_hold_are_left_out() -> None:
    content = table("表", ["内容"], rows=[["路灯\x00\x0b\x1f坏了\ufffe\uffff"], ["\x01=1"]])
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    assert sheet["A2"].value == "路灯坏了"
    assert sheet["A3"].value == safe("=1")


WHOLE = parts_of(a_book(["姓名"], ["甲"]))
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (97 + n, b"&%c;" % (96 + n) * 10) for n in range(1, 9))
    + b"]><worksheet><sheetData><row><c><v>&i;</v></c></row></sheetData></worksheet>"
)
SPOILT = {
    "nothing": b"",
    "words": "姓名,电话".encode(),
    "a cut file": a_book(["姓名"], ["甲"])[:900],
    "an empty archive": packed({}),
    "other members": packed({"a.txt": b"a"}),
    "a broken sheet": packed(WHOLE | {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}),
    "a broken list of sheets": packed(WHOLE | {"xl/workbook.xml": b"<workbook"}),
    "a sheet of another kind": packed(WHOLE | {"xl/worksheets/sheet1.xml": b"\x00\xff"}),
    "entities that grow": packed(WHOLE | {"xl/worksheets/sheet1.xml": BOMB}),
    "what unpacks to too much": packed(WHOLE | {"xl/media/a": b"0" * (MOST_UNPACKED + 1)}),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(TableError):
        read_table(BytesIO(SPOILT[name]), COLUMNS)


def test_a_whole_file_is_read() -> None:
    assert read_table(BytesIO(packed(WHOLE)), COLUMNS) == [{"name": "甲"}]
