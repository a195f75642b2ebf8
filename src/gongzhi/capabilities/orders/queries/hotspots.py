"""Hot spots among the orders that the reader sees: gathered when asked for, among a bounded number of the newest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from gongzhi.capabilities.orders.hotspots import HotSpot, Message, hot_spots
from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.models import Matter

MOST_READ = 2000
MOST_SHOWN = 20
NOT_COUNTED = ("withdrawn", "void")


@dataclass(frozen=True)
class Hot:
    """A hot spot with its orders, newest first, and the names of their places."""

    spot: HotSpot
    matters: list[Matter]
    weeks: list[int]


@dataclass(frozen=True)
class Heat:
    """What is hot: the hottest first. `read`: among how many orders; `capped`: there were more, and older ones."""

    spots: list[Hot]
    places: dict[int, str]
    read: int
    capped: bool
    until: datetime


def heat_of(actor: Actor, *, days: int) -> Heat:
    """What was reported by several people in the last `days`, as far as the reader sees it.

    Sealed orders, those set aside, withdrawn, made void or erased are left out. A person is known by his account or
    telephone; an order without either counts as one more person.
    """
    now = timezone.now()
    since = now - timedelta(days=days)
    words = list(
        OrderWords.objects.filter(sealed=False, erased_at__isnull=True, recorded_at__gte=since)
        .order_by("-recorded_at", "-order")
        .values_list("order_id", "title", "text")[: MOST_READ + 1]
    )
    known = _counted([key for key, _title, _text in words[:MOST_READ]])
    people = _people(known)
    messages = [
        Message(str(key), title, text, people[key], known[key].occurred_at)
        for key, title, text in words[:MOST_READ]
        if key in known
    ]
    found = [_hot(spot, known, now=now) for spot in hot_spots(messages, now=now)[:MOST_SHOWN]]
    codes = {matter.region_code for each in found for matter in each.matters}
    return Heat(found, regions.labels(codes), len(messages), len(words) > MOST_READ, now)


def _counted(ids: list[UUID]) -> dict[UUID, Matter]:
    found = Matter.objects.filter(id__in=ids, sealed_to__isnull=True, quarantined=False)
    return {each.id: each for each in found.exclude(state__in=NOT_COUNTED)}


def _people(known: dict[UUID, Matter]) -> dict[UUID, str]:
    contacts = OrderContact.objects.filter(order__in=known, phone_index__isnull=False)
    numbers = {
        key: bytes(index or b"").hex() for key, index in contacts.values_list("order_id", "phone_index")
    }
    return {key: str(matter.reporter or numbers.get(key) or key) for key, matter in known.items()}


def _hot(spot: HotSpot, known: dict[UUID, Matter], *, now: datetime) -> Hot:
    matters = [known[UUID(each.key)] for each in reversed(spot.messages)]
    return Hot(spot, matters, spot.weeks(now))
