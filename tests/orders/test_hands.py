"""Passing on, first-receiver duty (首问负责), and whose affair it is: disputed, decided by the level above, binding."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from gongzhi.capabilities.orders.queries import offers
from gongzhi.core.command import people
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import steps_open_to
from gongzhi.workflow.reconcile import Case, Told, clock_faults, task_faults, watch_faults
from tests import cast
from tests.orders.acting import by_receipt, dispatched, matter, placed, step
from tests.orders.at_desk import address, desk, page, statements, take
from tests.orders.test_unattended import waiting_for
from tests.orders.test_watching_pages import field, give, tasks

pytestmark = pytest.mark.django_db


def post(role: str, region_code: int = cast.VILLAGE) -> Post:
    """The post of a role in a place."""
    with enter(person_id=cast.find("county").person_id):
        return Post.objects.get(role=role, region_code=region_code)


def in_hand() -> UUID:
    """An order that the worker accepted."""
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    return order_id


def sound(order_id: UUID) -> list[str]:
    """What reconcile finds wrong with an order: nothing."""
    with enter(person_id=cast.find("county").person_id):
        events = Event.objects.filter(thread=order_id).order_by("id")
        case = Case(
            Matter.objects.get(pk=order_id),
            [Told(*each) for each in events.values_list("data", "region_code", "recorded_at")],
            list(Task.objects.filter(matter=order_id, done_at=None)),
            list(Round.objects.filter(matter=order_id).order_by("number")),
        )
    return [*clock_faults(case), *task_faults(case), *watch_faults(case)]


def open_to(username: str, order_id: UUID) -> dict[str, list[str]]:
    """The steps that a member of the cast may take, each with its reasons."""
    with enter(person_id=cast.find(username).person_id) as actor:
        found = steps_open_to(actor, Matter.objects.get(pk=order_id))
        return {key: list(each.reasons) for key, each in found.items()}


# -- passing on


def test_a_handler_passes_on_and_answers_for_it_until_the_other_accepts() -> None:
    order_id = in_hand()
    due = matter(order_id).due_at
    step("worker", order_id, "pass_on", holder=post("village_officer"), reason="fitter", words="要村里出面")
    found = matter(order_id)
    assert (found.state, found.holder_id, found.due_at) == ("dispatched", post("village_officer").id, due)
    assert found.hands == [post("grid_worker").id]
    assert waiting_for("worker", order_id) == ["stand_by"]
    assert "accept" in waiting_for("village", order_id)
    assert {"chase", "note", "message"} <= open_to("worker", order_id).keys()
    assert not {"accept", "fulfil", "return", "pass_on"} & open_to("worker", order_id).keys()
    assert sound(order_id) == []
    step("worker", order_id, "chase", words="请接一下")
    step("village", order_id, "accept")
    assert (matter(order_id).hands, waiting_for("worker", order_id)) == (None, [])
    assert "chase" not in open_to("worker", order_id)
    assert sound(order_id) == []


def test_whoever_received_it_first_answers_for_it_however_often_it_goes_on() -> None:
    order_id = in_hand()
    step("desk", order_id, "transfer", holder=post("village_officer"), reason="fitter")
    step("village", order_id, "return", reason="away")
    assert waiting_for("worker", order_id) == ["stand_by"]
    assert waiting_for("village", order_id) == []
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    assert sorted(waiting_for("worker", order_id)) == ["accept", "stand_by"]
    step("worker", order_id, "accept")
    assert waiting_for("worker", order_id) == ["fulfil"]
    assert sound(order_id) == []


def test_it_is_not_passed_back_to_whoever_let_it_go_nor_to_a_post_that_cannot_take_it() -> None:
    order_id = in_hand()
    step("worker", order_id, "pass_on", holder=post("village_officer"), reason="overloaded")
    with pytest.raises(Refused, match="passed_back"):
        step("village", order_id, "pass_on", holder=post("grid_worker"), reason="away")
    with pytest.raises(Refused, match="holder"):
        step("village", order_id, "pass_on", holder=post("desk", cast.TOWN), reason="away")
    with pytest.raises(Refused, match="need_reason"):
        step("village", order_id, "pass_on", holder=post("grid_worker", cast.OTHER_VILLAGE))


def test_a_first_receiver_from_elsewhere_still_sees_it_and_lets_nobody_in() -> None:
    order_id = in_hand()
    step("desk", order_id, "transfer", holder=post("grid_worker", cast.OTHER_VILLAGE), reason="fitter")
    step("outside_worker", order_id, "accept")
    step("outside_worker", order_id, "return", reason="cannot", words="要吊车")
    assert waiting_for("outside_worker", order_id) == ["stand_by"]
    step("outside_worker", order_id, "note", words="已经给镇里打过电话")
    with enter(person_id=cast.find("outsider").person_id):
        assert not Matter.objects.filter(pk=order_id).exists()
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    step("worker", order_id, "accept")
    with enter(person_id=cast.find("outside_worker").person_id):
        assert not Matter.objects.filter(pk=order_id).exists()
    assert sound(order_id) == []


def test_a_volunteer_who_gives_back_what_he_took_owes_nothing() -> None:
    from tests.orders.test_rights import taken

    order_id = taken()
    step("volunteer", order_id, "return", reason="cannot")
    assert (matter(order_id).hands, sound(order_id)) == (None, [])


def test_nothing_waits_for_a_first_receiver_once_the_order_is_over() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="wrong")
    by_receipt(receipt, order_id, "withdraw")
    assert (matter(order_id).hands, waiting_for("worker", order_id), sound(order_id)) == (None, [], [])


# -- whose affair it is


def contested() -> UUID:
    """An order that two posts gave back as not theirs."""
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="not_mine", words="这是村里的事")
    step("desk", order_id, "dispatch", holder=post("village_officer"))
    step("village", order_id, "return", reason="not_mine", words="这是网格的事")
    return order_id


def test_a_second_post_that_disowns_it_brings_it_before_the_level_above() -> None:
    order_id = contested()
    assert waiting_for("county", order_id) == ["decide_competence"]
    assert waiting_for("desk", order_id) == []
    assert not {"dispatch", "decide_competence", "hand_up", "decline"} & open_to("desk", order_id).keys()
    with pytest.raises(Refused, match="not_disputed"):
        step("desk", order_id, "dispatch", holder=post("grid_worker"))
    with pytest.raises(Refused, match="decides_dispute"):
        step("desk", order_id, "decide_competence", holder=post("grid_worker"), words="你办")
    assert sound(order_id) == []


def test_the_decision_binds_and_ends_first_receiver_duty() -> None:
    order_id = contested()
    due = matter(order_id).due_at
    step("county", order_id, "decide_competence", holder=post("grid_worker"), words="按网格职责，由网格员办")
    found = matter(order_id)
    assert (found.state, found.holder_id, found.due_at) == ("dispatched", post("grid_worker").id, due)
    assert (found.hands, waiting_for("worker", order_id)) == (None, ["accept"])
    assert "not_mine" not in open_to("worker", order_id)["return"]
    assert "not_mine" not in open_to("worker", order_id)["pass_on"]
    for key, given in (("return", {}), ("pass_on", {"holder": post("village_officer")})):
        with pytest.raises(Refused, match="not_decided"):
            step("worker", order_id, key, reason="not_mine", **given)
    step("worker", order_id, "return", reason="away")
    assert waiting_for("desk", order_id) == ["dispatch"]
    assert sound(order_id) == []


def test_what_the_level_above_is_to_decide_is_not_open_to_helpers() -> None:
    order_id, _receipt = placed(open_to_helpers=True)
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    step("worker", order_id, "return", reason="not_mine")
    with enter(person_id=cast.find("volunteer").person_id):
        assert [each.id for each in offers()] == [order_id]
    step("desk", order_id, "ask_decision")
    with enter(person_id=cast.find("volunteer").person_id):
        assert offers() == []


def test_a_desk_that_sends_it_again_to_whoever_disowned_it_disagrees_with_him() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="not_mine")
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    step("worker", order_id, "return", reason="not_mine")
    assert waiting_for("county", order_id) == ["decide_competence"]
    assert sound(order_id) == []


def test_the_township_decides_between_its_villages_where_it_took_no_side() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="not_mine")
    step("village", order_id, "dispatch", holder=post("grid_worker"))
    step("worker", order_id, "return", reason="not_mine")
    assert waiting_for("desk", order_id) == ["decide_competence"]
    assert "decide_competence" not in open_to("village", order_id)
    step("desk", order_id, "decide_competence", holder=post("village_officer"), words="由村里办")
    assert sound(order_id) == []


def test_the_desk_may_ask_for_a_decision_itself_once_somebody_disowned_it() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="cannot")
    assert "ask_decision" not in open_to("desk", order_id)
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    step("worker", order_id, "return", reason="not_mine")
    step("desk", order_id, "ask_decision", words="职责写得不清楚")
    assert waiting_for("county", order_id) == ["decide_competence"]
    assert sound(order_id) == []


def test_nobody_decides_what_he_disowned_himself() -> None:
    order_id = contested()
    with enter(person_id=cast.find("admin").person_id) as actor:
        county = Post.objects.get(role="county_desk", region_code=cast.COUNTY)
        people.grant_post(actor=actor, post_id=county.id, person_id=cast.find("village").person_id)
    with pytest.raises(Refused, match="decides_dispute"):
        step("village", order_id, "decide_competence", holder=post("grid_worker"), words="你办")


def test_a_new_round_begins_without_a_dispute(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = contested()
    step("county", order_id, "decline", reason="not_ours", outcome="not_ours", words="请到法院")
    assert matter(order_id).state == "closed"
    step("county", order_id, "reopen_unheld")
    with enter(person_id=cast.find("county").person_id):
        row = Round.objects.get(matter=order_id, number=2)
        assert (row.let_go, row.decided_for) == ([], None)
    assert row.started_at > matter(order_id).recorded_at - timedelta(days=1)
    assert sound(order_id) == []


# -- what is shown of it


def test_the_desk_reads_who_answers_for_it_and_who_said_what_side_by_side() -> None:
    order_id = contested()
    shown = page(desk(), address(order_id))
    for words in (
        "首问负责",
        "grid_worker 0",
        "归谁办：各方怎么说",
        "这是村里的事",
        "这是网格的事",
        "等上一级裁定",
    ):
        assert words in shown, words
    assert 'data-step="decide_competence"' not in shown
    above = desk("county")
    assert 'data-step="decide_competence"' in page(above, address(order_id))
    take(above, order_id, "decide_competence", holder=str(post("grid_worker").id), words="按网格职责办")
    assert matter(order_id).state == "dispatched"
    told = page(desk(), address(order_id))
    assert "上一级已经裁定" in told
    assert "按网格职责办" in told
    assert len(statements(desk(), address(order_id))) <= 11


def test_a_handler_passes_on_from_the_field_to_one_of_the_posts_offered() -> None:
    order_id = in_hand()
    client = field("worker")
    told = client.get(f"/field/api/matters/{order_id}").json()
    assert [each["needs"] for each in told["actions"] if each["key"] == "pass_on"] == [["holder", "reason"]]
    offered = client.get(f"/field/api/matters/{order_id}/holders").json()["holders"]
    officer = str(post("village_officer").id)
    assert officer in [each["key"] for each in offered]
    assert str(post("grid_worker").id) not in [each["key"] for each in offered]
    assert field("outside_worker").get(f"/field/api/matters/{order_id}/holders").status_code == 404
    assert field("volunteer").get(f"/field/api/matters/{order_id}/holders").status_code == 404
    for said, code in (({"holder": "nonsense"}, "data"), ({}, "need_holder")):
        with pytest.raises(AssertionError, match=f"'code': '{code}'"):
            give(client, "pass_on", order_id, reason="away", **said)
    give(client, "pass_on", order_id, holder=officer, reason="away")
    assert [task["what_name"] for task in tasks(client)] == ["首问负责：跟到有人接单"]
    again = client.get(f"/field/api/matters/{order_id}").json()
    assert {"chase", "note", "message"} == {each["key"] for each in again["actions"]}
    assert any("→ village_officer 1" in line["what"] for line in again["timeline"])


def test_the_resident_reads_that_somebody_answers_for_it() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "pass_on", holder=post("village_officer"), reason="fitter")
    assert "对方接单前，原来的岗位继续负责" in page(Client(), f"/r/{receipt}/")
