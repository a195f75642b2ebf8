"""Spreadsheets at the border: tables that officials fill in, and lists that they take away. Codes stay text."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.http import HttpResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024
MOST_ROWS = 2_000
RUN_BY_PROGRAMS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BREAKS = {"\t", "\r", "\n"}
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SPOILT = (BadZipFile, InvalidFileException, LookupError, ValueError, SyntaxError, TypeError, AttributeError)
UNPACKING = (zlib.error, RuntimeError, EOFError, OSError)
"""How openpyxl and what it reads with fail on files that are no workbook, or one that was spoilt."""
WIDTH = 18


class TableError(ValueError):
    """A file that cannot be read as the table that was asked for; the message says why, for the user."""


def safe(value: object) -> object:
    """A cell that no program takes for a formula, without letters that no sheet can hold.

    Text that could be taken for one, also behind blanks, gets an apostrophe before it.
    """
    if not isinstance(value, str):
        return value
    text = UNWRITABLE.sub("", value)
    return f"'{text}" if text[:1] in BREAKS or text.lstrip().startswith(RUN_BY_PROGRAMS) else text


def table(title: str, headings: Sequence[str], *, rows: Iterable[Sequence[object]]) -> bytes:
    """An xlsx with one sheet: headings in bold that stay in sight, and the rows, as they come."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number in range(len(headings)):
        sheet.column_dimensions[get_column_letter(number + 1)].width = WIDTH
    sheet.append([_bold(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([safe(value) for value in row])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def download(content: bytes, name: str) -> HttpResponse:
    """The answer that lets a browser keep a spreadsheet under a name."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def read_table(file: IO[bytes], columns: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of the first sheet as text, under the keys of `columns` (key → heading); empty rows are left out.

    A row that is left out still counts, so that errors name the row that the user sees: it comes as an empty dict.
    Refuses (TableError) what is no xlsx, is too large, or lacks a heading.
    """
    lines = _lines(file)
    headings = [_text(value) for value in next(lines, ())]
    missing = [heading for heading in columns.values() if heading not in headings]
    if missing:
        raise TableError(_("第一行缺少这些列：%(names)s。请用模板填写。") % {"names": "、".join(missing)})
    at = {key: headings.index(heading) for key, heading in columns.items()}
    rows = [{key: _text(line[column]) for key, column in at.items()} for line in lines]
    while rows and not any(rows[-1].values()):
        rows.pop()
    if len(rows) > MOST_ROWS:
        raise TableError(_("一次最多导入 %(n)s 行，请分成几个文件。") % {"n": MOST_ROWS})
    return [row if any(row.values()) else {} for row in rows]


def _lines(file: IO[bytes]) -> Iterator[Sequence[object]]:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TableError(_("文件太大，最大 5 MB。"))
    try:
        with ZipFile(BytesIO(content)) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
        if unpacked <= MOST_UNPACKED:
            sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
            return iter(list(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=40, values_only=True)))
    except (*SPOILT, *UNPACKING) as error:
        raise TableError(_("打不开这个文件，请用 .xlsx 格式保存后再上传。")) from error
    raise TableError(_("文件太大，最大 5 MB。"))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell
