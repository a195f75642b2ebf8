"""What happens at the edges of the flow: restored, paused, extended, reopened, entered by a strange clock."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.commands import Asked, rate_order, take_step
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Round, Task
from gongzhi.workflow.queries import overdue
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, matter, placed, step

pytestmark = pytest.mark.django_db


def accepted() -> tuple[UUID, str]:
    """An order that the cast's worker has accepted, and its receipt."""
    order_id, receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    return order_id, receipt


def waiting(order_id: UUID) -> set[str]:
    """What waits for somebody in this order."""
    with enter(person_id=cast.find("county").person_id):
        return set(Task.objects.filter(matter=order_id, done_at=None).values_list("what", flat=True))


def told(order_id: UUID, name: str) -> dict[str, object]:
    """What the last event of this name says."""
    with enter(person_id=cast.find("county").person_id):
        return Event.objects.filter(thread=order_id, name=name).order_by("-id")[0].data


def test_a_restored_order_is_open_again() -> None:
    order_id, _receipt = placed()
    step("desk", order_id, "void", reason="abuse", words="广告")
    assert matter(order_id).closed_at is not None
    step("county", order_id, "restore", words="不是广告")
    found = matter(order_id)
    assert (found.state, found.outcome, found.closed_at) == ("received", "", None)
    with enter(person_id=cast.find("county").person_id):
        assert Round.objects.get(matter=found).closed_at is None


def test_a_reason_is_one_of_those_offered_and_never_free_text() -> None:
    order_id, _receipt = accepted()
    with pytest.raises(Refused, match="reason"):
        step("desk", order_id, "pause", reason="王五 13900001111 不在家")
    with pytest.raises(Refused, match="reason"):
        step("worker", order_id, "start", reason="王五 13900001111")
    step("desk", order_id, "pause", reason="weather")
    assert told(order_id, "order.paused")["reason"] == "weather"


def test_an_extension_is_as_long_as_was_asked_and_never_negative() -> None:
    order_id, _receipt = accepted()
    before = matter(order_id).due_at
    assert before is not None
    with pytest.raises(Refused, match="days"):
        step("worker", order_id, "ask_extension", reason="weather", days=-3)
    step("worker", order_id, "ask_extension", reason="weather", days=2)
    assert told(order_id, "order.extension_asked")["days"] == 2
    with pytest.raises(Refused, match="days"):
        step("desk", order_id, "grant_extension", days=-3)
    step("desk", order_id, "grant_extension")
    clock = told(order_id, "order.extended")["clock"]
    assert isinstance(clock, list)
    assert clock[0]["amount"] == 2
    after = matter(order_id).due_at
    assert after is not None
    assert after > before


@pytest.mark.parametrize(
    ("who", "key", "given"),
    [
        ("worker", "return", {"reason": "cannot"}),
        ("worker", "fulfil", {"outcome": "solved"}),
    ],
)
def test_a_wish_for_more_time_ends_with_the_work(who: str, key: str, given: dict[str, str]) -> None:
    order_id, _receipt = accepted()
    step("worker", order_id, "ask_extension", reason="weather", days=2)
    step(who, order_id, key, **given)
    assert "decide_extension" not in waiting(order_id)


def test_the_clock_of_an_order_that_was_returned_while_paused_can_go_on() -> None:
    order_id, _receipt = accepted()
    step("desk", order_id, "pause", reason="weather")
    step("worker", order_id, "return", reason="cannot")
    assert matter(order_id).due_at is None
    step("desk", order_id, "resume")
    found = matter(order_id)
    assert (found.state, found.paused_at) == ("returned", None)
    assert found.due_at is not None


def test_the_first_round_keeps_the_residents_word_over_the_handlers() -> None:
    order_id, receipt = placed()
    checked(order_id)
    with enter(receipt=hash_receipt(receipt)) as actor:
        rate_order(actor=actor, asked=Asked(order_id, client_id=uuid7()), given=Given(stars=1, solved="no"))
    with enter(person_id=cast.find("county").person_id):
        kept = list(
            Round.objects.filter(matter=order_id).order_by("number").values_list("outcome", flat=True)
        )
    assert kept == ["not_solved", ""]


def test_a_claimed_time_without_a_zone_is_local_and_one_in_the_future_is_now() -> None:
    order_id, receipt = placed()
    with enter(receipt=hash_receipt(receipt)) as actor:
        for said in (datetime(2026, 1, 1, 8, 0), datetime(2099, 1, 1, 8, 0)):  # noqa: DTZ001 - as a device may send it
            asked = Asked(order_id, client_id=uuid7(), occurred_at=said)
            take_step(actor=actor, asked=asked, step="add", given=Given(words="又坏了"))
        events = list(Event.objects.filter(thread=order_id, name="order.added_to").order_by("id"))
    assert events[0].occurred_at.isoformat() == "2026-01-01T00:00:00+00:00"
    assert events[1].occurred_at == events[1].recorded_at


def test_what_was_fulfilled_in_time_is_not_overdue_while_it_waits_for_a_rating() -> None:
    order_id, receipt = placed()
    late = matter(order_id)
    assert late.due_at is not None
    late.due_at -= timedelta(days=30)
    assert overdue(late)
    checked(order_id)
    done = matter(order_id)
    assert done.due_at is not None
    done.due_at -= timedelta(days=30)
    assert not overdue(done)
    by_receipt(receipt, order_id, "reopen", words="灯又灭了")
    again = matter(order_id)
    assert again.due_at is not None
    again.due_at -= timedelta(days=30)
    assert overdue(again)
