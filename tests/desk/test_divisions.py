"""Places are merged and divided at the desk: first what it touches, then the act, with posts and joint villages."""

from uuid import UUID

import pytest

from gongzhi.capabilities.orders.queries.listing import Filters, orders_listed
from gongzhi.core.command.grids import draw_grid
from gongzhi.core.command.people import create_post, grant_post
from gongzhi.core.command.running import Refused
from gongzhi.core.command.successors import move_post, renew_joint_village
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions import queries
from gongzhi.core.regions.models import JointVillage, JointVillageMember
from gongzhi.core.regions.rules import Level, code_text, short_text
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import desk, page, statements

pytestmark = pytest.mark.django_db
MERGE = f"/desk/regions/merge/?place={short_text(cast.NEXT_VILLAGE, 5)}.5"
DIVIDE = f"/desk/regions/divide/?place={short_text(cast.VILLAGE, 5)}.5"
MERGED = {"others": [code_text(cast.VILLAGE)], "name": "新合村"}


def post_of(role: str, code: int = cast.VILLAGE) -> Post:
    return Post.objects.get(role=role, region_code=code)


def everyone_moves() -> dict[str, str]:
    """The choice of the form: each post of the cast's village goes to the first place."""
    return {f"post_{post.id}": "0" for post in Post.objects.filter(region_code=cast.VILLAGE, region_level=5)}


def joined(*others: int) -> UUID:
    """A joint village of the cast's village and others."""
    path = f"/desk/regions/joint/?place={short_text(cast.TOWN, 4)}.4"
    members = [code_text(code) for code in (cast.VILLAGE, *others)]
    assert desk("admin").post(path, {"joint_name": "两联村", "members": members}).status_code == 302
    return JointVillage.objects.get(name="两联村").id


def members_of(joint_id: UUID) -> set[int]:
    found = JointVillageMember.objects.filter(joint=joint_id, valid_to=None)
    return set(found.values_list("region_code", flat=True))


def test_a_merger_is_shown_before_it_is_done() -> None:
    order_id, _receipt = placed()
    placed(sealed=True)
    dispatched(order_id)
    joined(queries.children(cast.TOWN, 4)[4].code)
    shown = page(desk("admin"), f"{MERGE}&others={code_text(cast.VILLAGE)}&name=新合村")
    assert "1件" in shown
    assert "两联村" in shown
    assert post_of("grid_worker").title in shown
    assert queries.standing(cast.VILLAGE, 5) is not None


def test_a_preview_needs_few_statements() -> None:
    assert len(statements(desk("admin"), f"{MERGE}&others={code_text(cast.VILLAGE)}&name=新合村")) <= 16


def test_after_a_merger_the_successors_post_sees_and_handles_the_old_orders_and_new_ones_land_there() -> None:
    old, _receipt = placed()
    dispatched(old)
    waiting, _receipt = placed()
    worker = post_of("grid_worker")
    third = queries.children(cast.TOWN, 4)[4].code
    joint = joined(third)
    answer = desk("admin").post(MERGE, {**MERGED, **everyone_moves()}, follow=True)
    assert "个岗位移到了新的地方" in answer.content.decode()
    assert "两联村" in answer.content.decode()
    worker.refresh_from_db()
    assert worker.region_code == cast.NEXT_VILLAGE
    assert members_of(joint) == {cast.NEXT_VILLAGE, third}
    moved = Event.objects  # events of posts are the administrator's to see
    with enter(person_id=cast.find("admin").person_id):
        merged = moved.get(name="region.merged")
        assert {
            event.caused_by for event in moved.filter(name__in=["post.moved", "joint_village.renewed"])
        } == {merged.id}
    # the successor's post goes on with what it held, and is found for what still waits under the old code
    step("worker", old, "accept")
    dispatched(waiting)
    assert matter(waiting).holder_id == worker.id
    # an old sign leads on, and what is placed there lies in the successor
    client = desk("resident")
    assert (
        client.get(f"/v/{short_text(cast.VILLAGE, 5)}/").headers["Location"]
        == f"/v/{short_text(cast.NEXT_VILLAGE, 5)}/"
    )
    new, _receipt = placed(region_code=cast.NEXT_VILLAGE)
    dispatched(new)
    assert matter(new).holder_id == worker.id
    # the village officer of the successor sees and counts all of them
    with enter(person_id=cast.find("village").person_id) as actor:
        here = orders_listed(actor, Filters(place=(cast.NEXT_VILLAGE, 5)))
        assert here.total == 3
        assert {row.matter.id for row in here.rows} == {old, waiting, new}
    with enter(person_id=cast.find("outside_worker").person_id):
        assert not Matter.objects.filter(pk__in=[old, waiting, new]).exists()


def test_a_post_that_was_left_is_offered_until_it_moved() -> None:
    client = desk("admin")
    answer = client.post(MERGE, MERGED, follow=True)
    assert "还有岗位留在已经变动的地方" in answer.content.decode()
    worker = post_of("grid_worker")
    path = f"/desk/regions/follow/?place={short_text(cast.NEXT_VILLAGE, 5)}.5"
    client.post(path, {f"post_{worker.id}": f"{short_text(cast.NEXT_VILLAGE, 5)}.5"})
    worker.refresh_from_db()
    assert worker.region_code == cast.NEXT_VILLAGE
    assert post_of("village_officer").region_code == cast.VILLAGE
    assert "还有岗位留在" in page(client, f"/desk/regions/?place={short_text(cast.TOWN, 4)}.4")


def test_of_a_divided_village_each_post_goes_to_the_part_chosen_for_it() -> None:
    with enter(person_id=cast.find("admin").person_id) as actor:
        place = (cast.VILLAGE, Level.VILLAGE)
        west = draw_grid(actor=actor, parent=place, level=Level.GRID, name="西网格")
        east = draw_grid(actor=actor, parent=place, level=Level.GRID, name="东网格")
        made = create_post(actor=actor, role="grid_worker", place=(int(east["code"]), 6), title="东网格员")
        grant_post(actor=actor, post_id=UUID(made["id"]), person_id=cast.find("resident").person_id)
    order_id, _receipt = placed()
    dispatched(order_id)
    worker, officer = post_of("grid_worker"), post_of("village_officer")
    said = {
        "name_0": "西村",
        "name_1": "东村",
        "keeps": "",
        f"in_{west['code']}": "0",
        f"in_{east['code']}": "1",
        f"post_{worker.id}": "1",
        f"post_{officer.id}": "0",
    }
    client = desk("admin")
    shown = client.get(DIVIDE, {"place": f"{short_text(cast.VILLAGE, 5)}.5", **said}).content.decode()
    assert "东村" in shown
    assert "1件" in shown
    answer = client.post(DIVIDE, said, follow=True)
    assert answer.status_code == 200
    at = {
        post.title: queries.standing(post.region_code, post.region_level)
        for post in (*Post.objects.filter(pk__in=[worker.id, officer.id, made["id"]]),)
    }
    assert [at[worker.title].name, at[officer.title].name, at["东网格员"].name] == ["东村", "西村", "东网格"]
    assert at["东网格员"].code // 10**6 == at[worker.title].code // 10**6
    step("worker", order_id, "accept")
    with enter(person_id=cast.find("village").person_id):
        assert Matter.objects.filter(pk=order_id).exists()


def test_a_part_that_keeps_the_code_keeps_its_posts() -> None:
    worker = post_of("grid_worker")
    said = {"name_0": "老村", "name_1": "新村", "keeps": "0", f"post_{worker.id}": "0"}
    desk("admin").post(DIVIDE, said)
    worker.refresh_from_db()
    assert worker.region_code == cast.VILLAGE


def test_what_is_wrong_is_said_and_nothing_changes() -> None:
    client = desk("admin")
    nothing = client.post(MERGE, {"name": "新合村"})
    assert nothing.status_code == 422
    assert "请至少选一个要并进来的地方" in nothing.content.decode()
    late = client.post(MERGE, {**MERGED, "on_date": "2999-01-01"})
    assert "生效当天" in late.content.decode()
    assert queries.standing(cast.VILLAGE, 5) is not None


def test_a_joint_village_of_which_one_is_left_ends() -> None:
    joint = joined(cast.NEXT_VILLAGE)
    desk("admin").post(MERGE, {**MERGED, **everyone_moves()})
    assert JointVillage.objects.get(pk=joint).valid_to is not None
    assert members_of(joint) == set()


def test_a_joint_village_is_dissolved_and_outsiders_touch_none() -> None:
    joint = joined(cast.NEXT_VILLAGE)
    path = f"/desk/regions/joint/{joint}/dissolve/?place={short_text(cast.TOWN, 4)}.4"
    assert desk("desk").post(path).status_code == 403
    desk("second_admin").post(path)
    assert JointVillage.objects.get(pk=joint).valid_to is None
    desk("admin").post(path)
    assert JointVillage.objects.get(pk=joint).valid_to is not None


@pytest.mark.parametrize("path", [MERGE, DIVIDE])
def test_outsiders_merge_and_divide_nothing(path: str) -> None:
    assert desk("desk").get(path).status_code == 403
    assert desk("outsider").post(path, MERGED).status_code == 403
    assert desk("second_admin").get(path).status_code == 404
    assert desk("second_admin").post(path, MERGED).status_code == 404


def test_a_post_moves_only_to_what_its_place_became() -> None:
    worker = post_of("grid_worker")
    with enter(person_id=cast.find("admin").person_id) as actor:
        for place in (cast.NEXT_VILLAGE, cast.VILLAGE):
            with pytest.raises(Refused, match="successor"):
                move_post(actor=actor, post_id=worker.id, to=(place, 5))
    with enter(person_id=cast.find("outsider").person_id) as actor, pytest.raises(Refused):
        move_post(actor=actor, post_id=worker.id, to=(cast.NEXT_VILLAGE, 5))


def test_a_joint_village_whose_members_stand_is_left_alone() -> None:
    joint = joined(cast.NEXT_VILLAGE)
    with enter(person_id=cast.find("admin").person_id) as actor, pytest.raises(Refused, match="unchanged"):
        renew_joint_village(actor=actor, joint_id=joint)


def test_counts_of_the_successor_include_the_predecessors() -> None:
    with enter(person_id=cast.find("admin").person_id) as actor:
        draw_grid(actor=actor, parent=(cast.VILLAGE, 5), level=Level.GRID, name="一网格")
        before = queries.counts(cast.NEXT_VILLAGE, 5).get(Level.GRID, 0)
    desk("admin").post(MERGE, {**MERGED, **everyone_moves()})
    assert queries.counts(cast.NEXT_VILLAGE, 5)[Level.GRID] == before + 1
