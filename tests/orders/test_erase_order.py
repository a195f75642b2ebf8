"""Deletion works: what an order holds of a person goes from every column and from the disk; history and counts stay."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from gongzhi.capabilities.orders import jobs, notices
from gongzhi.capabilities.orders.commands import (
    Asked,
    attach_photo,
    erase_contact,
    erase_order,
    read_contact,
    take_step,
)
from gongzhi.capabilities.orders.models import Message, Order, OrderContact, OrderWords, Photo
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.capabilities.orders.queries import Filters, order_shown, orders_listed
from gongzhi.capabilities.orders.rules import bigrams, hash_receipt
from gongzhi.core.command.running import Conflict, Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.events.reconcile import checks
from gongzhi.core.people.cipher import blind_index
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import by_receipt, dispatched, placed, step
from tests.orders.at_portal import jpeg
from tests.orders.leftovers import photo_files, where_found
from tests.stories.walking import work_off

pytestmark = pytest.mark.django_db
PHONE, NAME, WORD = "13755501234", "欧阳翠微", "琥珀亭"
SAID = {
    "text": f"{WORD}边上的路灯坏了三天了",
    "title": f"{WORD}路灯",
    "place_text": f"{WORD}往东十米",
    "name": NAME,
    "phone": PHONE,
    "share_phone": True,
    "point": (99.123456, 39.654321),
}
TRACES = [WORD, NAME, PHONE, *[gram for gram in bigrams(WORD) if len(gram) == 2], "99.123456"]


def lived(**more: Any) -> tuple[UUID, str]:
    """An order with words, place, contact, photos of both sides, messages and a note among staff; withdrawn."""
    order_id, receipt = placed(**{**SAID, "photos": [read_picture(jpeg().read())], **more})
    if "sealed" not in more:
        dispatched(order_id)
        step("worker", order_id, "accept")
        step("desk", order_id, "note", words=f"{NAME}电话{PHONE}，{WORD}")
        step("desk", order_id, "message", words=f"{NAME}您好，{WORD}明天修")
        with enter(person_id=cast.find("worker").person_id) as actor:
            picture = read_picture(jpeg("red").read())
            attach_photo(actor=actor, asked=Asked(order_id, client_id=uuid7()), picture=picture)
    by_receipt(receipt, order_id, "add", words=f"还是{WORD}那边")
    by_receipt(receipt, order_id, "withdraw", words=f"{WORD}的灯自己亮了")
    return order_id, receipt


def erased(receipt: str, order_id: UUID) -> dict[str, Any]:
    """The resident erases the order by its receipt."""
    with enter(receipt=hash_receipt(receipt)) as actor:
        return erase_order(actor=actor, asked=Asked(order_id, client_id=uuid7()))


def erased_by(username: str, order_id: UUID, reason: str = "asked_by_phone") -> dict[str, Any]:
    """One of the cast erases the order at the resident's request."""
    with enter(person_id=cast.find(username).person_id) as actor:
        return erase_order(actor=actor, asked=Asked(order_id, client_id=uuid7()), reason=reason)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_no_copy_of_the_words_survives_anywhere() -> None:
    others = photo_files()
    order_id, receipt = lived()
    with enter(person_id=cast.find("county").person_id):
        prints = list(Photo.objects.filter(order_id=order_id).values_list("sha256", flat=True))
        number = Matter.objects.get(pk=order_id).number
        events = Event.objects.filter(thread=order_id).count()
    notices.adapter().send(notices.Outgoing(channel="sms", to=PHONE, text=f"编号 {number}", key=uuid7()))
    traces = [*TRACES, *prints, blind_index(PHONE)]
    assert {"orders_orderwords.text", "orders_message.text", "orders_ordercontact.phone_index"} <= set(
        where_found(connections["owner"], traces)
    )
    assert len(photo_files() - others) == 2
    erased(receipt, order_id)
    assert len(photo_files() - others) == 2  # until it is committed, the files stay
    work_off()
    assert where_found(connections["owner"], traces) == []
    assert photo_files() == others
    assert not any(number in file.read_text() for file in (Path(settings.HOME) / "outbox").glob("*.json"))
    with enter(person_id=cast.find("county").person_id):
        assert Event.objects.filter(thread=order_id).count() == events + 1
        told = Event.objects.get(thread=order_id, name="order.erased")
        assert told.data == {"reason": "own_wish"}
        assert Order.objects.get(pk=order_id).category == "street_light"
    assert [each.words for check in checks().values() for each in check()] == []


def test_the_resident_signed_in_erases_his_own_closed_order() -> None:
    order_id, _receipt = placed("resident", **SAID)
    step("resident", order_id, "withdraw")
    with enter(person_id=cast.find("resident").person_id) as actor:
        erase_order(actor=actor, asked=Asked(order_id, client_id=uuid7()))
        assert OrderWords.objects.get(order_id=order_id).text == ""
        shown = order_shown(actor, Matter.objects.get(pk=order_id))
        assert shown.erased
        assert [line.event for line in shown.lines][-1] == "order.erased"


def test_an_open_order_keeps_its_words_and_forgets_the_contact_at_once() -> None:
    order_id, receipt = placed(**SAID)
    dispatched(order_id)
    with pytest.raises(Refused, match="open"):
        erased(receipt, order_id)
    with pytest.raises(Refused, match="open"):
        erased_by("county", order_id)
    with enter(receipt=hash_receipt(receipt)) as actor:
        erase_contact(actor=actor, asked=Asked(order_id, client_id=uuid7()))
    with enter(person_id=cast.find("county").person_id) as actor:
        contact = OrderContact.objects.get(order_id=order_id)
        assert (contact.name, contact.phone_enc, contact.phone_index) == ("", None, None)
        assert contact.erased_at is not None
        assert WORD in OrderWords.objects.get(order_id=order_id).text
        with pytest.raises(Refused, match="not_found"):
            read_contact(actor=actor, order_id=order_id, reason="回访核实结果")


def test_only_the_resident_forgets_the_contact_of_an_open_order() -> None:
    order_id, _receipt = placed(**SAID)
    dispatched(order_id)
    for username in ("worker", "desk", "county", "neighbour", "admin"):
        with (
            enter(person_id=cast.find(username).person_id) as actor,
            pytest.raises(Refused, match="not_found"),
        ):
            erase_contact(actor=actor, asked=Asked(order_id, client_id=uuid7()))


def test_the_county_erases_at_a_residents_request_and_says_how_it_was_asked() -> None:
    order_id, _receipt = lived()
    erased_by("county", order_id)
    with enter(person_id=cast.find("county").person_id) as actor:
        event = Event.objects.get(thread=order_id, name="order.erased")
        assert (event.actor, event.data) == (actor.pseudonym, {"reason": "asked_by_phone"})
        assert event.post in actor.post_ids
        assert set(Message.objects.filter(order_id=order_id).values_list("text", flat=True)) == {""}


@pytest.mark.parametrize("username", ["worker", "village", "desk"])
def test_a_post_without_the_right_is_refused(username: str) -> None:
    order_id, _receipt = lived()
    with pytest.raises(Refused, match=r"no_right|not_found"):
        erased_by(username, order_id)


@pytest.mark.parametrize(
    "username", ["outsider", "neighbour", "admin", "supervisor", "sealed", "second_county"]
)
def test_who_does_not_work_on_it_is_told_of_no_such_order(username: str) -> None:
    order_id, _receipt = lived()
    with pytest.raises(Refused, match="not_found"):
        erased_by(username, order_id)


@pytest.mark.parametrize("reason", ["", "own_wish", "embarrassing"])
def test_a_desk_gives_one_of_the_reasons(reason: str) -> None:
    order_id, _receipt = lived()
    with pytest.raises(Refused, match="reason"):
        erased_by("county", order_id, reason)


def test_nobody_erases_what_he_handled_himself() -> None:
    order_id, receipt = placed(sealed=True, **SAID)
    with enter(person_id=cast.find("sealed").person_id) as actor:
        (post,) = Post.objects.filter(pk__in=actor.post_ids, role="county_sealed")
    step("sealed", order_id, "dispatch", holder=post)
    step("sealed", order_id, "accept")
    by_receipt(receipt, order_id, "withdraw")
    with pytest.raises(Refused, match="own_work"):
        erased_by("sealed", order_id)
    erased_by("sealed_checker", order_id)


def test_a_sealed_order_is_erased_by_its_resident_or_its_own_post_alone() -> None:
    order_id, receipt = lived(sealed=True)
    for username in ("county", "desk", "admin", "supervisor"):
        with pytest.raises(Refused, match="not_found"):
            erased_by(username, order_id)
    with enter(person_id=cast.find("sealed").person_id):
        (mine,) = Photo.objects.filter(order_id=order_id).values_list("path", flat=True)
    erased_by("sealed", order_id, "asked_in_person")
    with enter(receipt=hash_receipt(receipt)):
        assert OrderWords.objects.get(order_id=order_id).text == ""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'orders.forget'")
        ((args,),) = cursor.fetchall()
    assert json.loads(args) == {"paths": [mine], "number": ""}
    other, receipt = lived(sealed=True)
    erased(receipt, other)


def test_erasing_again_changes_nothing_and_the_same_key_gives_the_same_answer() -> None:
    order_id, receipt = lived()
    key = uuid7()
    with enter(receipt=hash_receipt(receipt)) as actor:
        first = erase_order(actor=actor, asked=Asked(order_id, client_id=key))
        assert erase_order(actor=actor, asked=Asked(order_id, client_id=key)) == first
        events = Event.objects.filter(thread=order_id).count()
        assert erase_order(actor=actor, asked=Asked(order_id, client_id=uuid7())) == {"id": str(order_id)}
        assert Event.objects.filter(thread=order_id).count() == events


def test_a_command_that_carried_the_words_is_not_taken_for_new_afterwards() -> None:
    order_id, receipt = placed(**SAID)
    key = uuid7()
    with enter(receipt=hash_receipt(receipt)) as actor:
        said = {"actor": actor, "asked": Asked(order_id, client_id=key), "step": "withdraw"}
        take_step(**said, given=Given(words=WORD))
    erased(receipt, order_id)
    with enter(receipt=hash_receipt(receipt)) as actor, pytest.raises(Conflict):
        take_step(actor=actor, asked=Asked(order_id, client_id=key), step="withdraw", given=Given(words=WORD))


def test_an_erased_order_is_not_reopened() -> None:
    order_id, receipt = placed(**SAID)
    step("county", order_id, "decline", reason="not_ours", outcome="not_ours", words="请找供电所")
    erased(receipt, order_id)
    with pytest.raises(Refused, match="erased"):
        by_receipt(receipt, order_id, "reopen_unheld")
    with enter(receipt=hash_receipt(receipt)) as actor:
        assert "reopen_unheld" not in order_shown(actor, Matter.objects.get(pk=order_id)).steps


def test_an_erased_order_is_counted_and_found_by_its_number_no_more_by_its_words() -> None:
    order_id, receipt = lived()
    with enter(person_id=cast.find("county").person_id) as actor:
        number = Matter.objects.get(pk=order_id).number
        before = orders_listed(actor, Filters()).total
        assert orders_listed(actor, Filters(text=WORD)).total == 1
    erased(receipt, order_id)
    with enter(person_id=cast.find("county").person_id) as actor:
        assert orders_listed(actor, Filters()).total == before
        assert orders_listed(actor, Filters(text=WORD)).total == 0
        (row,) = orders_listed(actor, Filters(text=number)).rows
        assert row.title == "内容已删除"


def test_the_job_deletes_no_file_that_a_photo_still_names() -> None:
    order_id, _receipt = lived()
    with enter(person_id=cast.find("county").person_id):
        path = Photo.objects.filter(order_id=order_id).values_list("path", flat=True)[0]
    jobs.forget([path], "")
    assert (Path(settings.MEDIA_ROOT) / path).is_file()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_reconcile_finds_what_an_erasure_left() -> None:
    order_id, receipt = lived()
    erased(receipt, order_id)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE orders_orderwords DISABLE TRIGGER USER")
        cursor.execute("UPDATE orders_orderwords SET text = %s WHERE matter_id = %s", [WORD, order_id])
        cursor.execute("ALTER TABLE orders_orderwords ENABLE TRIGGER USER")
    stray = Path(settings.MEDIA_ROOT) / "orders" / "00" / "stray.jpg"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"jpeg")
    os.utime(stray, (0, 0))
    found = {each.words for check in checks().values() for each in check()}
    stray.unlink()
    assert {"erased, it still holds words", "no photo names this file"} <= found
