"""Pauses with approval: whoever handles an order asks, the desk decides, and until then the clock runs."""

from typing import Any
from uuid import UUID

import pytest

from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Task
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import address, desk, page, take

pytestmark = pytest.mark.django_db


def accepted() -> UUID:
    order_id, _receipt = placed("resident")
    dispatched(order_id)
    step("worker", order_id, "accept")
    return order_id


def waiting(order_id: UUID) -> set[str]:
    with enter(person_id=cast.find("county").person_id):
        open_tasks = Task.objects.filter(matter_id=order_id, done_at__isnull=True)
        return set(open_tasks.values_list("what", flat=True))


def data_of(order_id: UUID, name: str) -> dict[str, Any]:
    with enter(person_id=cast.find("county").person_id):
        return Event.objects.filter(thread=order_id, name=name).latest("id").data


def test_a_pause_that_was_asked_for_waits_for_the_desk_and_the_clock_runs_on() -> None:
    order_id = accepted()
    before = matter(order_id).due_at
    step("worker", order_id, "ask_pause", reason="weather", words="大风，上不了杆")
    assert data_of(order_id, "order.pause_asked")["reason"] == "weather"
    assert "decide_pause" in waiting(order_id)
    assert (matter(order_id).paused_at, matter(order_id).due_at) == (None, before)
    with pytest.raises(Refused):
        step("worker", order_id, "ask_pause", reason="weather")
    step("desk", order_id, "pause", reason="weather")
    assert matter(order_id).paused_at is not None
    assert "decide_pause" not in waiting(order_id)


def test_a_pause_may_be_refused_in_words_and_asked_for_again() -> None:
    order_id = accepted()
    with pytest.raises(Refused):
        step("desk", order_id, "refuse_pause", words="没有人申请过")
    step("worker", order_id, "ask_pause", reason="resident")
    with pytest.raises(Refused, match="words"):
        step("desk", order_id, "refuse_pause")
    step("desk", order_id, "refuse_pause", words="请先电话联系反映人")
    assert "decide_pause" not in waiting(order_id)
    assert matter(order_id).paused_at is None
    step("worker", order_id, "ask_pause", reason="resident")


def test_who_handles_it_pauses_nothing_himself_and_gives_no_reason_of_his_own() -> None:
    order_id = accepted()
    for key, given in (
        ("pause", {"reason": "weather"}),
        ("ask_pause", {"reason": "王五 13900001111 不在家"}),
        ("ask_pause", {}),
    ):
        with pytest.raises(Refused):
            step("worker", order_id, key, **given)
    for outsider in ("outsider", "outside_worker", "neighbour"):
        with pytest.raises(Refused):
            step(outsider, order_id, "ask_pause", reason="weather")


@pytest.mark.parametrize(
    ("key", "given"), [("return", {"reason": "cannot"}), ("fulfil", {"outcome": "solved"})]
)
def test_a_wish_for_a_pause_ends_with_the_work(key: str, given: dict[str, str]) -> None:
    order_id = accepted()
    step("worker", order_id, "ask_pause", reason="weather")
    step("worker", order_id, key, **given)
    assert "decide_pause" not in waiting(order_id)


def test_the_field_app_offers_the_reasons_of_the_term_and_the_desk_both_answers() -> None:
    order_id = accepted()
    actions = desk("worker").get(f"/field/api/matters/{order_id}").json()["actions"]
    (asked,) = [each for each in actions if each["key"] == "ask_pause"]
    assert {"weather", "resident"} <= {each["key"] for each in asked["reasons"]}
    assert "pause" not in {each["key"] for each in actions}
    step("worker", order_id, "ask_pause", reason="weather", words="大风，上不了杆")
    shown = page(desk(), address(order_id))
    assert "不同意暂停" in shown
    assert "暂停计时" in shown
    assert "大风，上不了杆" in shown
    assert take(desk(), order_id, "refuse_pause", words="风已经停了").status_code in {200, 302}
    assert "decide_pause" not in waiting(order_id)
    assert "风已经停了" not in desk("resident").get(f"/my/{matter(order_id).number}/").content.decode()
