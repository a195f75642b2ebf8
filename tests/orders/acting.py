"""How the tests act: place, dispatch, take steps, as members of the cast."""

from typing import Any
from uuid import UUID

from gongzhi.capabilities.orders.commands import Asked, NewOrder, consider_order, place_order, take_step
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter
from tests import cast


def lamps(region_code: int = cast.VILLAGE) -> str:
    """The kind of order to which street lights belong there."""
    kinds = definitions.all_of(OrderKind, region_code=region_code)
    return next(kind.key for kind in kinds if "street_light" in kind.body.categories)


def new_order(receipt: str, **more: Any) -> NewOrder:
    """An order about a lamp in the cast's village."""
    words = {"text": "村口的路灯坏了三天了", "kind": lamps(), "region_code": cast.VILLAGE, "region_level": 5}
    return NewOrder(**{**words, "receipt": receipt, **more})


def placed(username: str | None = None, **more: Any) -> tuple[UUID, str]:
    """An order, anonymous or of a member of the cast: its id, and its receipt."""
    receipt = receipt_code()
    person = cast.find(username).person_id if username else None
    with enter(person_id=person, receipt=hash_receipt(receipt)) as actor:
        answer = place_order(actor=actor, new=new_order(receipt, **more), client_id=uuid7())
    return UUID(answer["id"]), receipt


def dispatched(order_id: UUID, region_code: int = cast.VILLAGE) -> None:
    """Let the platform of its county look at the order."""
    with enter_as_system(platform_posts(region_code)[0].id) as actor:
        consider_order(actor=actor, order_id=order_id)


def step(username: str, order_id: UUID, key: str, **given: Any) -> dict[str, Any]:
    """A member of the cast takes a step."""
    with enter(person_id=cast.find(username).person_id) as actor:
        asked = Asked(order_id, client_id=uuid7())
        return take_step(actor=actor, asked=asked, step=key, given=Given(**given))


def by_receipt(receipt: str, order_id: UUID, key: str, **given: Any) -> dict[str, Any]:
    """Whoever presents the receipt takes a step."""
    with enter(receipt=hash_receipt(receipt)) as actor:
        asked = Asked(order_id, client_id=uuid7())
        return take_step(actor=actor, asked=asked, step=key, given=Given(**given))


def checked(order_id: UUID, worker: str = "worker") -> None:
    """Dispatch, accept, fulfil and check it: ready to be rated."""
    dispatched(order_id)
    step(worker, order_id, "accept")
    step(worker, order_id, "fulfil", outcome="solved", words="换了灯泡")
    step("desk", order_id, "check")


def matter(order_id: UUID) -> Matter:
    """The order's matter, as the county sees it."""
    with enter(person_id=cast.find("county").person_id):
        return Matter.objects.get(pk=order_id)
