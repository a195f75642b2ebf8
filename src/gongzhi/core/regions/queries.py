"""Every read of regions. Regions are readable by all, so no actor is asked for; days are local days."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import Left, StrIndex
from django.utils import timezone

from gongzhi.core.regions import rules
from gongzhi.core.regions.models import (
    Alias,
    JointVillage,
    JointVillageMember,
    Region,
    RegionSet,
    Succession,
)
from gongzhi.core.regions.names import Named, places_in, plain_name

PAGE = 500
"""The most regions that a list holds; ask again from the last one's code."""
FOUND = 20
COUNTS = "SELECT level, n FROM regions_counts(regions_reach(%s, %s, %s), %s)"
COUNTS_OF_NATION = "SELECT level, n FROM regions_counts('{[0,999999999999999999]}', %s)"
READ_NAME = 40
"""A name of places is looked for in so many characters."""
READ_WORDS = 2_000
"""Places are looked for in so many characters of a text."""


def standing(code: int, level: int, *, on_date: date | None = None) -> Region | None:
    """The region of that code and level, as it stands on the day; None where none does."""
    return _light(on_date).filter(code=code, level=level).first()


def present(code: int, level: int) -> Region | None:
    """The region that stands at a code today, or what the last one there became.

    An old sign still leads home. None where nothing ever stood, and where the last one was divided.
    """
    today = timezone.localdate()
    last = Region.objects.filter(code=code, level=level).order_by("-valid_from").defer("boundary").first()
    now = last and _successor_of(last, today)
    return now if now and rules.stands(now, today) else None


def regions_at(code: int, *, on_date: date | None = None) -> list[Region]:
    """The regions with that code, the widest first: more than one where levels share a code."""
    return list(_light(on_date).filter(code=code, level__in=list(rules.Level)).order_by("level"))


def children(
    code: int, level: int, *, on_date: date | None = None, after: int = 0, limit: int = PAGE
) -> list[Region]:
    """The regions directly inside a region's reach, in order of their codes, from the code `after` on.

    Below the village a level may be left out: a micro grid may lie straight under its village.
    """
    below = Q(level=level + 1)
    if level >= rules.Level.VILLAGE:
        for lower in range(level + 2, rules.Level.MICRO_GRID + 1):
            below |= Q(level=lower, rest__lt=rules.span(lower - 1))
    inside = _light(on_date).inside(*reach(code, level, on_date=on_date))
    found = inside.annotate(rest=F("code") % rules.span(level)).filter(below, code__gt=after)
    return list(found.order_by("code", "level")[: min(limit, PAGE)])


def provinces(*, on_date: date | None = None) -> list[Region]:
    """The provinces that are installed, in order of their codes."""
    return list(_light(on_date).filter(level=rules.Level.PROVINCE).order_by("code")[:PAGE])


def path(code: int, level: int, *, on_date: date | None = None) -> list[Region]:
    """The regions that hold a region, from the province down to itself.

    Where one of them ended by a renaming or a merger, its successor stands in its place.
    """
    day = on_date or timezone.localdate()
    found = {region.level: region for region in _line(code, level, day=day)}
    line = [
        _successor_of(region, day) if not rules.stands(region, day) else region
        for _, region in sorted(found.items())
    ]
    return [region for region, _ in groupby(line)]


def line_of(code: int, level: int) -> set[tuple[int, int]]:
    """Every (code, level) whose post is in charge of a place today: those it lies in, and what they became."""
    today = [(region.code, region.level) for region in path(code, level)]
    return {*rules.lineage(code, level), *today}


def labels(codes: Iterable[int], *, from_level: int = rules.Level.TOWNSHIP) -> dict[int, str]:
    """For each code of a record the names of the places that it lies in, from `from_level` down.

    One statement. Names of ended regions are the ones they bore last. A code in no known region from that
    level down has the name of the nearest region above it; one that lies nowhere is left out.
    """
    wanted = {code: rules.lineage(code, rules.deepest(code)) for code in set(codes)}
    pairs = {pair for line in wanted.values() for pair in line}
    known = _known(pairs, timezone.localdate()).order_by("valid_from")
    names = {
        (code, level): plain_name(name) for code, level, name in known.values_list("code", "level", "name")
    }
    found = {
        code: [(pair[1], names[pair]) for pair in line if pair in names] for code, line in wanted.items()
    }
    return {code: _label(line, from_level) for code, line in found.items() if line}


def search(
    text: str, *, within: rules.Interval | None = None, on_date: date | None = None, limit: int = FOUND
) -> list[Region]:
    """Regions whose name begins with the text, then (given an interval) those that hold it; wider ones first.

    Over the whole country only beginnings are looked for.
    """
    words = text.strip()
    if not words:
        return []
    beginning = Q(name__startswith=words)
    regions = _light(on_date)
    if within is None:
        return list(regions.filter(beginning).order_by("level", "code")[:limit])
    first = Case(When(beginning, then=Value(0)), default=Value(1), output_field=IntegerField())
    inside = regions.inside(within).filter(level__in=list(rules.Level), name__contains=words)
    return list(inside.order_by(first, "level", "code")[:limit])


def places_named(text: str, within: rules.Interval, *, on_date: date | None = None) -> list[Named]:
    """The places inside an interval that a text names for certain, the widest first; none when in doubt.

    See `names.places_in`: the last one is the most precise place that the words give. In a county or less, where no
    name in force names a village, names that a place bore before or bears in another system are asked too.
    """
    words = text[:READ_WORDS]
    names = _named_inside(within, on_date)
    whole_county = within[1] - within[0] < rules.span(rules.Level.COUNTY)
    if not whole_county:
        names = names.annotate(at=StrIndex(Value(words), Left("name", 2))).filter(at__gt=0)
    known = [Named(*row) for row in names.values_list("code", "level", "name")]
    found = places_in(words, known)
    if not whole_county or (found and found[-1].level >= rules.Level.VILLAGE):
        return found
    return places_in(words, known, others=_other_names(within, known)) or found


def _other_names(within: rules.Interval, known: list[Named]) -> list[tuple[str, Named]]:
    """Former names, and those of other systems, of places that stand."""
    standing = {(one.code, one.level): one for one in known}
    inside = {"region_code__gte": within[0], "region_code__lte": within[1]}
    aliases = Alias.objects.filter(**inside).exclude(name="").order_by("id")
    ended = Region.objects.filter(code__gte=within[0], code__lte=within[1], valid_to__isnull=False)
    rows = [
        *aliases.values_list("region_code", "region_level", "name"),
        *ended.order_by("code", "level").values_list("code", "level", "name"),
    ]
    return [(name, standing[code, level]) for code, level, name in rows if (code, level) in standing]


def names_inside(within: rules.Interval, *, on_date: date | None = None) -> list[Named]:
    """Every name that `places_named` knows in a county or less: to read many texts with one statement."""
    return [Named(*row) for row in _named_inside(within, on_date).values_list("code", "level", "name")]


def names_like(text: str, within: rules.Interval) -> list[Named]:
    """The names inside an interval, ended ones and other systems' too, that begin like some stretch of a short text.

    For `names.places_meant`. One statement, which the index of beginnings answers.
    """
    words = unicodedata.normalize("NFKC", text)[:READ_NAME]
    starts = sorted({words[at : at + 2] for at in range(len(words) - 1)})
    like = Q(pk__in=[])
    for start in starts:
        like |= Q(name__startswith=start)
    inside = {"gte": within[0], "lte": within[1]}
    regions = Region.objects.filter(like, **{f"code__{side}": code for side, code in inside.items()})
    others = Alias.objects.filter(like, **{f"region_code__{side}": code for side, code in inside.items()})
    rows = regions.values_list("code", "level", "name").union(
        others.values_list("region_code", "region_level", "name")
    )
    return [Named(*row) for row in rows[:PAGE]] if starts else []


def _named_inside(within: rules.Interval, on_date: date | None) -> RegionSet:
    levels = range(rules.Level.COUNTY, rules.Level.MICRO_GRID + 1)
    return _light(on_date).inside(within).filter(level__in=levels)


def reach(code: int, level: int, *, on_date: date | None = None) -> list[rules.Interval]:
    """The intervals of a region on a day: its own, and those of the regions that it followed."""
    day = on_date or timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(r), upper(r) - 1 FROM unnest(regions_reach(%s, %s, %s)) AS r", [code, level, day]
        )
        return [(low, high) for low, high in cursor.fetchall()]


def reach_of_joint(joint_id: UUID, *, on_date: date | None = None) -> list[rules.Interval]:
    """The intervals of a joint village on a day: the reaches of its members together."""
    day = on_date or timezone.localdate()
    members = JointVillageMember.objects.filter(_in_force(day), joint_id=joint_id)
    pairs = members.values_list("region_code", "region_level")
    return rules.widest(interval for pair in pairs for interval in reach(*pair, on_date=day))


def joint_villages(within: rules.Interval, *, on_date: date | None = None) -> list[JointVillage]:
    """The joint villages inside an interval, by name."""
    low, high = within
    day = on_date or timezone.localdate()
    inside = JointVillage.objects.filter(_in_force(day), region_code__gte=low, region_code__lte=high)
    return list(inside.order_by("name", "id")[:PAGE])


def counts(code: int, level: int, *, on_date: date | None = None) -> dict[rules.Level, int]:
    """How many regions of each level a region's reach holds on a day, itself included.

    Counties and up come from the tally that triggers keep; anything smaller is counted.
    """
    day = on_date or timezone.localdate()
    return _counted(COUNTS, [code, level, day, day])


def counts_of_nation(*, on_date: date | None = None) -> dict[rules.Level, int]:
    """How many regions of each level are installed and stand on a day."""
    return _counted(COUNTS_OF_NATION, [on_date or timezone.localdate()])


def _counted(statement: str, parameters: list[int | date]) -> dict[rules.Level, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {rules.Level(level): n for level, n in cursor.fetchall()}


def drift() -> list[tuple[int, int, date, int, int]]:
    """Where the tally differs from the regions, as (county, level, day, kept, counted): a fault."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT county, level, day, kept, counted FROM regions_tally_drift()")
        return [tuple(row) for row in cursor.fetchall()]


def by_alias(system: str, code: str, *, vintage: str | None = None) -> Region | None:
    """The region that another code system knows by that code, in that edition or the latest one."""
    known = Alias.objects.filter(system=system, code=code)
    if vintage is not None:
        known = known.filter(vintage=vintage)
    alias = known.order_by("-vintage", "region_level").first()
    return standing(alias.region_code, alias.region_level) if alias else None


def aliases(code: int, level: int) -> list[Alias]:
    """The codes that other systems give a region, the latest edition first."""
    known = Alias.objects.filter(region_code=code, region_level=level)
    return list(known.order_by("-vintage", "system", "code")[:PAGE])


def joint_villages_with(
    places: Iterable[tuple[int, int]], *, on_date: date | None = None
) -> list[JointVillage]:
    """The joint villages of which one of these regions is a member on a day, by name."""
    day = on_date or timezone.localdate()
    members = JointVillageMember.objects.filter(_in_force(day), _pairs(places, prefix="region_"))
    joints = members.values("joint")
    return list(JointVillage.objects.filter(_in_force(day), pk__in=joints).order_by("name", "id")[:PAGE])


def became(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[Region]]:
    """What each of these places is today, through every step of its succession: itself, one other, or several.

    A place that parted and kept its code is told with what parted from it.
    """
    wanted = set(places)
    today = timezone.localdate()
    after: dict[tuple[int, int], set[tuple[int, int]]] = {place: set() for place in wanted}
    frontier = wanted
    while frontier:
        rows = Succession.objects.filter(_pairs(frontier, prefix="predecessor_"), on_date__lte=today)
        fresh = set()
        for *before, code, level in rows.values_list(
            "predecessor_code", "predecessor_level", "successor_code", "successor_level"
        ):
            after[before[0], before[1]].add((code, level))
            fresh.add((code, level))
        frontier = fresh - after.keys()
        after |= {place: set() for place in frontier}
    standing = {
        (region.code, region.level): region for region in _light(today).filter(_pairs(after)).order_by("code")
    }
    return {
        place: [standing[one] for one in sorted(_reached(place, after)) if one in standing]
        for place in wanted
    }


def _reached(
    place: tuple[int, int], after: dict[tuple[int, int], set[tuple[int, int]]]
) -> set[tuple[int, int]]:
    found, waiting = {place}, [place]
    while waiting:
        fresh = after[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


def successions(code: int, level: int) -> list[Succession]:
    """What a region became and what it came from, the latest first."""
    touching = Q(predecessor_code=code, predecessor_level=level) | Q(
        successor_code=code, successor_level=level
    )
    rows = Succession.objects.filter(touching).select_related("predecessor", "successor")
    return list(rows.order_by("-on_date", "id")[:PAGE])


def _light(on_date: date | None) -> RegionSet:
    """Standing regions without their boundaries, which are large."""
    return Region.objects.standing(on_date or timezone.localdate()).defer("boundary")


def _in_force(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))


def _known(pairs: Iterable[tuple[int, int]], day: date) -> RegionSet:
    """Regions of these (code, level), standing or ended, that had begun by that day."""
    return Region.objects.filter(_pairs(pairs), valid_from__lte=day).defer("boundary")


def _line(code: int, level: int, *, day: date) -> list[Region]:
    """The regions of a lineage, earlier ones first.

    Codes and levels are asked for apart, for every page of a village begins with this: one condition a level costs
    more to build and to plan.
    """
    pairs = rules.lineage(code, level)
    codes = {each for each, _level in pairs}
    near = Region.objects.filter(code__in=codes, level__lte=level, valid_from__lte=day).defer("boundary")
    return [region for region in near.order_by("valid_from") if (region.code, region.level) in pairs]


def _pairs(pairs: Iterable[tuple[int, int]], *, prefix: str = "") -> Q:
    """The condition that code and level are one of these pairs."""
    at = Q(pk__in=[])
    by_level = sorted(pairs, key=lambda pair: pair[1])
    for level, group in groupby(by_level, key=lambda pair: pair[1]):
        at |= Q(**{f"{prefix}level": level, f"{prefix}code__in": [code for code, _ in group]})
    return at


def _successor_of(region: Region, day: date) -> Region:
    """What one ended region became, step by step, as long as it became one thing; else itself."""
    seen = {region.pk}
    while not rules.stands(region, day):
        after = Succession.objects.filter(predecessor=region, on_date__lte=day).select_related("successor")
        following = [one.successor for one in after[:2]]
        if len(following) != 1 or following[0].pk in seen:
            return region
        region = following[0]
        seen.add(region.pk)
    return region


def _label(line: list[tuple[int, str]], from_level: int) -> str:
    names = [name for level, name in line if level >= from_level] or [line[-1][1]]
    return "".join(name for name, _ in groupby(names))
