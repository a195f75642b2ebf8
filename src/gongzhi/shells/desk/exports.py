"""Lists that leave the house as spreadsheets: one way for all of them, bounded, and coarser than the pages are.

A time is told by its day (and the hour where the pack allows), a place by its grid at the closest, a point within a
kilometre: what is finer leads to a household. A cell is given as it is (a moment, a `Place`) and made coarse here.

A calendar's feed is no such list: it tells a post its own due tasks, by number alone, under an address of its own. Nor
is a person's own file, which holds what is his.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import code_text, told_code
from gongzhi.ui.spreadsheets import download, table

MOST_ROWS = 10_000
BATCH = 500


@dataclass(frozen=True)
class Place:
    """A place by its code, as a cell: told at the level of the grid."""

    code: int


def export(
    name: str, title: str, *, headings: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """The answer with a spreadsheet of at most MOST_ROWS rows; where there are more, it says so in the last one."""
    return download(table(title, headings, rows=_bounded(rows)), f"{name}-{timezone.localdate():%Y%m%d}.xlsx")


def day(moment: datetime | date | None, *, hours: bool = False) -> str:
    """A time as a list tells it: the day, and the hour where that is allowed."""
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d}"
    local = timezone.localtime(moment)
    return (
        _("%(day)s %(hour)s时") % {"day": f"{local:%Y-%m-%d}", "hour": local.hour}
        if hours
        else f"{local:%Y-%m-%d}"
    )


def place_names(codes: Iterable[int]) -> Mapping[int, str]:
    """The names of places, by their own codes: of the grid at the closest."""
    wanted = {code: told_code(code) for code in set(codes)}
    names = regions.labels(set(wanted.values())) if wanted else {}
    return {code: names.get(told, "") for code, told in wanted.items()}


def _bounded(rows: Iterable[Sequence[object]]) -> Iterator[list[object]]:
    given = iter(rows)
    for row in islice(given, MOST_ROWS):
        yield [_cell(value) for value in row]
    for _one_more in islice(given, 1):
        yield [_("只导出了前 %(count)s 行，请缩小范围再导出其余的。") % {"count": MOST_ROWS}]


def _cell(value: object) -> object:
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Place):
        return code_text(told_code(value.code))
    return value
