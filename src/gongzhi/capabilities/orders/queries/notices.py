"""What was sent of an order, and what went amiss in the reader's places."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gongzhi.capabilities.orders.notices.models import Delivery
from gongzhi.capabilities.orders.queries.paging import PAGE, Page, Turn, counted
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.models import Matter

MOST_OF_AN_ORDER = 100
AMISS = ("failed", "uncertain")


@dataclass(frozen=True)
class Sent:
    """One delivery with the order that it tells of."""

    row: Delivery
    matter: Matter
    place: str


def deliveries_of(actor: Actor, order_id: UUID) -> list[Delivery]:
    """The notices of one order, the newest first."""
    return list(Delivery.objects.filter(order_id=order_id).order_by("-id")[:MOST_OF_AN_ORDER])


@dataclass(frozen=True)
class Wanted:
    """Which notices are asked for: in these states, by this channel (every one where it is empty)."""

    states: tuple[str, ...] = AMISS
    channel: str = ""


def deliveries_in(
    actor: Actor, wanted: Wanted, *, after: UUID | None = None, limit: int = PAGE
) -> Page[Sent, UUID]:
    """The notices in the actor's places that are wanted, the newest first. Four statements."""
    rows = Delivery.objects.all()
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    page = rows.filter(id__lt=after) if after is not None else rows
    found = list(page.order_by("-id")[: limit + 1])
    turned = Turn(after, None, limit).page(found, key=lambda row: row.id, counted=counted(rows))
    return Page(_with_orders(turned.rows), turned.next, turned.previous, turned.total, turned.capped)


def _with_orders(rows: Sequence[Delivery]) -> list[Sent]:
    matters = Matter.objects.in_bulk({row.order_id for row in rows})
    places = regions.labels({each.region_code for each in matters.values()}) if matters else {}
    return [
        Sent(row, matters[row.order_id], places.get(matters[row.order_id].region_code, ""))
        for row in rows
        if row.order_id in matters
    ]
