"""Regions change by command: history stays, reach follows, and nobody changes another's place."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from gongzhi.core.command import regions as commands
from gongzhi.core.command.grids import draw_grid
from gongzhi.core.command.regions import Part
from gongzhi.core.command.running import Conflict, Refused, change
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, interval
from tests.cast import COUNTY, NEXT_VILLAGE, OTHER_COUNTY, TOWN, VILLAGE, find

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Iterator[Actor]:
    with find("admin").act() as actor:
        yield actor


def village(code: int = VILLAGE) -> Region:
    found = queries.standing(code, Level.VILLAGE)
    assert found is not None
    return found


def today() -> date:
    return timezone.localdate()


SQUARE = {
    "type": "Polygon",
    "coordinates": [[[99.0, 39.0], [99.2, 39.0], [99.2, 39.2], [99.0, 39.2], [99.0, 39.0]]],
}


def test_a_renamed_region_keeps_its_code_and_its_past(admin: Actor) -> None:
    old = village()
    answer = commands.rename_region(actor=admin, region_id=old.id, name="新名村")
    assert answer["code"] == old.text
    assert village().name == "新名村"
    yesterday = queries.standing(VILLAGE, Level.VILLAGE, on_date=today() - timedelta(days=1))
    assert yesterday is not None
    assert yesterday.name == old.name
    assert queries.labels([VILLAGE])[VILLAGE].endswith("新名村")
    assert [one.predecessor_id for one in queries.successions(VILLAGE, Level.VILLAGE)] == [old.id]
    assert queries.reach(VILLAGE, Level.VILLAGE) == [interval(VILLAGE, Level.VILLAGE)]
    assert queries.counts(COUNTY, Level.COUNTY)[Level.VILLAGE] == 146
    assert queries.drift() == []


def test_the_name_that_it_has_is_no_new_name(admin: Actor) -> None:
    old = village()
    with pytest.raises(Refused, match="没有变"):
        commands.rename_region(actor=admin, region_id=old.id, name=f" {old.name} ")
    assert queries.successions(VILLAGE, Level.VILLAGE) == []


def test_on_its_first_day_a_name_is_corrected_in_place(admin: Actor) -> None:
    grid = draw_grid(actor=admin, parent=(VILLAGE, Level.VILLAGE), level=Level.GRID, name="第一往格")
    commands.rename_region(actor=admin, region_id=grid["id"], name="第一网格")
    rows = list(Region.objects.filter(code=int(grid["code"]), level=Level.GRID))
    assert [(row.name, row.valid_to) for row in rows] == [("第一网格", None)]
    assert queries.successions(int(grid["code"]), Level.GRID) == []


def test_a_change_counts_from_a_past_day_where_one_is_given(admin: Actor) -> None:
    old, start = village(), today() - timedelta(days=30)
    commands.rename_region(actor=admin, region_id=old.id, name="新名村", on_date=start)
    before = queries.standing(VILLAGE, Level.VILLAGE, on_date=start - timedelta(days=1))
    after = queries.standing(VILLAGE, Level.VILLAGE, on_date=start)
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == (old.name, "新名村")
    with pytest.raises(Refused, match="too_late"):
        commands.rename_region(
            actor=admin, region_id=village().id, name="更新村", on_date=today() + timedelta(days=1)
        )


def test_it_refuses_a_split_from_a_day_before_what_lies_inside(admin: Actor) -> None:
    grid = draw_grid(actor=admin, parent=(VILLAGE, Level.VILLAGE), level=Level.GRID, name="第一网格")
    parts = [Part("老村", keeps_code=True), Part("新村", (int(grid["code"]),))]
    with pytest.raises(Refused, match="too_early"):
        commands.split_region(
            actor=admin, region_id=village().id, parts=parts, on_date=today() - timedelta(days=1)
        )


def test_what_a_merged_village_took_in_can_be_split_off_again(admin: Actor) -> None:
    ids = [village().id, village(NEXT_VILLAGE).id]
    for place in (VILLAGE, NEXT_VILLAGE):
        draw_grid(actor=admin, parent=(place, Level.VILLAGE), level=Level.GRID, name="第一网格")
    commands.merge_regions(actor=admin, region_ids=ids, name="合并村", on_date=today() - timedelta(days=1))
    grids = tuple(child.code for child in queries.children(VILLAGE, Level.VILLAGE))
    answer = commands.split_region(
        actor=admin, region_id=village().id, parts=[Part("甲村", grids), Part("乙村")]
    )
    new = int(answer["codes"][0])
    assert [child.code - new for child in queries.children(new, Level.VILLAGE)] == [10_000, 20_000]
    assert queries.drift() == []


def test_a_merged_region_reaches_what_it_took_in(admin: Actor) -> None:
    one, other = village(), village(NEXT_VILLAGE)
    grid = draw_grid(actor=admin, parent=(NEXT_VILLAGE, Level.VILLAGE), level=Level.GRID, name="第一网格")
    answer = commands.merge_regions(actor=admin, region_ids=[one.id, other.id], name="合并村")
    assert answer["posts_to_move"] == 0
    assert queries.present(NEXT_VILLAGE, Level.VILLAGE) == queries.standing(VILLAGE, Level.VILLAGE)
    assert queries.standing(NEXT_VILLAGE, Level.VILLAGE) is None
    low, high = interval(NEXT_VILLAGE, Level.VILLAGE)
    assert any(first <= low and high <= last for first, last in queries.reach(VILLAGE, Level.VILLAGE))
    before = queries.reach(VILLAGE, Level.VILLAGE, on_date=today() - timedelta(days=1))
    assert before == [interval(VILLAGE, Level.VILLAGE)]
    assert [child.text for child in queries.children(VILLAGE, Level.VILLAGE)] == [grid["code"]]
    assert [region.name for region in queries.path(int(grid["code"]), Level.GRID)][-2:] == [
        "合并村",
        "第一网格",
    ]
    assert queries.counts(VILLAGE, Level.VILLAGE) == {Level.VILLAGE: 1, Level.GRID: 1}
    assert queries.drift() == []


def test_a_chain_of_mergers_is_reached_to_its_beginning(admin: Actor) -> None:
    first, second, third = queries.children(TOWN, Level.TOWNSHIP)[:3]
    commands.merge_regions(actor=admin, region_ids=[second.id, third.id], name="甲村")
    merged = village(second.code)
    commands.merge_regions(actor=admin, region_ids=[first.id, merged.id], name="乙村")
    reach = queries.reach(first.code, Level.VILLAGE)
    for region in (first, second, third):
        assert any(low <= region.code <= high for low, high in reach)


def test_the_reach_of_a_county_takes_in_what_came_from_elsewhere(admin: Actor) -> None:
    """A village that follows one of another town: its town reaches the old records with it."""
    town, neighbour = queries.children(COUNTY, Level.COUNTY)[1:3]
    mine = queries.children(town.code, Level.TOWNSHIP)[0]
    theirs = queries.children(neighbour.code, Level.TOWNSHIP)[0]
    commands.merge_regions(actor=admin, region_ids=[mine.id, theirs.id], name="合并村")
    assert any(low <= theirs.code <= high for low, high in queries.reach(town.code, Level.TOWNSHIP))
    assert queries.counts(town.code, Level.TOWNSHIP)[Level.TOWNSHIP] == 1


def test_a_split_gives_new_codes_down_to_the_micro_grids(admin: Actor) -> None:
    place = (VILLAGE, Level.VILLAGE)
    west = draw_grid(actor=admin, parent=place, level=Level.GRID, name="西网格")
    east = draw_grid(actor=admin, parent=place, level=Level.GRID, name="东网格")
    micro = draw_grid(actor=admin, parent=(int(east["code"]), Level.GRID), level=Level.MICRO_GRID, name="微")
    old = village()
    answer = commands.split_region(
        actor=admin,
        region_id=old.id,
        parts=[Part("西村", (int(west["code"]),)), Part("东村", (int(east["code"]),))],
    )
    assert answer["moved"] == 3
    codes = [int(code) for code in answer["codes"]]
    assert queries.standing(VILLAGE, Level.VILLAGE) is None
    assert [child.name for child in queries.children(codes[1], Level.VILLAGE)] == ["东网格"]
    path = queries.path(codes[1] + int(micro["code"]) - VILLAGE, Level.MICRO_GRID)
    assert [region.name for region in path][-3:] == ["东村", "东网格", "微"]
    for code in codes:
        assert any(low <= VILLAGE <= high for low, high in queries.reach(code, Level.VILLAGE))
    assert queries.drift() == []


def test_who_keeps_the_code_keeps_the_records(admin: Actor) -> None:
    place = (VILLAGE, Level.VILLAGE)
    stays = draw_grid(actor=admin, parent=place, level=Level.GRID, name="老网格")
    goes = draw_grid(actor=admin, parent=place, level=Level.GRID, name="新网格")
    parts = [Part("老村", keeps_code=True), Part("新村", (int(goes["code"]),))]
    answer = commands.split_region(actor=admin, region_id=village().id, parts=parts)
    new = int(answer["codes"][1])
    assert village().name == "老村"
    assert [child.text for child in queries.children(VILLAGE, Level.VILLAGE)] == [stays["code"]]
    old_low, _ = interval(VILLAGE, Level.VILLAGE)
    assert not any(low <= old_low <= high for low, high in queries.reach(new, Level.VILLAGE))
    moved = int(goes["code"])
    assert any(low <= moved <= high for low, high in queries.reach(new, Level.VILLAGE))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([Part("一")], "split_parts"),
        ([Part("一", keeps_code=True), Part("二", keeps_code=True)], "split_parts"),
        ([Part("一"), Part("二", (VILLAGE + 10_000, VILLAGE + 10_000))], "split_members"),
        ([Part("一"), Part("二", (NEXT_VILLAGE,))], "split_members"),
        ([Part("一"), Part("二")], "split_left_over"),
        ([Part("一", keeps_code=True), Part("二", code=NEXT_VILLAGE)], "split_code"),
        ([Part("一", keeps_code=True), Part("二", code=OTHER_COUNTY + 199 * 10**9 + 10**6)], "split_code"),
    ],
)
def test_it_refuses_a_split_that_does_not_come_out_even(admin: Actor, parts: Any, code: str) -> None:
    draw_grid(actor=admin, parent=(VILLAGE, Level.VILLAGE), level=Level.GRID, name="第一网格")
    with pytest.raises(Refused) as refused:
        commands.split_region(actor=admin, region_id=village().id, parts=parts)
    assert refused.value.code == code
    assert queries.standing(VILLAGE, Level.VILLAGE) is not None


def test_it_refuses_to_merge_levels_or_one(admin: Actor) -> None:
    town = queries.standing(TOWN, Level.TOWNSHIP)
    assert town is not None
    for ids in ([village().id], [village().id, village().id], [village().id, town.id]):
        with pytest.raises(Refused, match="merge"):
            commands.merge_regions(actor=admin, region_ids=ids, name="合并")


def test_it_refuses_an_ended_region_an_early_day_and_an_old_version(admin: Actor) -> None:
    old = village()
    commands.rename_region(actor=admin, region_id=old.id, name="新名村")
    with pytest.raises(Refused, match="ended"):
        commands.rename_region(actor=admin, region_id=old.id, name="更新名")
    with pytest.raises(Refused, match="too_early"):
        commands.rename_region(actor=admin, region_id=village().id, name="更", on_date=date(2020, 1, 1))
    with pytest.raises(Conflict):
        commands.rename_region(actor=admin, region_id=village().id, name="更", seen=7)
    with pytest.raises(Refused, match="region_name"):
        commands.rename_region(actor=admin, region_id=village().id, name=" ")


@pytest.mark.parametrize("name", ["outsider", "worker", "resident", "desk"])
def test_it_refuses_who_does_not_manage_the_place(db: None, name: str) -> None:
    with find(name).act() as actor:
        with pytest.raises(Refused, match="no_right"):
            commands.rename_region(actor=actor, region_id=village().id, name="新名村")
        with pytest.raises(Refused, match="no_right"):
            draw_grid(actor=actor, parent=(VILLAGE, Level.VILLAGE), level=Level.GRID, name="第一网格")


def test_an_administrator_cannot_touch_another_county(admin: Actor) -> None:
    elsewhere = queries.standing(OTHER_COUNTY, Level.COUNTY)
    assert elsewhere is not None
    with pytest.raises(Refused, match="no_right"):
        commands.rename_region(actor=admin, region_id=elsewhere.id, name="新名县")


def forge(actor: Actor, row: Region) -> None:
    with change(actor, "region.forged") as c:
        c.create(row)
        c.about(row.code)


def test_postgresql_itself_refuses_a_region_of_another_county(admin: Actor) -> None:
    row = Region(code=OTHER_COUNTY + 10**9, level=Level.TOWNSHIP, name="新镇", valid_from=today())
    with pytest.raises(Refused, match="not_found"):
        forge(admin, row)


def test_each_change_is_one_event_that_names_its_rows(admin: Actor) -> None:
    answer = commands.merge_regions(
        actor=admin, region_ids=[village().id, village(NEXT_VILLAGE).id], name="合并村"
    )
    event = Event.objects.get(id=answer["event"])
    assert event.name == "region.merged"
    assert event.region_code == VILLAGE
    assert "合并村" not in str(event.data)


def test_a_boundary_must_be_an_area(admin: Actor) -> None:
    commands.outline_region(actor=admin, region_id=village().id, boundary=SQUARE)
    assert Region.objects.get(pk=village().pk).boundary == SQUARE
    for wrong in (
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
    ):
        with pytest.raises(Refused, match="boundary"):
            commands.outline_region(actor=admin, region_id=village().id, boundary=wrong)


def test_a_joint_village_reaches_all_its_members(admin: Actor) -> None:
    members = [(VILLAGE, Level.VILLAGE), (NEXT_VILLAGE, Level.VILLAGE)]
    joint = commands.form_joint_village(actor=admin, name="联合村", members=members)
    reach = queries.reach_of_joint(joint["id"])
    assert all(any(low <= code <= high for low, high in reach) for code, _ in members)
    assert [one.name for one in queries.joint_villages(interval(TOWN, Level.TOWNSHIP))] == ["联合村"]
    commands.dissolve_joint_village(actor=admin, joint_id=joint["id"])
    tomorrow = today() + timedelta(days=1)
    assert queries.reach_of_joint(joint["id"], on_date=tomorrow) == []
    with pytest.raises(Refused, match="ended"):
        commands.dissolve_joint_village(actor=admin, joint_id=joint["id"])


def test_it_refuses_a_joint_village_of_one(admin: Actor) -> None:
    with pytest.raises(Refused, match="joint_members"):
        commands.form_joint_village(actor=admin, name="联合村", members=[(VILLAGE, Level.VILLAGE)])
