"""Commands on grids: drawn by hand, from a table, or by dividing households. A number is never used twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from gongzhi.core.command.regions import checked_boundary, checked_name, locked_at, must_manage
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.people.models import Household, Person
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import rules
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import plain_name

COLUMNS = {
    "grid": rules.Level.GRID,
    "small_grid": rules.Level.SMALL_GRID,
    "micro_grid": rules.Level.MICRO_GRID,
}
"""The columns of a table of grids beside `village`, which holds the village's code or name."""
MOST_ROWS = 2_000


@dataclass(frozen=True)
class RowError:
    """What is wrong in one cell: the row as the spreadsheet counts it, the column, and words."""

    row: int
    column: str
    message: str


class RowsRefused(Refused):
    """A table that was not taken, with every fault that was found in it."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__("rows", _("表格中有 %(n)s 处需要更正，没有导入任何一行。") % {"n": len(errors)})
        self.errors = tuple(errors)


def draw_grid(
    *,
    actor: Actor,
    parent: tuple[int, int],
    level: int,
    name: str,
    boundary: dict[str, Any] | None = None,
    client_id: UUID | None = None,
) -> Answer:
    """Draw a grid, small grid or micro grid under a village or a wider grid (code, level): next number.

    Refuses when the actor does not manage the place, the levels do not fit, the number 99 is used, the name
    is borne beside it, or the boundary is no area.
    """
    payload = {"parent": list(parent), "level": level, "name": name, "boundary": boundary}
    with change(actor, "grid.drawn", client_id=client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        drawing = Drawing(c)
        above = locked_at(c, parent[0], level=parent[1])
        if drawing.named(above, level, name=name) is not None:
            raise Refused("grid_name", _("%(name)s 已经有了。") % {"name": name.strip()})
        grid = drawing.draw(above, level, name=name, boundary=checked_boundary(boundary))
        c.about(grid.code)
        return c.answer(grid, id=grid.id, code=grid.text)


def draw_grids_from_rows(
    *, actor: Actor, within: tuple[int, int], rows: Sequence[Mapping[str, str]], first_row: int = 2
) -> Answer:
    """Draw the grids of a table inside a region (code, level): all of them, or none.

    Each row has `village` (code or name) and one or more of `grid`, `small_grid`, `micro_grid`; a name that
    is there already is not drawn again, so a table can be taken twice. Refuses (RowsRefused) with the row
    and column of every fault; `first_row` is the spreadsheet's number of the first row.
    """
    with change(actor, "grids.drawn") as c:
        must_manage(actor, within[0])
        if len(rows) > MOST_ROWS:
            raise Refused("too_many", _("一次最多导入 %(n)s 行。") % {"n": MOST_ROWS})
        villages = Villages(rules.interval(*within))
        drawing, errors = Drawing(c), list[RowError]()
        for number, row in enumerate(rows, first_row):
            errors += _draw_row(drawing, villages, row=row, number=number)
        if errors:
            raise RowsRefused(errors)
        c.about(within[0])
        c.data(drawn=[grid.text for grid in drawing.drawn])
        return c.answer(drawn=len(drawing.drawn), rows=len(rows))


def split_households_into_micro_grids(*, actor: Actor, parent: tuple[int, int], size: int) -> Answer:
    """Divide the households of a village or grid that lie in no micro grid yet into new ones of about `size`.

    Neighbouring numbers stay together and no micro grid is more than one household larger than another.
    Households and their members move to the new code. Refuses when the actor may not edit people there,
    there are no such households, or more than 99 micro grids would come of it.
    """
    with change(actor, "households.split") as c:
        above = locked_at(c, parent[0], level=parent[1])
        if not actor.may("edit_people", above.code):
            raise Refused("no_right", _("您的岗位不能调整这个地方的住户。"))
        groups = groups_of(_unplaced(above), size)
        if not groups:
            raise Refused("no_households", _("这里没有尚未划入微网格的住户。"))
        drawing = Drawing(c)
        for group in groups:
            with override(settings.LANGUAGE_CODE):  # a name is kept, so the reader's language does not matter
                name = _("第%(n)s微网格") % {"n": drawing.next_number(above)}
            grid = drawing.draw(above, rules.Level.MICRO_GRID, name=name)
            _settle(c, group, grid=grid)
        c.about(above.code)
        c.data(drawn=[grid.text for grid in drawing.drawn])
        return c.answer(above, drawn=len(groups), households=sum(map(len, groups)))


def groups_of(households: Sequence[Household], size: int) -> list[list[Household]]:
    """The households in runs of at most `size`, as even as they can be. Refuses a size below two."""
    if size < 2:
        raise Refused("size", _("每个微网格至少两户。"))
    number = -(-len(households) // size)
    ends = [len(households) * at // number for at in range(number + 1)] if number else []
    return [list(households[low:high]) for low, high in pairwise(ends)]


@dataclass
class Drawing:
    """The grids that one command draws, with what is used and named already."""

    c: Change
    drawn: list[Region] = field(default_factory=list)
    _known: dict[tuple[int, int], list[Region]] = field(default_factory=dict)
    _villages: set[int] = field(default_factory=set)

    def named(self, above: Region, level: int, *, name: str) -> Region | None:
        """The standing region of that name and level directly inside another."""
        beside = self._beside(above, level)
        wanted = name.strip()
        return next((one for one in beside if one.name == wanted and one.valid_to is None), None)

    def next_number(self, above: Region) -> int:
        """How many micro grids a region will have had after the next one."""
        return len(self._beside(above, rules.Level.MICRO_GRID)) + 1

    def draw(self, above: Region, level: int, *, name: str, boundary: dict[str, Any] | None = None) -> Region:
        """Add a new grid. Refuses levels that do not fit and a hundredth number."""
        beside = self._beside(above, level)
        try:
            code = rules.next_free(above.code, above.level, of=level, taken=[one.code for one in beside])
        except ValueError as error:
            full = _("%(place)s 的编号已用完（最多 99 个）。") % {"place": above.name}
            raise Refused("grid_full", full) from error
        grid = Region(code=code, level=level, name=checked_name(name), boundary=boundary)
        grid.valid_from = timezone.localdate(self.c.now)
        beside.append(self.c.create(grid))
        self.drawn.append(grid)
        return grid

    def _beside(self, above: Region, level: int) -> list[Region]:
        """Every region of that level ever drawn directly inside another, read once a village."""
        if level not in rules.GRIDS or above.level < rules.Level.VILLAGE or level <= above.level:
            raise Refused("grid_level", _("网格只能划在村、社区或上一级网格之内。"))
        village = rules.floor_code(above.code, rules.Level.VILLAGE)
        if village not in self._villages:
            self._villages.add(village)
            inside = Region.objects.inside(rules.interval(village, rules.Level.VILLAGE))
            for grid in inside.filter(level__in=rules.GRIDS).defer("boundary").order_by("code"):
                held_by = rules.parent_code(grid.code, grid.level)
                self._known.setdefault((held_by, grid.level), []).append(grid)
        return self._known.setdefault((above.code, level), [])


class Villages:
    """The villages of an interval, by code and by name."""

    def __init__(self, within: rules.Interval) -> None:
        today = timezone.localdate()
        found = (
            Region.objects.inside(within).standing(today).filter(level=rules.Level.VILLAGE).defer("boundary")
        )
        self._by_name: dict[str, list[Region]] = {}
        for village in found:
            for name in {village.short, village.text, village.name, plain_name(village.name)}:
                self._by_name.setdefault(name, []).append(village)

    def find(self, text: str) -> list[Region]:
        """The villages that a cell can mean."""
        return self._by_name.get(text.strip(), [])


def _draw_row(drawing: Drawing, villages: Villages, *, row: Mapping[str, str], number: int) -> list[RowError]:
    """Draw what one row names, from the widest to the smallest; return what is wrong in it."""
    found = villages.find(row.get("village", ""))
    if len(found) != 1:
        words = _("村名重复，请填 12 位代码。") if found else _("没有这个村，请填 12 位代码或全名。")
        return [RowError(number, "village", words)]
    named = {column: row.get(column, "").strip() for column in COLUMNS}
    if not any(named.values()):
        return [RowError(number, "grid", _("请至少填写一级网格的名称。"))]
    above = found[0]
    for column, name in named.items():
        if not name:
            continue
        try:
            must_manage(drawing.c.actor, above.code)
            known = drawing.named(above, COLUMNS[column], name=name)
            above = known or drawing.draw(above, COLUMNS[column], name=name)
        except Refused as refused:
            return [RowError(number, column, refused.message)]
    return []


def _unplaced(above: Region) -> list[Household]:
    """The households directly in a region's subtree that no micro grid holds, in order of their numbers."""
    low, high = above.interval
    found = Household.objects.filter(region_code__gte=low, region_code__lte=high, closed_on=None)
    free = [one for one in found.select_for_update() if one.region_code % 100 == 0]
    return sorted(free, key=lambda one: (_natural(one.number), one.address, str(one.id)))


def _natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts 9 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"[0-9]+|[^0-9]+", text)]


def _settle(c: Change, households: Sequence[Household], *, grid: Region) -> None:
    for household in households:
        c.update(household, region_code=grid.code)
    members = Person.objects.filter(household__in=households, erased_at=None)
    for person in members.select_for_update(of=("self",)):
        c.update(person, region_code=grid.code)
