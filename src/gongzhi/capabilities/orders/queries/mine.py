"""The orders that a signed-in resident placed."""

from uuid import UUID

from django.db.models import Q, Subquery

from gongzhi.capabilities.orders.queries.listing import Listed, with_words
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.models import Matter

PAGE = 20


def orders_of_reporter(actor: Actor, *, after: UUID | None = None) -> tuple[list[Listed], UUID | None]:
    """One page of the actor's own orders, newest first, and the next page's key; `after`: the last one seen."""
    if actor.pseudonym is None:
        return [], None
    mine = Matter.objects.filter(reporter=actor.pseudonym, subject="orders").select_related("holder")
    if after is not None:
        at = Subquery(Matter.objects.filter(pk=after).values("recorded_at"))
        mine = mine.filter(Q(recorded_at__lt=at) | Q(recorded_at=at, id__lt=after))
    rows = list(mine.order_by("-recorded_at", "-id")[: PAGE + 1])
    page = rows[:PAGE]
    return with_words(page), page[-1].id if len(rows) > PAGE else None


def order_of_reporter(actor: Actor, number: str) -> Matter | None:
    """The actor's own order of that number."""
    if actor.pseudonym is None:
        return None
    mine = Matter.objects.filter(reporter=actor.pseudonym, subject="orders", number=number.upper())
    return mine.select_related("holder").first()
