"""Bringing a hotline's file into orders: each row for itself, done whole or refused with its reason."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands import PastMessage, Said, import_order
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Order
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor, enter_as_system
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import Named
from gongzhi.core.regions.rules import DIGITS, Level, interval, parse_code
from gongzhi.interop.hotline.mapping import Mapping
from gongzhi.interop.hotline.reader import Row, Sheet, Unreadable, read

BATCH = 300
LONGEST_TEXT = 20_000
LONGEST_NUMBER = 60
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Refusal:
    """A row that was not imported: its number, the column at fault (none: the whole row), and why."""

    row: int
    column: str
    words: str


@dataclass
class Report:
    """What became of a file's rows. `known` ones had been imported before and were left as they are."""

    read: int = 0
    waiting: int = 0
    closed: int = 0
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)


class BadCell(ValueError):
    """A cell that cannot be used; says which and why."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column
        self.words = words


@dataclass(frozen=True)
class Target:
    """Where messages go: a place, by whose platform, and the names inside it."""

    region: Region
    post_id: UUID
    names: Sequence[Named]


def import_messages(file: Path, *, mapping: Mapping, region: str, progress: Progress | None = None) -> Report:
    """Import a file's messages into a place, some hundred to a transaction; running it again adds what is new.

    Refuses (Unreadable) a file or mapping that do not fit each other, and a place that takes no orders. A row that
    cannot be used is told in the report and leaves nothing behind.
    """
    sheet = read(file, sheet=mapping.sheet)
    if missing := mapping.missing(sheet.columns):
        raise Unreadable(
            _("文件里没有这些列：%(missing)s。文件里有：%(columns)s。")
            % {"missing": ", ".join(missing), "columns": ", ".join(sheet.columns)}
        )
    target = target_of(region)
    report = Report()
    reading = Reading(mapping, target)
    for batch in _batches(sheet):
        _import(reading, batch, report=report)
        if progress is not None:
            progress(report.read, sheet.total)
    return report


def target_of(text: str) -> Target:
    """The place of a code. Refuses (Unreadable) what is no code, and a place outside every county with a platform."""
    try:
        code = parse_code(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    levels = {length: level for level, length in DIGITS.items()}
    found = regions.regions_at(code)
    fitting = [each for each in found if each.level == levels.get(len(text.strip()))] or found[-1:]
    if not fitting or fitting[0].level < Level.COUNTY:
        raise Unreadable(_("没有找到代码为 %(code)s 的县、乡镇或村。") % {"code": text})
    region = fitting[0]
    post = next(iter(platform_posts(region.code)), None)
    if post is None:
        raise Unreadable(_("%(place)s所在的县还没有平台岗位，请先由管理员设立。") % {"place": region.name})
    names = regions.names_inside(interval(region.code, region.level))
    return Target(region, post.id, names)


@dataclass
class Reading:
    """Turns rows into messages; remembers which numbers it has seen."""

    mapping: Mapping
    target: Target
    seen: dict[str, int] = field(default_factory=dict)

    def message(self, row: Row) -> PastMessage:
        """The message of a row. Refuses (BadCell) what cannot be one."""
        if row.too_long:
            raise BadCell("", _("这一行的格子比表头多，可能有没加引号的逗号。"))
        columns = self.mapping.columns
        number = self._number(row)
        said_at = self._time(row, columns.at)
        if said_at is None:
            raise BadCell(columns.at, _("没有时间。"))
        text, title = self._text(row, columns.text), self._text(row, columns.title)
        if not (text or title):
            raise BadCell(columns.text, _("没有内容。"))
        answer = self._text(row, columns.answer)
        return PastMessage(
            source=self.mapping.source,
            number=number,
            said_at=said_at,
            region_code=self.target.region.code,
            region_level=self.target.region.level,
            kind=self._kind(row),
            said=Said(title, text, self._text(row, columns.place)),
            answer=answer,
            answered_at=self._time(row, columns.answered_at) if answer else None,
            names=self.target.names,
        )

    def _number(self, row: Row) -> str:
        column = self.mapping.columns.number
        number = str(row.cells.get(column, ""))
        if not number:
            raise BadCell(column, _("没有编号。"))
        if len(number) > LONGEST_NUMBER:
            raise BadCell(column, _("编号超过 %(most)d 个字。") % {"most": LONGEST_NUMBER})
        first = self.seen.setdefault(number, row.number)
        if first != row.number:
            raise BadCell(column, _("编号与第 %(row)d 行重复。") % {"row": first})
        return number

    def _time(self, row: Row, column: str) -> datetime | None:
        cell = row.cells.get(column, "") if column else ""
        if not cell:
            return None
        moment = self.mapping.time_of(cell)
        if moment is None:
            raise BadCell(column, _("看不懂这个时间：%(cell)s。") % {"cell": str(cell)[:40]})
        if not EARLIEST <= moment <= timezone.now():
            raise BadCell(
                column, _("时间不对（早于1990年，或在将来）：%(cell)s。") % {"cell": str(cell)[:40]}
            )
        return moment

    def _text(self, row: Row, column: str) -> str:
        text = str(row.cells.get(column, "")) if column else ""
        if len(text) > LONGEST_TEXT:
            raise BadCell(column, _("文字超过 %(most)d 个字。") % {"most": LONGEST_TEXT})
        return text

    def _kind(self, row: Row) -> str:
        column = self.mapping.columns.kind
        named = str(row.cells.get(column, "")) if column else ""
        return self.mapping.kinds.get(named, self.mapping.kind)


def _batches(sheet: Sheet) -> Iterator[list[Row]]:
    rows = iter(sheet.rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _import(reading: Reading, batch: Iterable[Row], *, report: Report) -> None:
    """One transaction, as the county's platform: a savepoint a row, so that a refused one leaves nothing."""
    messages: list[tuple[Row, PastMessage]] = []
    for row in batch:
        report.read += 1
        try:
            messages.append((row, reading.message(row)))
        except BadCell as bad:
            report.refused.append(Refusal(row.number, bad.column, bad.words))
    with enter_as_system(reading.target.post_id) as actor:
        known = _known(reading.mapping.source, [past.number for _row, past in messages])
        for row, past in messages:
            if past.number in known:
                report.known += 1
            else:
                _import_one(actor, row, past=past, reading=reading, report=report)


def _import_one(actor: Actor, row: Row, *, past: PastMessage, reading: Reading, report: Report) -> None:
    try:
        with transaction.atomic():
            import_order(actor=actor, past=past)
    except Refused as refused:
        words = refused.message
        if refused.code == "order_external_once":
            words = _("这个来源的这个编号已经导入到别的地方。")
        report.refused.append(Refusal(row.number, reading.mapping.columns.number, words))
    except DatabaseError as error:
        words = _("数据库不收这一行：%(error)s。") % {"error": type(error.__cause__ or error).__name__}
        report.refused.append(Refusal(row.number, "", words))
    else:
        report.closed += bool(past.answer)
        report.waiting += not past.answer


def _known(source: str, numbers: list[str]) -> set[str]:
    found = Order.objects.filter(external_source=source, external_number__in=numbers)
    return set(found.values_list("external_number", flat=True))
