"""Grids drawn by hand, from a table, and from households."""

from collections.abc import Iterator
from typing import Any

import pytest

from gongzhi.core.command import people
from gongzhi.core.command.grids import (
    RowsRefused,
    draw_grid,
    draw_grids_from_rows,
    groups_of,
    split_households_into_micro_grids,
)
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Household, Person
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, short_text
from tests.cast import COUNTY, NEXT_VILLAGE, OTHER_COUNTY, TOWN, VILLAGE, find

pytestmark = pytest.mark.django_db
HERE = (VILLAGE, Level.VILLAGE)
CODE = short_text(VILLAGE, Level.VILLAGE)


@pytest.fixture
def admin(db: None) -> Iterator[Actor]:
    with find("admin").act() as actor:
        yield actor


def draw(actor: Actor, parent: tuple[int, int], level: int, name: str) -> int:
    return int(draw_grid(actor=actor, parent=parent, level=level, name=name)["code"])


def test_grids_take_the_next_number_at_every_level(admin: Actor) -> None:
    first = draw(admin, HERE, Level.GRID, "第一网格")
    second = draw(admin, HERE, Level.GRID, "第二网格")
    small = draw(admin, (second, Level.GRID), Level.SMALL_GRID, "小网格")
    micro = draw(admin, (small, Level.SMALL_GRID), Level.MICRO_GRID, "微网格")
    loose = draw(admin, HERE, Level.MICRO_GRID, "直属微网格")
    assert [code - VILLAGE for code in (first, second, small, micro, loose)] == [
        10_000,
        20_000,
        20_100,
        20_101,
        1,
    ]
    assert [child.code for child in queries.children(*HERE)] == [loose, first, second]
    assert [child.code for child in queries.children(second, Level.GRID)] == [small]
    assert queries.counts(*HERE) == {5: 1, 6: 2, 7: 1, 8: 2}
    assert queries.counts(COUNTY, Level.COUNTY)[Level.MICRO_GRID] == 2
    assert queries.drift() == []


def test_a_repeated_command_draws_once(admin: Actor) -> None:
    key = uuid7()
    answers = [
        draw_grid(actor=admin, parent=HERE, level=Level.GRID, name="第一网格", client_id=key)
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Region.objects.filter(level=Level.GRID, name="第一网格").count() == 1


@pytest.mark.parametrize(
    ("parent", "level", "name", "code"),
    [
        ((TOWN, Level.TOWNSHIP), Level.GRID, "第一网格", "grid_level"),
        (HERE, Level.VILLAGE, "新村", "grid_level"),
        (HERE, Level.GRID, "  ", "region_name"),
        (HERE, Level.GRID, "甲", "grid_name"),
        ((VILLAGE + 990_000, Level.GRID), Level.MICRO_GRID, "微", "not_found"),
    ],
)
def test_it_refuses_a_grid_that_does_not_fit(
    admin: Actor, parent: Any, level: int, name: str, code: str
) -> None:
    draw(admin, HERE, Level.GRID, "甲")
    with pytest.raises(Refused) as refused:
        draw_grid(actor=admin, parent=parent, level=level, name=name)
    assert refused.value.code == code


def test_it_refuses_a_hundredth_grid(admin: Actor) -> None:
    rows = [{"village": CODE, "grid": f"网格{n}"} for n in range(99)]
    assert draw_grids_from_rows(actor=admin, within=HERE, rows=rows)["drawn"] == 99
    with pytest.raises(Refused, match="grid_full"):
        draw_grid(actor=admin, parent=HERE, level=Level.GRID, name="又一个")


def test_a_table_draws_whole_trees_and_can_be_taken_twice(admin: Actor) -> None:
    name = queries.standing(VILLAGE, Level.VILLAGE)
    assert name is not None
    rows = [
        {"village": CODE, "grid": "一网格", "micro_grid": "微一"},
        {"village": CODE, "grid": "一网格", "micro_grid": "微二"},
        {"village": CODE, "grid": "二网格", "small_grid": "小一", "micro_grid": "微一"},
    ]
    first = draw_grids_from_rows(actor=admin, within=(TOWN, Level.TOWNSHIP), rows=rows)
    again = draw_grids_from_rows(actor=admin, within=(TOWN, Level.TOWNSHIP), rows=rows)
    assert (first["drawn"], again["drawn"]) == (6, 0)
    assert [child.name for child in queries.children(*HERE)] == ["一网格", "二网格"]
    assert [child.name for child in queries.children(VILLAGE + 10_000, Level.GRID)] == ["微一", "微二"]


def test_a_faulty_table_draws_nothing_and_names_every_cell(admin: Actor) -> None:
    rows = [
        {"village": CODE, "grid": "一网格"},
        {"village": "没有这个村", "grid": "一网格"},
        {"village": CODE},
        {"village": CODE, "grid": "格" * 101},
    ]
    with pytest.raises(RowsRefused) as refused:
        draw_grids_from_rows(actor=admin, within=(TOWN, Level.TOWNSHIP), rows=rows)
    assert [(error.row, error.column) for error in refused.value.errors] == [
        (3, "village"),
        (4, "grid"),
        (5, "grid"),
    ]
    assert queries.children(*HERE) == []


def test_a_village_name_borne_twice_needs_its_code(admin: Actor) -> None:
    with pytest.raises(RowsRefused) as refused:
        draw_grids_from_rows(
            actor=admin,
            within=(COUNTY, Level.COUNTY),
            rows=[{"village": "小坝村", "grid": "一"}, {"village": CODE}],
        )
    assert refused.value.errors[0].column == "village"


def test_a_table_for_another_county_is_refused(admin: Actor) -> None:
    with pytest.raises(Refused, match="no_right"):
        draw_grids_from_rows(actor=admin, within=(OTHER_COUNTY, Level.COUNTY), rows=[])


def household(number: str, region_code: int = VILLAGE) -> Household:
    return Household(number=number, region_code=region_code)


@pytest.mark.parametrize(
    ("count", "size", "sizes"), [(0, 5, []), (4, 5, [4]), (11, 5, [3, 4, 4]), (10, 5, [5, 5])]
)
def test_groups_are_even(count: int, size: int, sizes: list[int]) -> None:
    assert [len(group) for group in groups_of([household(str(n)) for n in range(count)], size)] == sizes


def test_it_refuses_groups_of_one() -> None:
    with pytest.raises(Refused, match="size"):
        groups_of([], 1)


def test_households_and_their_members_move_to_micro_grids(admin: Actor) -> None:
    made = [
        people.add_household(actor=admin, region_code=NEXT_VILLAGE, number=str(number))["id"]
        for number in (1, 2, 9, 10, 11)
    ]
    person = people.add_person(
        actor=admin, name="甲", region_code=NEXT_VILLAGE, household=Household.objects.get(pk=made[3])
    )
    place = (NEXT_VILLAGE, Level.VILLAGE)
    answer = split_households_into_micro_grids(actor=admin, parent=place, size=3)
    assert (answer["drawn"], answer["households"]) == (2, 5)
    codes = [Household.objects.get(pk=one).region_code - NEXT_VILLAGE for one in made]
    assert codes == [1, 1, 2, 2, 2]
    assert Person.objects.get(pk=person["id"]).region_code == NEXT_VILLAGE + 2
    with pytest.raises(Refused, match="no_households"):
        split_households_into_micro_grids(actor=admin, parent=place, size=3)


def test_it_refuses_to_split_households_of_another(db: None) -> None:
    with find("worker").act() as actor, pytest.raises(Refused, match="no_right"):
        split_households_into_micro_grids(actor=actor, parent=HERE, size=3)
