"""Which region holds a point."""

from collections.abc import Iterator
from typing import Any

import pytest

from gongzhi.core.command.regions import outline_region, rename_region
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries
from gongzhi.core.regions.points import region_at
from gongzhi.core.regions.rules import Level, interval
from tests.cast import COUNTY, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, find

pytestmark = pytest.mark.django_db
WITHIN = interval(COUNTY, Level.COUNTY)


@pytest.fixture
def admin(db: None) -> Iterator[Actor]:
    with find("admin").act() as actor:
        yield actor


def square(west: float, south: float, size: float) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def outline(actor: Actor, code: int, level: int, boundary: dict[str, Any] | None) -> None:
    region = queries.standing(code, level)
    assert region is not None
    outline_region(actor=actor, region_id=region.id, boundary=boundary)


def test_the_most_precise_region_that_covers_the_point_is_meant(admin: Actor) -> None:
    outline(admin, TOWN, Level.TOWNSHIP, square(99.0, 39.0, 1.0))
    outline(admin, VILLAGE, Level.VILLAGE, square(99.1, 39.1, 0.2))
    village, town = region_at(99.2, 39.2, within=WITHIN), region_at(99.9, 39.9, within=WITHIN)
    assert village is not None
    assert town is not None
    assert (village.code, village.level) == (VILLAGE, Level.VILLAGE)
    assert (town.code, town.level) == (TOWN, Level.TOWNSHIP)
    assert region_at(101.0, 39.2, within=WITHIN) is None
    assert region_at(99.2, 39.2, within=interval(OTHER_TOWN, Level.TOWNSHIP)) is None


def test_where_two_boundaries_cover_a_point_no_place_is_named(admin: Actor) -> None:
    outline(admin, VILLAGE, Level.VILLAGE, square(99.0, 39.0, 0.2))
    outline(admin, NEXT_VILLAGE, Level.VILLAGE, square(99.1, 39.0, 0.2))
    assert region_at(99.15, 39.1, within=WITHIN) is None
    only = region_at(99.25, 39.1, within=WITHIN)
    assert only is not None
    assert only.code == NEXT_VILLAGE


def test_without_boundaries_there_is_no_answer() -> None:
    assert region_at(99.2, 39.2, within=WITHIN) is None


def test_a_new_boundary_counts_at_once_and_a_new_name_takes_it_over(admin: Actor) -> None:
    outline(admin, VILLAGE, Level.VILLAGE, square(99.0, 39.0, 0.2))
    assert region_at(99.1, 39.1, within=WITHIN) is not None
    outline(admin, VILLAGE, Level.VILLAGE, square(98.0, 39.0, 0.2))
    assert region_at(99.1, 39.1, within=WITHIN) is None
    region = queries.standing(VILLAGE, Level.VILLAGE)
    assert region is not None
    rename_region(actor=admin, region_id=region.id, name="新名村")
    found = region_at(98.1, 39.1, within=WITHIN)
    assert found is not None
    assert found.name == "新名村"
    outline(admin, VILLAGE, Level.VILLAGE, None)
    assert region_at(98.1, 39.1, within=WITHIN) is None
