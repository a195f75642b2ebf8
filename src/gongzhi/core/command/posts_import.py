"""Setting up many posts from a table: all of them, or none, with every fault by row and column."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.core.command.grids import RowError, RowsRefused, Villages
from gongzhi.core.command.people import create_post
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions import rules

COLUMNS = ("title", "role", "place")
MOST_ROWS = 500
LONGEST_TITLE = 80


def import_posts(
    *, actor: Actor, within: tuple[int, int], rows: Sequence[Mapping[str, str]], first_row: int = 2
) -> Answer:
    """Set up the posts of a table for the places inside a region (code, level): all of them, or none.

    Each row has `title`, `role` (its name or key) and `place` (a code, or the name of a village). Holders are given
    one by one on the post's page, since that is a decision about a person. One command a row; an empty row is passed
    over. Refuses (RowsRefused) with the row and column of every fault, and a table without a row.
    """
    if len(rows) > MOST_ROWS:
        raise Refused("too_many", _("一次最多导入 %(n)s 行。") % {"n": MOST_ROWS})
    villages, errors, made = Villages(rules.interval(*within)), [], 0
    with transaction.atomic():
        for number, row in enumerate(rows, first_row):
            if not any(row.values()):
                continue
            try:
                _take(actor, row, within=within, villages=villages)
                made += 1
            except Refused as refused:
                column = refused.code if refused.code in COLUMNS else "place"
                errors.append(RowError(number, column, refused.message))
        if errors:
            raise RowsRefused(errors)
    if not made:
        raise Refused("empty", _("表格里没有岗位。"))
    return {"posts": made}


def _take(actor: Actor, row: Mapping[str, str], *, within: tuple[int, int], villages: Villages) -> None:
    title = row.get("title", "").strip()
    if not title:
        raise Refused("title", _("请填写岗位名称。"))
    if len(title) > LONGEST_TITLE:
        raise Refused("title", _("太长了，最多 %(n)s 个字。") % {"n": LONGEST_TITLE})
    place = _place(row.get("place", ""), within=within, villages=villages)
    create_post(actor=actor, role=_role(row.get("role", ""), place), place=place, title=title)


def _place(text: str, *, within: tuple[int, int], villages: Villages) -> tuple[int, int]:
    named = villages.find(text)
    if len(named) > 1:
        raise Refused("place", _("村名重复，请填 12 位代码。"))
    if named:
        return named[0].code, named[0].level
    try:
        found = regions.regions_at(rules.parse_code(text))
    except ValueError:
        found = []
    if not found or not rules.contains(*within, other=found[-1].code):
        raise Refused("place", _("没有这个地方，请填代码，村可以填全名。"))
    return found[-1].code, found[-1].level


def _role(text: str, place: tuple[int, int]) -> str:
    wanted, level = text.strip(), rules.Level(place[1]).name.lower()
    for role in definitions.all_of(Role, region_code=place[0]):
        if wanted in {role.key, role.body.name.zh, role.body.name.en} and not role.body.system:
            if level in role.body.levels:
                return role.key
            raise Refused("role", _("这一级没有这种岗位。"))
    raise Refused("role", _("没有这种岗位，请照页面上的种类填写。"))
