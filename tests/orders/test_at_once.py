"""Two at once, on connections of their own with real commits: one does it, and a repetition is answered once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from threading import Event as Signal
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from gongzhi.capabilities.orders import jobs
from gongzhi.capabilities.orders.commands import (
    Asked,
    attach_photo,
    erase_order,
    place_order,
    rate_order,
    take_open_order,
    take_step,
)
from gongzhi.capabilities.orders.models import OrderWords, Photo
from gongzhi.capabilities.orders.pictures import Picture
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command import forgetting, people
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.events.reconcile import checks
from gongzhi.core.people.models import Post, Tenure
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter, Task
from tests import cast
from tests.orders.acting import checked, dispatched, matter, new_order, placed, step

both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

Does = Callable[[], dict[str, Any]]


def at_once(*deeds: Does) -> list[dict[str, Any] | str]:
    """What comes of deeds done at the same moment: the answer, or the code of the refusal."""
    start = Barrier(len(deeds))

    def run(deed: Does) -> dict[str, Any] | str:
        try:
            start.wait(10)
            return deed()
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def events(order_id: UUID, name: str) -> int:
    """How often it happened to the order."""
    with enter(person_id=cast.find("county").person_id):
        return Event.objects.filter(thread=order_id, name=name).count()


def test_two_accept_at_once_and_one_of_them_has_it(real_commits: None) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    person = cast.find("worker").person_id

    def accept() -> dict[str, Any]:
        with enter(person_id=person) as actor:
            return take_step(actor=actor, asked=Asked(order_id, client_id=uuid7()), step="accept")

    told = at_once(accept, accept)
    assert sorted(isinstance(each, str) for each in told) == [False, True]
    assert events(order_id, "order.accepted") == 1


def test_two_helpers_take_it_at_once_and_one_of_them_has_it(real_commits: None) -> None:
    order_id, _receipt = placed(open_to_helpers=True)
    person = cast.find("volunteer").person_id

    def take() -> dict[str, Any]:
        with enter(person_id=person) as actor:
            return take_open_order(actor=actor, order_id=order_id, client_id=uuid7())

    told = at_once(take, take)
    assert sorted(isinstance(each, str) for each in told) == [False, True]
    assert events(order_id, "order.taken") == 1


def test_the_same_key_twice_at_once_places_one_order(real_commits: None) -> None:
    receipt, key = receipt_code(), uuid7()
    new = new_order(receipt)

    def place() -> dict[str, Any]:
        with enter(receipt=hash_receipt(receipt)) as actor:
            return place_order(actor=actor, new=new, client_id=key)

    one, other = at_once(place, place)
    assert one == other
    with enter(receipt=hash_receipt(receipt)):
        assert Matter.objects.count() == 1


def sound() -> None:
    """What stands is what its events made it, whichever came first."""
    assert [each.words for check in checks().values() for each in check()] == []


def by_receipt(receipt: str, order_id: UUID, key: str, **given: Any) -> Does:
    """A step of whoever holds the receipt, to be done later."""

    def does() -> dict[str, Any]:
        with enter(receipt=hash_receipt(receipt)) as actor:
            asked = Asked(order_id, client_id=uuid7())
            if key == "rate":
                return rate_order(actor=actor, asked=asked, given=Given(**given))
            return take_step(actor=actor, asked=asked, step=key, given=Given(**given))

    return does


@both_connections
def test_dispatch_and_withdrawal_at_once_leave_nothing_waiting() -> None:
    order_id, receipt = placed()
    with enter(person_id=cast.find("admin").person_id):
        worker = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)

    def dispatch() -> dict[str, Any]:
        return step("desk", order_id, "dispatch", holder=worker)

    told = at_once(dispatch, by_receipt(receipt, order_id, "withdraw"))
    assert isinstance(told[1], dict)
    assert matter(order_id).state == "withdrawn"
    with enter(person_id=cast.find("county").person_id):
        assert not Task.objects.filter(matter=order_id, done_at=None).exists()
    assert events(order_id, "order.dispatched") == int(isinstance(told[0], dict))
    sound()


@both_connections
@pytest.mark.parametrize("solved", ["yes", "no"])
def test_a_rating_and_the_end_of_its_days_at_once_make_one_of_them(
    solved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, receipt = placed()
    checked(order_id)
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    def days_are_over() -> dict[str, Any]:
        jobs.close_unrated(timestamp=0)
        return {}

    rated, _closed = at_once(by_receipt(receipt, order_id, "rate", stars=4, solved=solved), days_are_over)
    assert events(order_id, "order.rated") == int(isinstance(rated, dict))
    assert events(order_id, "order.closed_unrated") == int(isinstance(rated, str))
    sound()


@both_connections
def test_a_post_is_handed_over_while_its_work_is_accepted_and_the_work_goes_on() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    neighbour = cast.find("neighbour").person_id
    with enter(person_id=cast.find("admin").person_id):
        tenure = Tenure.objects.get(post__role="grid_worker", region_code=cast.VILLAGE)

    def hand_over() -> dict[str, Any]:
        with enter(person_id=cast.find("admin").person_id) as actor:
            return people.hand_over_post(actor=actor, tenure_id=tenure.id, to_person=neighbour)

    accepted, handed = at_once(lambda: step("worker", order_id, "accept"), hand_over)
    assert isinstance(handed, dict)
    if isinstance(accepted, str):
        step("neighbour", order_id, "accept")
    step("neighbour", order_id, "fulfil", outcome="solved", words="换了灯泡")
    with pytest.raises(Refused):
        step("worker", order_id, "start")
    assert matter(order_id).holder_id == tenure.post_id
    sound()


@both_connections
def test_what_is_added_while_an_order_is_erased_is_erased_or_refused() -> None:
    order_id, receipt = placed()

    def erase() -> dict[str, Any]:
        with enter(receipt=hash_receipt(receipt)) as actor:
            return erase_order(actor=actor, asked=Asked(order_id, client_id=uuid7()))

    def add() -> dict[str, Any]:
        with enter(receipt=hash_receipt(receipt)) as actor:
            asked = Asked(order_id, client_id=uuid7())
            return attach_photo(actor=actor, asked=asked, picture=Picture(b"jpeg", 1, 1))

    by_receipt(receipt, order_id, "withdraw")()
    at_once(erase, add, by_receipt(receipt, order_id, "add", words="我家的电话"))
    with enter(person_id=cast.find("county").person_id):
        assert OrderWords.objects.get(order_id=order_id).text == ""
        assert not Photo.objects.filter(order_id=order_id, erased_at=None).exists()
    sound()


@both_connections
@pytest.mark.parametrize("first", ["erase", "grant"])
def test_nobody_is_forgotten_and_given_a_post_at_once(first: str) -> None:
    admin, person = cast.find("admin").person_id, cast.find("neighbour").person_id
    with enter(person_id=admin):
        post = Post.objects.get(role="village_officer", region_code=cast.VILLAGE)
    done, other = Signal(), Signal()

    def erase() -> dict[str, Any]:
        with enter(person_id=admin) as actor:
            return forgetting.erase_person(actor=actor, person_id=person)

    def grant() -> dict[str, Any]:
        with enter(person_id=admin) as actor:
            return people.grant_post(actor=actor, post_id=post.id, person_id=person)

    def uncommitted() -> dict[str, Any]:
        """Done, and kept open until the other has asked for the same."""
        with enter(person_id=admin) as actor:
            if first == "erase":
                answer = forgetting.erase_person(actor=actor, person_id=person)
            else:
                answer = people.grant_post(actor=actor, post_id=post.id, person_id=person)
            done.set()
            other.wait(0.5)
            return answer

    def meanwhile() -> dict[str, Any]:
        done.wait(5)
        try:
            return grant() if first == "erase" else erase()
        finally:
            other.set()

    told = at_once(uncommitted, meanwhile)
    assert isinstance(told[0], dict)
    assert isinstance(told[1], str)
    sound()
