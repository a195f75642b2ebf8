"""Two at once, on connections of their own with real commits: one does it, and a repetition is answered once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

from django.db import connections

from gongzhi.capabilities.orders.commands import Asked, place_order, take_open_order, take_step
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import dispatched, new_order, placed

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
