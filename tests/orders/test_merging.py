"""Two orders on one matter: who may merge them, what both residents learn, whose clock counts, and undoing it."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked, merge_orders, tell_apart, unmerge_orders
from gongzhi.capabilities.orders.merging import part
from gongzhi.capabilities.orders.models import Delivery, Different
from gongzhi.capabilities.orders.notices.jobs import tell
from gongzhi.capabilities.orders.queries import order_by_receipt, order_shown
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.running import Conflict, Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.clock import deadline_of
from gongzhi.workflow.leading import led_by
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import overdue, tasks_for
from gongzhi.workflow.reconcile import Case, Told, clock_faults, task_faults
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, matter, placed, step

pytestmark = pytest.mark.django_db


def as_(username: str):  # type: ignore[no-untyped-def]
    return enter(person_id=cast.find(username).person_id)


def merge(order: UUID, into: UUID, username: str = "desk", **asked: object) -> dict:
    with as_(username) as actor:
        return merge_orders(
            actor=actor,
            asked=Asked(order, client_id=uuid7(), **asked),  # type: ignore[arg-type]
            leading=Asked(into),
        )


def unmerge(order: UUID, username: str = "desk") -> dict:
    with as_(username) as actor:
        return unmerge_orders(actor=actor, asked=Asked(order, client_id=uuid7()))


def two(**more: object) -> tuple[UUID, str, UUID, str]:
    """An older order and a newer one, with their receipts."""
    older, older_receipt = placed(**more)
    newer, newer_receipt = placed(text="村口路灯又不亮了", **more)
    return older, older_receipt, newer, newer_receipt


def faults(order_id: UUID) -> list[str]:
    """What reconcile would say of the order: its clock and tasks must be what its events made them."""
    with as_("county"):
        found = Matter.objects.get(pk=order_id)
        events = Event.objects.filter(thread=order_id).order_by("id")
        told = [Told(*each) for each in events.values_list("data", "region_code", "recorded_at")]
        tasks = list(Task.objects.filter(matter=order_id, done_at=None))
        case = Case(found, told, tasks, list(Round.objects.filter(matter=order_id).order_by("number")))
        return [*clock_faults(case), *task_faults(case)]


def open_tasks(order_id: UUID) -> list[tuple]:
    with as_("county"):
        found = Task.objects.filter(matter=order_id, done_at=None).order_by("what")
        return list(found.values_list("id", "what", "holder", "due_at"))


def test_the_merged_order_closes_as_a_duplicate_and_nothing_waits_for_it() -> None:
    older, _one, newer, _two = two()
    dispatched(newer)
    merge(newer, older)
    merged, leading = matter(newer), matter(older)
    assert (merged.state, merged.outcome, merged.leading) == ("closed", "duplicate", older)
    assert leading.state == "received"
    assert leading.leading is None
    assert open_tasks(newer) == []
    assert faults(newer) == faults(older) == []
    with as_("worker") as actor:
        assert newer not in {task.matter_id for task in tasks_for(actor)}
    assert not overdue(merged)


def test_the_leading_order_keeps_the_earlier_term_and_the_other_way_round_is_refused() -> None:
    older, _one, newer, _two = two()
    earlier = min(matter(older).due_at, matter(newer).due_at)
    with pytest.raises(Refused, match="leader"):
        merge(older, newer)
    merge(newer, older)
    assert matter(older).due_at == earlier


def test_both_residents_are_told_under_their_own_numbers_and_read_how_it_goes_on() -> None:
    older, _one, newer, receipt = two()
    merge(newer, older)
    dispatched(older)
    step("worker", older, "accept")
    with enter(receipt=hash_receipt(receipt)) as actor:
        found = order_by_receipt(actor)
        assert found is not None
        leader = led_by(found)
        assert leader is not None
        number = leader.number
        assert leader.state == "accepted"
        assert [each for each, _at in leader.steps] == ["place", "join", "dispatch", "accept"]
        lines = [line.title for line in order_shown(actor, found).lines]
        assert any("合并办理" in line for line in lines)
    assert number == matter(older).number
    with enter(receipt=hash_receipt(receipt)):
        assert not Matter.objects.filter(pk=older).exists()  # its words and its people stay unknown to him


def test_whoever_was_not_merged_by_a_post_learns_nothing_of_another_order() -> None:
    older, _one, newer, receipt = two()
    with enter(receipt=hash_receipt(receipt)):
        forged = Matter.objects.get(pk=newer)
        forged.leading = older
        assert led_by(forged) is None


def test_undone_it_stands_where_it_stood_with_its_tasks_and_its_term() -> None:
    older, _one, newer, _two = two()
    dispatched(newer)
    step("worker", newer, "accept")
    before, tasks = matter(newer), open_tasks(newer)
    merge(newer, older)
    answer = unmerge(newer)
    after = matter(newer)
    assert answer["state"] == "accepted"
    for name in (
        "state",
        "outcome",
        "due_at",
        "respond_by",
        "responded_at",
        "holder_id",
        "round",
        "closed_at",
    ):
        assert getattr(after, name) == getattr(before, name), name
    assert after.leading is None
    assert open_tasks(newer) == tasks
    assert faults(newer) == faults(older) == []
    merge(newer, older)  # and again
    assert faults(newer) == []


def test_undone_before_anybody_answered_it_is_still_unanswered() -> None:
    older, _one, newer, _two = two()
    merge(newer, older)
    assert matter(newer).responded_at is not None
    unmerge(newer)
    assert matter(newer).responded_at is None


def test_a_chain_is_refused_and_so_is_an_order_with_itself() -> None:
    older, _one, newer, _two = two()
    third, _receipt = placed(text="路灯坏了")
    merge(newer, older)
    with pytest.raises(Refused, match="led"):
        merge(third, newer)
    with pytest.raises(Refused, match="itself"):
        merge(third, third)
    fourth, _receipt = placed()
    merge(fourth, third)
    with pytest.raises(Refused, match="leads"):
        merge(third, older)


def test_sealed_orders_never_merge_and_those_set_aside_only_once_released() -> None:
    older, _one, newer, _two = two()
    sealed, _receipt = placed(sealed=True)
    with pytest.raises(Refused, match="not_found"):
        merge(sealed, older)
    with as_("sealed") as actor, pytest.raises(Refused):
        merge_orders(actor=actor, asked=Asked(sealed), leading=Asked(older))
    assert matter(newer).leading is None


def test_only_the_desk_of_both_merges_and_undoes() -> None:
    older, _one, newer, _two = two()
    for username in ("resident", "worker", "outsider", "supervisor"):
        with pytest.raises(Refused):
            merge(newer, older, username)
    elsewhere, _receipt = placed(region_code=cast.OTHER_VILLAGE)
    with pytest.raises(Refused):
        merge(elsewhere, older)  # the desk of one township alone
    merge(elsewhere, older, "county")
    with pytest.raises(Refused):
        unmerge(elsewhere, "outsider")
    unmerge(elsewhere, "county")


def test_a_clock_that_stands_still_is_set_going_first() -> None:
    older, _one, newer, _two = two()
    dispatched(newer)
    step("worker", newer, "accept")
    with as_("desk"):
        reason = next(iter(deadline_of(Matter.objects.get(pk=newer)).pauses))
    step("desk", newer, "pause", reason=reason)
    with pytest.raises(Refused, match="not_paused"):
        merge(newer, older)


def test_an_order_that_changed_since_it_was_seen_is_a_conflict_and_nothing_is_half_done() -> None:
    older, _one, newer, _two = two()
    with pytest.raises(Conflict):
        merge(newer, older, seen=99)
    assert matter(newer).state == "received"
    step("desk", older, "decline", reason="not_ours", outcome="not_ours", words="请到镇上办")
    with pytest.raises(Refused, match="step"):
        merge(newer, older)  # the second half is refused, and takes the first with it
    assert matter(newer).state == "received"
    assert matter(newer).leading is None


def test_the_merged_resident_reopens_only_once_the_leading_order_is_closed() -> None:
    older, older_receipt, newer, receipt = two()
    merge(newer, older)
    with pytest.raises(Refused, match="not_merged"):
        by_receipt(receipt, newer, "reopen_unheld")
    checked(older)
    by_receipt(older_receipt, older, "rate", stars=4, solved="yes")
    step("desk", older, "close")
    by_receipt(receipt, newer, "reopen_unheld")
    again = matter(newer)
    assert (again.state, again.round, again.leading) == ("received", 2, None)
    assert faults(newer) == []


def test_what_was_merged_goes_on_alone_when_the_leading_order_is_withdrawn() -> None:
    older, older_receipt, newer, _two = two()
    merge(newer, older)
    by_receipt(older_receipt, older, "withdraw")
    part(str(older), str(cast.VILLAGE))
    assert matter(newer).state == "received"
    assert matter(newer).leading is None
    part(str(older), str(cast.VILLAGE))  # once more does nothing
    assert faults(newer) == faults(older) == []


def test_both_halves_are_events_that_name_each_other() -> None:
    older, _one, newer, _two = two()
    merge(newer, older)
    with as_("county"):
        first = Event.objects.get(thread=newer, name="order.merged")
        second = Event.objects.get(thread=older, name="order.joined")
    assert first.data["leading"] == str(older)
    assert second.data["merged"] == str(newer)
    assert second.caused_by == first.id


def test_whoever_was_merged_is_told_each_step_under_his_own_number() -> None:
    older, _one, newer, _two = two(phone="13912345678")
    merge(newer, older)
    dispatched(older)
    step("worker", older, "accept")
    with as_("county"):
        cause = Event.objects.get(thread=older, name="order.accepted").id
    for _twice in range(2):
        tell(str(older), str(cast.VILLAGE), step="accept", cause=str(cause))
    with as_("county"):
        found = Delivery.objects.filter(step="accept", channel="sms").values_list("order_id", flat=True)
        assert sorted(found) == sorted((older, newer))
        merged = Event.objects.get(thread=newer, name="order.merged").id
    tell(str(newer), str(cast.VILLAGE), step="merge", cause=str(merged))
    with as_("county"):
        leader = led_by(Matter.objects.get(pk=newer))
        assert leader is not None
        assert [key for key, _at in leader.steps] == ["place", "join", "dispatch", "accept"]
    assert unmerge(newer)["state"] == "received"  # a notice that was made is no step
    assert faults(newer) == []


def test_the_same_request_sent_twice_merges_once() -> None:
    older, _one, newer, _two = two()
    key = uuid7()
    with as_("desk") as actor:
        asked = Asked(newer, client_id=key)
        first = merge_orders(actor=actor, asked=asked, leading=Asked(older))
        second = merge_orders(actor=actor, asked=asked, leading=Asked(older))
    assert first == second
    with as_("county"):
        assert Event.objects.filter(thread=newer, name="order.merged").count() == 1


def test_what_is_not_the_same_is_remembered_once() -> None:
    older, _one, newer, _two = two()
    for first, second in ((older, newer), (newer, older)):
        with as_("desk") as actor:
            tell_apart(actor=actor, asked=Asked(first, client_id=uuid7()), other_id=second)
    with as_("county"):
        assert Different.objects.count() == 1
    with as_("outsider") as actor, pytest.raises(Refused):
        tell_apart(actor=actor, asked=Asked(older), other_id=newer)
    with as_("worker") as actor, pytest.raises(Refused):
        tell_apart(actor=actor, asked=Asked(older), other_id=newer)


def test_a_merged_order_never_becomes_overdue() -> None:
    older, _one, newer, _two = two()
    merge(newer, older)
    merged = matter(newer)
    merged.due_at = timezone.now() - timedelta(days=3)
    assert not overdue(merged)
