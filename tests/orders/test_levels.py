"""Who leads an order and who helps out: reporting up (吹哨), sending down, and helpers with a part each."""

from uuid import UUID

import pytest

from gongzhi.core.command import people
from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter, Task
from tests import cast
from tests.orders.acting import by_receipt, dispatched, matter, placed, step
from tests.orders.at_desk import address, desk, page, take
from tests.orders.test_hands import in_hand, open_to, post, sound
from tests.orders.test_unattended import waiting_for
from tests.orders.test_watching_pages import field, give, tasks

pytestmark = pytest.mark.django_db


def office(role: str, place: tuple[int, int], username: str) -> Post:
    """A post of a township office or a county department, held by a member of the cast."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        made = people.create_post(actor=actor, role=role, place=place, title=f"{role} 站")
        people.grant_post(actor=actor, post_id=UUID(made["id"]), person_id=cast.find(username).person_id)
        return Post.objects.get(pk=made["id"])


# -- up and down


def test_a_worker_reports_up_to_the_township_and_answers_for_it_until_its_office_accepts() -> None:
    order_id = in_hand()
    due = matter(order_id).due_at
    station = office("township_office", (cast.TOWN, 4), "neighbour")
    step("worker", order_id, "report_up", reason="power", words="要有执法证的来")
    found = matter(order_id)
    assert (found.state, found.lead_level, found.due_at) == ("returned", 4, due)
    assert (waiting_for("desk", order_id), waiting_for("worker", order_id)) == (["dispatch"], ["stand_by"])
    step("desk", order_id, "dispatch", holder=station)
    step("neighbour", order_id, "accept")
    assert (matter(order_id).lead_level, waiting_for("worker", order_id)) == (4, [])
    assert waiting_for("neighbour", order_id) == ["fulfil"]
    assert sound(order_id) == []


def test_what_the_county_leads_comes_back_to_its_desk_and_an_office_sees_only_what_it_was_given() -> None:
    order_id = in_hand()
    bureau = office("county_department", (cast.COUNTY, 3), "neighbour")
    other, _receipt = placed()
    step("desk", order_id, "transfer", holder=bureau, reason="fitter")
    assert matter(order_id).lead_level == 3
    with enter(person_id=cast.find("neighbour").person_id):
        assert set(Matter.objects.values_list("id", flat=True)) == {order_id}
        assert not Matter.objects.filter(pk=other).exists()
    step("neighbour", order_id, "return", reason="cannot")
    assert (waiting_for("county", order_id), waiting_for("desk", order_id)) == (["dispatch"], [])
    assert sound(order_id) == []


def test_the_county_sends_down_what_it_leads_and_the_township_does_not_hand_it_up_again() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="wrong")
    assert "hand_down" not in open_to("county", order_id)
    step("desk", order_id, "hand_up", reason="beyond")
    assert (matter(order_id).lead_level, waiting_for("county", order_id)) == (3, ["dispatch"])
    assert "hand_down" not in open_to("desk", order_id)
    with pytest.raises(Refused, match="can_rise"):
        step("county", order_id, "hand_up", reason="beyond")
    with pytest.raises(Refused, match="can_sink"):
        step("desk", order_id, "hand_down", words="不下派给自己")
    step("county", order_id, "hand_down", words="请镇里牵头，县里配合")
    assert (matter(order_id).lead_level, waiting_for("desk", order_id)) == (4, ["dispatch"])
    with pytest.raises(Refused, match="can_rise"):
        step("desk", order_id, "hand_up", reason="beyond")
    assert sound(order_id) == []


def test_reporting_up_goes_one_level_at_a_time() -> None:
    order_id = in_hand()
    step("worker", order_id, "report_up", reason="beyond")
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    step("worker", order_id, "accept")
    step("worker", order_id, "report_up", reason="beyond")
    assert (matter(order_id).lead_level, waiting_for("county", order_id)) == (3, ["dispatch"])
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    with pytest.raises(Refused, match="can_rise"):
        step("worker", order_id, "report_up", reason="beyond")
    assert sound(order_id) == []


def test_an_order_that_nobody_held_is_led_by_the_county_once_it_is_reopened() -> None:
    order_id, receipt = placed()
    step("desk", order_id, "decline", reason="not_ours", outcome="not_ours", words="请找社保局")
    by_receipt(receipt, order_id, "reopen_unheld", words="他们说也不归他们")
    assert (matter(order_id).lead_level, waiting_for("county", order_id)) == (3, ["dispatch"])
    assert sound(order_id) == []


# -- helping out


def test_a_lead_fulfils_once_every_helper_has_done_his_part() -> None:
    order_id = in_hand()
    step("worker", order_id, "ask_hand", helper=post("village_officer"), words="请联系施工队")
    step("desk", order_id, "ask_hand", helper=post("grid_worker", cast.OTHER_VILLAGE), words="借梯子")
    assert waiting_for("village", order_id) == ["help_out"]
    assert waiting_for("outside_worker", order_id) == ["help_out"]
    assert sorted(matter(order_id).hands or []) == sorted(
        [post("village_officer").id, post("grid_worker", cast.OTHER_VILLAGE).id]
    )
    assert "fulfil" not in open_to("worker", order_id)
    with pytest.raises(Refused, match="helpers_are_done"):
        step("worker", order_id, "fulfil", outcome="solved")
    with pytest.raises(Refused, match="need_words"):
        step("village", order_id, "part_done")
    step("outside_worker", order_id, "part_done", words="梯子送到了")
    with enter(person_id=cast.find("outside_worker").person_id):
        assert not Matter.objects.filter(pk=order_id).exists()
    assert sound(order_id) == []
    step("worker", order_id, "release_hand", helper=post("village_officer"), reason="settled")
    assert (matter(order_id).hands, waiting_for("village", order_id)) == (None, [])
    step("worker", order_id, "fulfil", outcome="solved")
    assert (matter(order_id).state, sound(order_id)) == ("fulfilled", [])


def test_who_may_be_asked_to_help_and_who_may_say_that_a_part_is_done() -> None:
    order_id = in_hand()
    with pytest.raises(Refused, match="helper"):
        step("worker", order_id, "ask_hand", helper=post("grid_worker"), words="我自己")
    with pytest.raises(Refused, match="helper"):
        step("worker", order_id, "ask_hand", helper=post("desk", cast.TOWN), words="受理员不办事")
    with pytest.raises(Refused, match="need_helper"):
        step("worker", order_id, "ask_hand", words="随便谁")
    step("worker", order_id, "ask_hand", helper=post("village_officer"), words="请出面")
    with pytest.raises(Refused, match="helping"):
        step("worker", order_id, "ask_hand", helper=post("village_officer"), words="再请一次")
    with pytest.raises(Refused, match="helper"):
        step(
            "worker", order_id, "release_hand", helper=post("grid_worker", cast.OTHER_VILLAGE), reason="wrong"
        )
    for username in ("worker", "desk"):
        with pytest.raises(Refused, match="step"):
            step(username, order_id, "part_done", words="替他说")


def test_helpers_stay_when_the_lead_changes_and_go_when_the_order_ends() -> None:
    order_id = in_hand()
    step("worker", order_id, "ask_hand", helper=post("grid_worker", cast.OTHER_VILLAGE), words="借梯子")
    step("worker", order_id, "pass_on", holder=post("village_officer"), reason="away")
    assert waiting_for("outside_worker", order_id) == ["help_out"]
    assert len(matter(order_id).hands or ()) == 2
    step("village", order_id, "return", reason="cannot")
    step("desk", order_id, "decline", reason="impossible", outcome="not_solved", words="今年没有资金")
    assert (matter(order_id).hands, waiting_for("outside_worker", order_id)) == (None, [])
    assert sound(order_id) == []


def test_the_desk_and_the_field_offer_it_in_plain_words() -> None:
    order_id = in_hand()
    officer = desk()
    shown = page(officer, address(order_id))
    assert "请别的岗位协办" in shown
    take(officer, order_id, "ask_hand", helper=str(post("village_officer").id), words="请联系施工队")
    shown = page(officer, address(order_id))
    for words in ("协办", "village_officer 1", "请联系施工队", "不用协办了"):
        assert words in shown, words
    client = field("worker")
    actions = {each["key"]: each for each in client.get(f"/field/api/matters/{order_id}").json()["actions"]}
    assert actions["release_hand"]["helpers"] == [
        {"key": str(post("village_officer").id), "name": "village_officer 1"}
    ]
    assert actions["ask_hand"]["needs"] == ["helper", "words"]
    assert "report_up" in actions
    give(client, "release_hand", order_id, helper=str(post("village_officer").id), reason="settled")
    give(client, "ask_hand", order_id, helper=str(post("grid_worker", cast.OTHER_VILLAGE).id), words="借梯子")
    helper = field("outside_worker")
    assert [task["what_name"] for task in tasks(helper)] == ["协办：办好自己的一部分"]
    give(helper, "part_done", order_id, words="送到了")
    with enter(person_id=cast.find("county").person_id):
        assert not Task.objects.filter(matter=order_id, what="help_out", done_at=None).exists()


def test_a_sealed_order_goes_to_no_other_hands() -> None:
    order_id, _receipt = placed(sealed=True)
    with enter(person_id=cast.find("sealed").person_id):
        sealed = Post.objects.get(pk=Matter.objects.get(pk=order_id).sealed_to)
    step("sealed", order_id, "dispatch", holder=sealed)
    step("sealed", order_id, "accept")
    assert not {"pass_on", "report_up", "ask_hand", "hand_down"} & open_to("sealed", order_id).keys()
    for key, given in (
        ("ask_hand", {"helper": post("village_officer"), "words": "请协助"}),
        ("pass_on", {"holder": sealed, "reason": "away"}),
        ("report_up", {"reason": "beyond"}),
    ):
        with pytest.raises(Refused, match="sealed"):
            step("sealed", order_id, key, **given)
    step("sealed", order_id, "return", reason="cannot")
    with enter(person_id=cast.find("sealed").person_id):
        found = Matter.objects.get(pk=order_id)
        assert (found.hands, found.lead_level) == (None, None)
