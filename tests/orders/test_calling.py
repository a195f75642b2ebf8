"""Calling back: whom the pack chooses, what comes of a call, and who may not make it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.capabilities.orders import calling_jobs
from gongzhi.capabilities.orders.calling import Closed, FollowUp, chance, is_called
from gongzhi.capabilities.orders.commands import Asked, rate_order
from gongzhi.capabilities.orders.commands.calling import Call, record_call
from gongzhi.capabilities.orders.jobs import close_rated, platform_posts
from gongzhi.capabilities.orders.models import Message, Order
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Task
from gongzhi.workflow.reconcile import task_drifts
from tests import cast
from tests.orders.acting import checked, matter, placed
from tests.orders.at_desk import address, desk, page, statements
from tests.orders.at_portal import hidden

RULE = FollowUp.model_validate(
    {
        "calls": ["assisted", "urgent", "unsolved"],
        "unrated_share": 0.5,
        "complaints": {
            "late": {"name": {"zh": "慢", "en": "slow"}, "leads": "call"},
            "other": {"name": {"zh": "别的", "en": "else"}},
        },
    }
)


@pytest.mark.parametrize(
    ("order", "called"),
    [
        ({"assisted": True, "stars": 5}, True),
        ({"urgent": True, "stars": 5}, True),
        ({"solved": "no", "stars": 1}, True),
        ({"stars": 2, "complaints": ("late",)}, True),
        ({"stars": 2, "complaints": ("other",)}, False),
        ({"stars": 5}, False),
    ],
)
def test_the_pack_says_whom_to_call(order: dict[str, Any], called: bool) -> None:
    assert is_called(Closed(**order), RULE) is called


def test_of_the_unrated_a_share_is_chosen_by_the_order_and_always_the_same() -> None:
    ids = [UUID(int=number) for number in range(2000)]
    called = [each for each in ids if is_called(Closed(id=each), RULE)]
    assert 900 < len(called) < 1100
    assert all(chance(each) < 0.5 for each in called)
    only = RULE.model_copy(update={"kinds": ["road"]})
    assert not any(is_called(Closed(id=each, kind="water"), only) for each in ids)


def closed(**more: Any) -> UUID:
    """An order with a telephone that was rated well and closed; two days ago, as the job sees it."""
    order_id, receipt = placed(**{"phone": "13912345678", **more})
    checked(order_id)
    rated(receipt, order_id, stars=4, solved="yes", complaints=("late",))
    close_rated(str(order_id), str(cast.VILLAGE))
    return order_id


def rated(receipt: str, order_id: UUID, **given: Any) -> dict[str, Any]:
    with enter(receipt=hash_receipt(receipt)) as actor:
        return rate_order(actor=actor, asked=Asked(order_id), given=Given(**given))


def due(order_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the platform make the list some days after it closed."""
    later = timezone.now() + timedelta(days=2)
    monkeypatch.setattr(calling_jobs.timezone, "now", lambda: later)
    calling_jobs.call_backs(0)
    monkeypatch.undo()


def call(username: str, order_id: UUID, outcome: str = "reached", **given: Any) -> dict[str, Any]:
    with enter(person_id=cast.find(username).person_id) as actor:
        asked = Asked(order_id, client_id=uuid7())
        return record_call(actor=actor, asked=asked, call=Call(outcome, Given(**given)))  # type: ignore[arg-type]


def waits(order_id: UUID) -> bool:
    with enter(person_id=cast.find("county").person_id):
        return Task.objects.filter(matter=order_id, what="call_back", done_at=None).exists()


def order_of(order_id: UUID) -> Order:
    with enter(person_id=cast.find("county").person_id):
        return Order.objects.get(pk=order_id)


pytest_db = pytest.mark.django_db


@pytest_db
def test_a_complaint_is_kept_as_a_code_and_brings_a_call_once(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed()
    assert order_of(order_id).complaints == ["late"]
    assert not waits(order_id)
    due(order_id, monkeypatch)
    assert waits(order_id)
    due(order_id, monkeypatch)
    with enter(person_id=cast.find("county").person_id):
        assert Task.objects.filter(matter=order_id, what="call_back").count() == 1


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_waits_for_a_call_agrees_with_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed()
    due(order_id, monkeypatch)
    assert waits(order_id)
    assert [each.words for each in task_drifts() if each.row == str(order_id)] == []
    call("desk", order_id, "refused")
    assert [each.words for each in task_drifts() if each.row == str(order_id)] == []


@pytest_db
def test_a_complaint_that_the_pack_says_reopens_does_so_though_it_was_called_solved() -> None:
    order_id, receipt = placed()
    checked(order_id)
    rated(receipt, order_id, stars=3, solved="partly", complaints=("not_done",))
    assert matter(order_id).state == "dispatched"


@pytest_db
def test_what_stands_on_no_list_is_refused() -> None:
    order_id, receipt = placed()
    checked(order_id)
    with pytest.raises(Refused, match="complaint"):
        rated(receipt, order_id, stars=3, solved="yes", complaints=("the worker's name",))


@pytest_db
def test_what_the_resident_rated_himself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed()
    due(order_id, monkeypatch)
    call("desk", order_id, stars=1, solved="yes", words="说后来修好了")
    kept = order_of(order_id)
    assert (kept.stars, kept.rated_by_call) == (4, False)
    assert not waits(order_id)
    with enter(person_id=cast.find("desk").person_id):
        assert Message.objects.get(order_id=order_id, step="called").direction == "note"
        event = Event.objects.get(thread=order_id, name="order.called_back")
        assert event.data["stars"] == 1
        assert "修好" not in str(event.data)


@pytest_db
def test_an_unrated_order_is_rated_by_a_call_and_reopened_when_it_is_not_solved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order_id, _receipt = placed(phone="13912345678", text="路灯倒了，砸伤了人，快救命")
    from tests.orders.acting import step

    step("desk", order_id, "decline", reason="impossible", outcome="not_solved", words="等施工")
    due(order_id, monkeypatch)
    assert waits(order_id)
    answer = call("desk", order_id, stars=1, solved="no")
    assert answer["reopened"]
    assert not waits(order_id)
    kept = order_of(order_id)
    assert (kept.stars, kept.solved, kept.rated_by_call) == (1, "no", True)
    assert matter(order_id).state == "received"


@pytest_db
def test_who_is_not_reached_is_called_again_and_then_left(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed()
    due(order_id, monkeypatch)
    assert [call("desk", order_id, "missed")["tries"] for _each in range(2)] == [1, 2]
    assert waits(order_id)
    call("desk", order_id, "missed")
    assert not waits(order_id)
    with pytest.raises(Refused, match="call_is_due"):
        call("desk", order_id, "missed")


@pytest_db
def test_who_does_not_wish_to_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed()
    due(order_id, monkeypatch)
    call("desk", order_id, "refused")
    assert not waits(order_id)


@pytest_db
def test_whoever_handled_it_and_others_do_not_call(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, receipt = placed(phone="13912345678")
    checked(order_id, worker="worker")
    rated(receipt, order_id, stars=4, solved="yes", complaints=("late",))
    close_rated(str(order_id), str(cast.VILLAGE))
    due(order_id, monkeypatch)
    for username in ("worker", "outsider", "supervisor", "second_desk", "resident"):
        for outcome in ("reached", "missed", "refused"):
            with pytest.raises(Refused):
                call(username, order_id, outcome, stars=5, solved="yes")
    assert waits(order_id)


@pytest_db
def test_a_sealed_order_or_one_without_a_telephone_is_on_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed(phone="")
    due(order_id, monkeypatch)
    assert not waits(order_id)
    assert all(post.role == "platform" for post in platform_posts(cast.VILLAGE))
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id), pytest.raises(StopIteration):
        next(iter(Task.objects.filter(what="call_back", matter__sealed_to__isnull=False)))


@pytest_db
def test_the_desk_has_a_list_and_a_page_to_record_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = closed()
    due(order_id, monkeypatch)
    client, number = desk(), matter(order_id).number
    assert number in page(client, "/desk/calls/")
    assert "记录回访" in page(client, address(order_id))
    form = address(order_id, "call/")
    assert "办得太慢" in page(client, form)
    assert client.post(form, {"outcome": "reached", "client_id": uuid7()}).status_code == 422
    said = {"outcome": "reached", "client_id": uuid7(), "solved": "yes", "stars": "4", "complaints": ["late"]}
    assert client.post(form, said).status_code == 302
    assert number not in page(client, "/desk/calls/")
    for outsider in ("outsider", "second_desk"):
        assert desk(outsider).get(form).status_code == 404
        assert number not in page(desk(outsider), "/desk/calls/")
    assert desk("worker").get("/desk/calls/").status_code == 403
    assert len(statements(client, "/desk/calls/")) <= 12


@pytest_db
def test_the_resident_chooses_from_the_same_list() -> None:
    order_id, receipt = placed()
    checked(order_id)
    client = Client()
    shown = page(client, f"/r/{receipt}/")
    assert "态度不好" in shown
    said = {**hidden(shown), "solved": "yes", "stars": "2", "complaints": ["attitude", "late"]}
    assert client.post(f"/r/{receipt}/rate/", said).status_code == 302
    assert order_of(order_id).complaints == ["late", "attitude"]
