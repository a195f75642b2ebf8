"""Reading regions, on two real counties of one prefecture."""

from datetime import date
from typing import Any

import pytest
from django.db import connection, connections
from django.db.utils import Error

from gongzhi.core.regions import queries
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, interval

COUNTY = 620724 * 10**12
TOWN = 620723103 * 10**9
XINTIAN = 620723103206 * 10**6
TODAY = date(2026, 11, 22)

pytestmark = pytest.mark.django_db


def names(regions: list[Any]) -> list[str]:
    return [region.name for region in regions]


def test_a_county_has_its_ten_towns_in_order() -> None:
    towns = queries.children(COUNTY, Level.COUNTY)
    assert len(towns) == 10
    assert {town.level for town in towns} == {4}
    assert [town.code for town in towns] == sorted(town.code for town in towns)


def test_children_come_in_bounded_pages() -> None:
    first = queries.children(TOWN, Level.TOWNSHIP, limit=4)
    rest = queries.children(TOWN, Level.TOWNSHIP, after=first[-1].code)
    assert len(first) == 4
    assert len(rest) == 5


def test_the_path_leads_from_the_province_to_the_village(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        path = queries.path(XINTIAN, Level.VILLAGE)
    assert [region.level for region in path] == [1, 2, 3, 4, 5]
    assert names(path)[2:] == ["临泽县", "蓼泉镇", path[-1].name]


def test_a_village_is_found_by_its_code_and_level_only() -> None:
    village = queries.standing(XINTIAN, Level.VILLAGE)
    assert village is not None
    assert village.short == "620723103206"
    assert queries.standing(XINTIAN, Level.GRID) is None
    assert [region.level for region in queries.regions_at(XINTIAN)] == [5]


def test_before_the_day_of_the_list_nothing_is_known_to_stand() -> None:
    assert queries.standing(XINTIAN, Level.VILLAGE, on_date=date(2023, 6, 29)) is None
    assert queries.standing(XINTIAN, Level.VILLAGE, on_date=date(2023, 6, 30)) is not None
    assert queries.counts(COUNTY, Level.COUNTY, on_date=date(2023, 6, 29)) == {}


def test_counts_are_those_of_the_list() -> None:
    assert queries.counts(COUNTY, Level.COUNTY) == {Level.COUNTY: 1, Level.TOWNSHIP: 10, Level.VILLAGE: 146}
    assert queries.counts(TOWN, Level.TOWNSHIP) == {Level.TOWNSHIP: 1, Level.VILLAGE: 9}
    nation = queries.counts_of_nation()
    assert nation[Level.VILLAGE] == Region.objects.filter(level=5).count()
    assert queries.drift() == []


def test_labels_of_fifty_codes_take_one_statement(django_assert_num_queries: Any) -> None:
    deep, nowhere = XINTIAN + 10_203, 99 * 10**16
    with django_assert_num_queries(1):
        labels = queries.labels([deep, TOWN, COUNTY, nowhere])
    assert labels == {deep: "蓼泉镇新添村", TOWN: "蓼泉镇", COUNTY: "高台县"}


def test_search_puts_what_begins_so_first() -> None:
    prefecture = interval(620700 * 10**12, Level.PREFECTURE)
    found = queries.search("添", within=prefecture, limit=50)
    assert "新添村村民委员会" in names(found)
    assert all("添" in region.name for region in found)
    assert names(queries.search("高台", within=prefecture))[0] == "高台县"
    assert names(queries.search("高台"))[0] == "高台县"
    assert queries.search("  ") == []
    assert queries.search("%", within=prefecture) == []


def test_search_stays_inside_its_interval() -> None:
    assert queries.search("新添", within=interval(TOWN, Level.TOWNSHIP))
    assert queries.search("新添", within=interval(XINTIAN - 10**6, Level.VILLAGE)) == []


def test_words_name_a_place_inside_the_county_or_the_prefecture() -> None:
    for level, code in ((Level.COUNTY, 620723 * 10**12), (Level.PREFECTURE, 6207 * 10**14)):
        found = queries.places_named("蓼泉镇新添村三社水渠漏水", interval(code, level))
        assert names(found) == ["蓼泉镇", "新添村村民委员会"]
    assert queries.places_named("蓼泉镇新添村三社水渠漏水", interval(COUNTY, Level.COUNTY)) == []


def test_the_reach_of_a_region_without_a_past_is_its_interval() -> None:
    assert queries.reach(TOWN, Level.TOWNSHIP) == [interval(TOWN, Level.TOWNSHIP)]


def test_the_web_role_cannot_write_the_tally() -> None:
    with pytest.raises(Error), connection.cursor() as cursor:
        cursor.execute("UPDATE regions_tally SET change = 0")


def test_the_web_role_cannot_add_a_region_without_an_event() -> None:
    region = Region(code=XINTIAN + 10_000, level=Level.GRID, name="第一网格", valid_from=TODAY)
    with pytest.raises(Error, match=r"event|policy|permission"):
        region.save(force_insert=True)


def test_it_runs_as_a_role_that_owns_nothing() -> None:
    assert connections["default"].settings_dict["USER"] != connections["owner"].settings_dict["USER"]
