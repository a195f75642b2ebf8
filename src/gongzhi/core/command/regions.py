"""Commands on regions: names, mergers, divisions, grids, joint villages. History stays.

A region is never overwritten: it ends the day before, another follows it, and a `Succession` joins the two,
so that rights and counts of the new one reach the records of the old. Only on the very day on which a
region began is it corrected in place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries, rules
from gongzhi.core.regions.models import JointVillage, JointVillageMember, Region, Succession
from gongzhi.core.regions.points import is_area

KEPT = ("urban_rural", "boundary", "lon", "lat", "official")
"""What a region's successor takes over from it."""
Kind = Succession.Kind


@dataclass(frozen=True)
class Part:
    """One region that comes out of a division: its name, and the codes of what lay directly in the old one.

    `keeps_code`: it goes on under the old code and keeps the old records; at most one part can. `code`: the
    new number where the authorities have given one; else the next free one.
    """

    name: str
    members: tuple[int, ...] = ()
    keeps_code: bool = False
    code: int | None = None


def rename_region(
    *, actor: Actor, region_id: UUID, name: str, on_date: date | None = None, seen: int | None = None
) -> Answer:
    """Give a region a new name from a day on (today).

    Refuses when the actor does not manage the place, the region has ended or bears this name already, or
    the day lies before its first.
    """
    with change(actor, "region.renamed") as c:
        region = locked(c, region_id, seen=seen)
        day = day_of(c, on_date)
        new = checked_name(name)
        if new == region.name:
            raise Refused("region_name", _("名称没有变，请填写新的名称。"))
        c.about(region.code)
        renamed = _follow(c, [region], name=new, day=day, kind=Kind.RENAMED)
        return c.answer(renamed, id=renamed.id, code=renamed.text)


def outline_region(*, actor: Actor, region_id: UUID, boundary: dict[str, Any] | None) -> Answer:
    """Draw a region's boundary (a GeoJSON polygon in WGS-84), or take it away.

    Refuses when the actor does not manage the place, or the boundary is no area.
    """
    with change(actor, "region.outlined") as c:
        region = locked(c, region_id)
        c.update(region, boundary=checked_boundary(boundary))
        c.about(region.code)
        return c.answer(region, id=region.id, version=region.version)


def merge_regions(
    *, actor: Actor, region_ids: Sequence[UUID], name: str, on_date: date | None = None
) -> Answer:
    """Make one region of several; it goes on under the code of the first.

    What lay in the others keeps its codes and now belongs to the merged region by reach. The answer tells
    how many posts still stand at the codes that ended. Refuses fewer than two, different levels, and places
    that the actor does not manage.
    """
    with change(actor, "region.merged") as c:
        regions = [locked(c, one) for one in dict.fromkeys(region_ids)]
        if len(regions) < 2 or len({region.level for region in regions}) > 1:
            raise Refused("merge", _("请选择同一级别的两个以上地方进行合并。"))
        c.about(regions[0].code)
        c.data(merged=[region.text for region in regions])
        merged = _follow(c, regions, name=checked_name(name), day=day_of(c, on_date), kind=Kind.MERGED)
        posts = _posts_at([region for region in regions if region.code != merged.code])
        return c.answer(merged, id=merged.id, code=merged.text, posts_to_move=posts)


def split_region(
    *, actor: Actor, region_id: UUID, parts: Sequence[Part], on_date: date | None = None
) -> Answer:
    """Divide a region into parts that take over what lay in it; all that moves gets new codes.

    A part that keeps the code keeps the records; where none does, every part reaches them. Refuses fewer
    than two parts, two that keep the code, members that are not directly inside or stand in two parts, and
    a member left over when no part keeps the code. The answer tells how many posts stand where nothing
    stands any more.
    """
    with change(actor, "region.split") as c:
        region = locked(c, region_id)
        day = day_of(c, on_date)
        children = _all_children(region)
        _check_parts(region, parts, children=set(children))
        c.about(region.code)
        made = _part_rows(c, region, parts=parts, day=day)
        moved = []
        for part, row in zip(parts, made, strict=True):
            if row.code != region.code:
                members = [children[code] for code in part.members]
                moved += _move(c, region, to=row, members=members, day=day)
        ended = moved if any(part.keeps_code for part in parts) else [region, *moved]
        codes = [row.text for row in made]
        c.data(parts=codes)
        return c.answer(made[0], codes=codes, moved=len(moved), posts_to_move=_posts_at(ended))


def form_joint_village(*, actor: Actor, name: str, members: Sequence[tuple[int, int]]) -> Answer:
    """Join villages (code, level) under one name, without touching them.

    Refuses fewer than two, one that does not stand, one that the actor does not manage, and villages of two
    provinces.
    """
    with change(actor, "joint_village.formed") as c:
        regions = [locked_at(c, member[0], level=member[1]) for member in dict.fromkeys(members)]
        shared = _shared_place(regions)
        if len(regions) < 2 or shared is None:
            raise Refused("joint_members", _("联村至少要有同一个省内的两个村。"))
        day = day_of(c, None)
        joint = JointVillage(
            name=checked_name(name), region_code=shared[0], region_level=shared[1], valid_from=day
        )
        c.create(joint)
        for region in regions:
            member = JointVillageMember(joint=joint, region_code=region.code, region_level=region.level)
            member.valid_from = day
            c.create(member)
        c.about(shared[0])
        return c.answer(joint, id=joint.id)


def dissolve_joint_village(*, actor: Actor, joint_id: UUID) -> Answer:
    """End a joint village with today. Refuses when the actor does not manage its place, or it has ended."""
    with change(actor, "joint_village.dissolved") as c:
        joint = c.lock(JointVillage, joint_id)
        if joint.valid_to is not None:
            raise Refused("ended", _("这个联村已经解散。"))
        day = day_of(c, None)
        c.update(joint, valid_to=day)
        for member in JointVillageMember.objects.filter(joint=joint, valid_to=None).select_for_update():
            c.update(member, valid_to=day)
        c.about(joint.region_code)
        return c.answer(joint, id=joint.id)


def must_manage(actor: Actor, code: int) -> None:
    """Refuses when the actor does not manage posts, and with them the regions, of that place."""
    if not actor.may("manage_posts", code):
        raise Refused("no_right", _("您的岗位不能调整这个地方的区划。"))


def locked(c: Change, region_id: UUID, *, seen: int | None = None) -> Region:
    known = Region.objects.filter(pk=region_id).only("code").first()
    if known is None:
        raise no_such_row()
    must_manage(c.actor, known.code)
    region = c.lock(Region, region_id, seen=seen)
    if region.valid_to is not None:
        raise Refused("ended", _("%(place)s 已经撤销或更名，请办理现行的地方。") % {"place": region.name})
    return region


def locked_at(c: Change, code: int, *, level: int) -> Region:
    region = queries.standing(code, level)
    if region is None:
        raise no_such_row()
    return locked(c, region.pk)


def _follow(c: Change, regions: Sequence[Region], *, name: str, day: date, kind: Kind) -> Region:
    """End these regions and let one follow under the first one's code; on its first day, correct that one."""
    first = regions[0]
    for region in regions:
        _not_before(region, day)
    if first.valid_from == day:
        successor = c.update(first, name=name)
    else:
        end_region(c, first, day=day)
        successor = c.create(successor_of(first, name=name, code=first.code, day=day))
        join(c, before=first, after=successor, kind=kind, day=day)
    for region in regions[1:]:
        end_region(c, region, day=day)
        join(c, before=region, after=successor, kind=kind, day=day)
    return successor


def successor_of(region: Region, *, name: str, code: int, day: date) -> Region:
    kept = {field: getattr(region, field) for field in KEPT}
    return Region(code=code, level=region.level, name=name, valid_from=day, **kept)


def end_region(c: Change, region: Region, *, day: date) -> None:
    c.update(region, valid_to=day - timedelta(days=1))


def join(c: Change, *, before: Region, after: Region, kind: Kind, day: date) -> None:
    c.create(
        Succession(
            predecessor=before,
            successor=after,
            kind=kind,
            on_date=day,
            predecessor_code=before.code,
            predecessor_level=before.level,
            successor_code=after.code,
            successor_level=after.level,
        )
    )


def _check_parts(region: Region, parts: Sequence[Part], *, children: set[int]) -> None:
    named = [code for part in parts for code in part.members]
    keepers = sum(part.keeps_code for part in parts)
    if len(parts) < 2 or keepers > 1 or region.level == rules.Level.PROVINCE:
        raise Refused("split_parts", _("请分成两个以上的地方，其中最多一个沿用原代码。"))
    if len(named) != len(set(named)) or not children.issuperset(named):
        raise Refused("split_members", _("请把原地方直接下辖的每个地方只划给一个新地方。"))
    if not keepers and children != set(named):
        raise Refused("split_left_over", _("还有下辖的地方没有划给任何一个新地方。"))


def _part_rows(c: Change, region: Region, *, parts: Sequence[Part], day: date) -> list[Region]:
    """End the region and begin its parts, each under its code; the boundary stays with the old region."""
    if day <= region.valid_from:
        raise Refused("too_early", _("生效日期要晚于 %(day)s。") % {"day": region.valid_from})
    parent = rules.parent_code(region.code, region.level)
    siblings = Region.objects.inside(rules.interval(parent, region.level - 1)).filter(level=region.level)
    taken = set(siblings.values_list("code", flat=True))
    end_region(c, region, day=day)
    rows = []
    for part in parts:
        code = region.code if part.keeps_code else _part_code(region, part, taken=taken)
        must_manage(c.actor, code)
        row = successor_of(region, name=checked_name(part.name), code=code, day=day)
        row.boundary = row.lon = row.lat = None
        rows.append(c.create(row))
        join(c, before=region, after=row, kind=Kind.SPLIT, day=day)
    return rows


def _part_code(region: Region, part: Part, *, taken: set[int]) -> int:
    parent = rules.parent_code(region.code, region.level)
    siblings = rules.child_codes(parent, region.level - 1, of=region.level)
    code = part.code
    if code is None:
        code = rules.next_free(parent, region.level - 1, of=region.level, taken=taken)
    if code in taken or code not in siblings:
        raise Refused("split_code", _("新代码要在同一上级之内，并且从未用过。"))
    taken.add(code)
    return code


def _move(c: Change, region: Region, *, to: Region, members: Sequence[Region], day: date) -> list[Region]:
    """Give the members and all inside them codes under the new region: the old number where it is free."""
    taken: set[int] = set()
    moved = []
    foreign = [not rules.contains(region.code, region.level, other=member.code) for member in members]
    for late, member in sorted(zip(foreign, members, strict=True), key=lambda pair: pair[0]):
        code = to.code + member.code - region.code
        if late or code in taken:
            code = rules.next_free(to.code, to.level, of=member.level, taken=taken)
        taken.add(code)
        inside = Region.objects.filter(valid_to=None, level__gte=member.level).inside(member.interval)
        for old in inside.order_by("level", "code").select_for_update():
            _not_before(old, day)
            end_region(c, old, day=day)
            new = successor_of(old, name=old.name, code=code + old.code - member.code, day=day)
            join(c, before=old, after=c.create(new), kind=Kind.RENAMED, day=day)
            moved.append(old)
    return moved


def _not_before(region: Region, day: date) -> None:
    if day < region.valid_from:
        raise Refused("too_early", _("生效日期不能早于 %(day)s。") % {"day": region.valid_from})


def _all_children(region: Region) -> dict[int, Region]:
    found: dict[int, Region] = {}
    while page := queries.children(region.code, region.level, after=max(found, default=0)):
        found |= {child.code: child for child in page}
    return found


def _posts_at(regions: Sequence[Region]) -> int:
    """How many posts stand at these regions."""
    places = {(region.code, region.level) for region in regions}
    posts = Post.objects.filter(region_code__in=[code for code, _ in places], valid_to=None)
    return sum(place in places for place in posts.values_list("region_code", "region_level"))


def _shared_place(regions: Sequence[Region]) -> tuple[int, int] | None:
    """The nearest (code, level) above all of them."""
    lines = [rules.lineage(region.code, region.level - 1) for region in regions]
    shared = set.intersection(*(set(line) for line in lines)) if lines else set()
    return max(shared, key=lambda pair: pair[1], default=None)


def checked_name(text: str) -> str:
    """A region's name. Refuses an empty and an overlong one."""
    name = text.strip()
    if not name or len(name) > 100:
        raise Refused("region_name", _("请填写名称，不超过 100 个字。"))
    return name


def checked_boundary(boundary: dict[str, Any] | None) -> dict[str, Any] | None:
    """A region's boundary or none. Refuses what is no area."""
    if boundary is not None and not is_area(boundary):
        raise Refused("boundary", _("边界要是 GeoJSON 的面(Polygon 或 MultiPolygon)。"))
    return boundary


def day_of(c: Change, given: date | None) -> date:
    """The day from which a change counts: today, or the given one. Refuses a day to come."""
    today = timezone.localdate(c.now)
    if given and given > today:
        raise Refused("too_late", _("区划调整请在生效当天或之后办理。"))
    return given or today
