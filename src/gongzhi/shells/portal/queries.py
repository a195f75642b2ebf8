"""What the residents' first pages read: places to choose from, and whom to call in a village."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from gongzhi.core.definitions.kinds import Role
from gongzhi.core.definitions.queries import all_of, packs_over
from gongzhi.core.people.models import Post
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions import rules
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level
from gongzhi.shells.portal.places import Place, place_at

VILLAGES = 1_000
PEOPLE = 30


@dataclass(frozen=True)
class Township:
    """A township and its villages, to choose from."""

    region: Region
    villages: list[Region]


def home_region() -> Region | None:
    """The region of the pack that this installation serves; None where none says it."""
    for pack in packs_over():
        if pack.region_code is not None and pack.region_level is not None:
            return regions.standing(pack.region_code, pack.region_level)
    return None


def region_named(text: str) -> Region | None:
    """The region of an official code of 6 or 9 digits in an address; None where none is meant."""
    try:
        found = regions.regions_at(rules.parse_code(text))
    except ValueError:
        return None
    return found[-1] if found else None


def townships_in(region: Region) -> list[Township]:
    """The townships of a county (or the one township given) with their villages, in one statement."""
    inside = Region.objects.standing(timezone.localdate()).inside(rules.interval(region.code, region.level))
    wanted = inside.filter(level__in=[Level.TOWNSHIP, Level.VILLAGE]).defer("boundary")
    townships: list[Township] = []
    for each in wanted.order_by("code", "level")[:VILLAGES]:
        if each.level == Level.TOWNSHIP:
            townships.append(Township(each, []))
        elif townships:
            townships[-1].villages.append(each)
    return [township for township in townships if township.villages]


def villages_named(words: str, within: Region | None) -> list[tuple[Region, str]]:
    """Villages whose name holds the words, each with the names of where it lies."""
    interval = rules.interval(within.code, within.level) if within else None
    found = [region for region in regions.search(words, within=interval) if region.level >= Level.VILLAGE]
    where = regions.labels([region.code for region in found], from_level=Level.COUNTY)
    return [(region, where.get(region.code, "")) for region in found]


def places_at(codes: Iterable[str]) -> list[Place]:
    """The places of some short codes, unknown ones left out."""
    return [place for place in map(place_at, codes) if place]


def grids_in(place: Place) -> int:
    """How many grids a village is divided into."""
    here = Region.objects.standing(timezone.localdate()).inside(place.interval)
    return here.filter(level=Level.GRID).count()


def people_in_charge(place: Place) -> list[Post]:
    """The posts of a village and its grids whose holders agreed to be named, the village's own first."""
    today = timezone.localdate()
    village = rules.floor_code(place.code, Level.VILLAGE)
    low, high = place.interval
    here = Q(region_code=village, region_level=Level.VILLAGE) | Q(region_code__gte=low, region_code__lte=high)
    shown = {role.key for role in all_of(Role, region_code=place.code) if role.body.on_village_page}
    posts = Post.objects.filter(here, role__in=shown, region_level__gte=Level.VILLAGE, valid_from__lte=today)
    standing = posts.filter(Q(valid_to=None) | Q(valid_to__gte=today)).exclude(public_name="")
    return list(standing.order_by("region_level", "region_code", "role", "id")[:PEOPLE])
