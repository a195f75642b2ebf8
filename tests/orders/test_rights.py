"""Who learns what of an order: helpers before and after taking it, handlers and telephones, raters."""

from uuid import UUID

import pytest

from gongzhi.capabilities.orders.commands import Asked, rate_order, read_contact, take_open_order
from gongzhi.capabilities.orders.models import Message, OrderContact, OrderWords
from gongzhi.capabilities.orders.queries import offers
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter, Task
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, matter, placed, step

pytestmark = pytest.mark.django_db


def as_(username: str):  # type: ignore[no-untyped-def]
    return enter(person_id=cast.find(username).person_id)


def taken() -> UUID:
    order_id, _receipt = placed(open_to_helpers=True, phone="13912345678", share_phone=True)
    with as_("volunteer") as actor:
        take_open_order(actor=actor, order_id=order_id, client_id=uuid7())
    return order_id


def test_a_helper_sees_kind_and_village_before_and_the_words_after_taking() -> None:
    order_id, _receipt = placed(open_to_helpers=True, phone="13912345678", share_phone=True)
    with as_("volunteer"):
        assert [offer.id for offer in offers()] == [order_id]
        assert not Matter.objects.exists()
        assert not OrderWords.objects.exists()
    with as_("volunteer") as actor:
        take_open_order(actor=actor, order_id=order_id, client_id=uuid7())
    with as_("volunteer") as actor:
        assert OrderWords.objects.get(order_id=order_id).text
        told = read_contact(actor=actor, order_id=order_id, reason="上门前约时间")
        assert told["phone"] == "13912345678"
        assert [task.what for task in Task.objects.filter(matter=order_id, done_at=None)] == ["fulfil"]
    with as_("volunteer"):
        assert offers() == []


def test_a_helper_sees_nothing_of_it_once_it_is_closed() -> None:
    order_id, receipt = placed(open_to_helpers=True)
    with as_("volunteer") as actor:
        take_open_order(actor=actor, order_id=order_id, client_id=uuid7())
    step("volunteer", order_id, "fulfil", outcome="solved")
    step("desk", order_id, "check")
    with as_("volunteer"):
        assert Matter.objects.filter(pk=order_id).exists()
    by_receipt(receipt, order_id, "rate", stars=5, solved="yes")
    step("desk", order_id, "close")
    with as_("volunteer"):
        assert not Matter.objects.filter(pk=order_id).exists()
        assert not OrderWords.objects.filter(order_id=order_id).exists()


def test_an_order_without_the_residents_yes_is_offered_to_nobody() -> None:
    placed(open_to_helpers=False)
    with as_("volunteer"):
        assert offers() == []


def test_a_taken_order_cannot_be_taken_again_and_an_outsider_is_offered_nothing() -> None:
    order_id = taken()
    with as_("volunteer") as actor, pytest.raises(Refused):
        take_open_order(actor=actor, order_id=order_id, client_id=uuid7())
    placed(open_to_helpers=True)
    with as_("outsider"):
        assert offers() == []


def test_a_handler_learns_the_telephone_only_if_the_resident_allows_it() -> None:
    hidden, _receipt = placed(phone="13912345678", share_phone=False)
    dispatched(hidden)
    with as_("worker") as actor, pytest.raises(Refused, match="not_shared"):
        read_contact(actor=actor, order_id=hidden, reason="想问清楚地点")
    shared, _receipt = placed(phone="13912345679", share_phone=True)
    dispatched(shared)
    with as_("worker") as actor:
        with pytest.raises(Refused, match="reason"):
            read_contact(actor=actor, order_id=shared, reason="")
        read_contact(actor=actor, order_id=shared, reason="想问清楚地点")
        assert PersonalDataRead.objects.filter(thread=shared, reason="想问清楚地点").count() == 1


def test_the_telephone_is_encrypted_at_rest() -> None:
    order_id, receipt = placed(phone="139 1234 5678")
    with enter(receipt=hash_receipt(receipt)):
        contact = OrderContact.objects.get(order_id=order_id)
        assert contact.phone_enc is not None
        assert b"13912345678" not in bytes(contact.phone_enc)


def test_the_resident_never_sees_the_notes_of_staff() -> None:
    order_id, receipt = placed()
    step("desk", order_id, "note", words="此人多次来电")
    step("desk", order_id, "message", words="已经安排")
    with enter(receipt=hash_receipt(receipt)):
        assert [each.text for each in Message.objects.filter(order_id=order_id)] == ["已经安排"]


def test_rating_is_refused_to_the_handler_with_the_receipt_in_hand() -> None:
    order_id, receipt = placed()
    checked(order_id)
    person = cast.find("worker").person_id
    with (
        enter(person_id=person, receipt=hash_receipt(receipt)) as actor,
        pytest.raises(Refused, match="not_own"),
    ):
        rate_order(actor=actor, asked=Asked(order_id), given=Given(stars=5, solved="yes"))
    with as_("desk") as actor, pytest.raises(Refused, match="step"):
        rate_order(actor=actor, asked=Asked(order_id), given=Given(stars=5, solved="yes"))


def test_rating_is_refused_to_the_helper_who_placed_it() -> None:
    order_id, receipt = placed("village", source="assisted")
    checked(order_id)
    person = cast.find("village").person_id
    with (
        enter(person_id=person, receipt=hash_receipt(receipt)) as actor,
        pytest.raises(Refused, match="not_own"),
    ):
        rate_order(actor=actor, asked=Asked(order_id), given=Given(stars=5, solved="yes"))


def test_a_withdrawn_order_is_closed_and_leaves_no_task() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    by_receipt(receipt, order_id, "withdraw")
    with as_("county"):
        found = Matter.objects.get(pk=order_id)
        assert (found.state, found.outcome, found.closed_at is not None) == ("withdrawn", "withdrawn", True)
        assert not Task.objects.filter(matter=order_id, done_at=None).exists()


def test_a_wrong_receipt_opens_nothing() -> None:
    order_id, _receipt = placed()
    with enter(receipt=hash_receipt("0000-0000-0000-0000")):
        assert not Matter.objects.filter(pk=order_id).exists()


def test_a_comment_does_not_restart_the_clock() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    before = matter(order_id).due_at
    by_receipt(receipt, order_id, "add", words="今天又坏了一盏")
    step("desk", order_id, "note", words="已知")
    assert matter(order_id).due_at == before is not None
