"""Hot spots among the orders that the reader sees: as they were gathered by night, ranked as of now."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from gongzhi.capabilities.orders.hotspots import Affected, HotSpot, Message, hottest, named
from gongzhi.capabilities.orders.models import Follower, HotOrder, HotRun, OrderContact, OrderWords
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.models import Matter

MOST_READ = 2000
MOST_SHOWN = 20
NOT_COUNTED = ("withdrawn", "void")


@dataclass(frozen=True)
class Hot:
    """A hot spot with its orders, newest first."""

    spot: HotSpot
    matters: list[Matter]
    weeks: list[int]


@dataclass(frozen=True)
class Heat:
    """What is hot: the hottest first. `read`: among how many orders; `capped`: there were more, and older ones.

    `at`: when they were gathered last, of the counties that the reader sees the longest ago; None: not yet.
    """

    spots: list[Hot]
    places: dict[int, str]
    read: int
    capped: bool
    until: datetime
    at: datetime | None


def heat_of(actor: Actor, *, days: int) -> Heat:
    """What was reported by several people in the last `days`, as far as the reader sees it.

    Sealed orders, those set aside, withdrawn, made void or erased are left out. A person is known by his account or
    telephone; an order without either counts as one more person, and so does whoever follows one.
    """
    now = timezone.now()
    at = HotRun.objects.order_by("at").values_list("at", flat=True).first()
    gathered, capped = _gathered(actor, since=now - timedelta(days=days))
    known = _counted(gathered)
    affected = _affected(known)
    groups: dict[UUID, list[Affected]] = defaultdict(list)
    for key in sorted(known, key=lambda each: (known[each].occurred_at, str(each))):
        groups[gathered[key]] += affected[key]
    ranked = hottest(groups.values(), now=now)[:MOST_SHOWN]
    words = _words({UUID(each.key) for _heat, _people, group in ranked for each in group})
    found = []
    for degrees, people, group in ranked:
        spot = _spot(group, words, degrees=degrees, people=people)
        matters = [known[UUID(each.key)] for each in reversed(spot.messages)]
        found.append(Hot(spot, matters, spot.weeks(now)))
    codes = {matter.region_code for each in found for matter in each.matters}
    return Heat(found, regions.labels(codes), len(known), capped, now, at)


def _gathered(actor: Actor, *, since: datetime) -> tuple[dict[UUID, UUID], bool]:
    """Each order of a hot spot in the reader's places, with its spot; whether there were more, and older ones."""
    places = Q(pk__in=[])
    for interval in actor.intervals("see_matters"):
        places |= Q(region_code__range=interval)
    rows = list(
        HotOrder.objects.filter(places, spot__isnull=False, recorded_at__gte=since)
        .order_by("-recorded_at", "-order")
        .values_list("order_id", "spot")[: MOST_READ + 1]
    )
    return {key: spot for key, spot in rows[:MOST_READ] if spot is not None}, len(rows) > MOST_READ


def _counted(ids: Iterable[UUID]) -> dict[UUID, Matter]:
    """Those that count still: since they were gathered they may have been withdrawn or erased."""
    words = OrderWords.objects.filter(order__in=list(ids), erased_at__isnull=True)
    standing = list(words.values_list("order_id", flat=True))
    found = Matter.objects.filter(id__in=standing, sealed_to__isnull=True, quarantined=False)
    return {each.id: each for each in found.exclude(state__in=NOT_COUNTED)}


def _affected(known: dict[UUID, Matter]) -> dict[UUID, list[Affected]]:
    """The people of each order: who reported it first, then who follows."""
    contacts = OrderContact.objects.filter(order__in=known, phone_index__isnull=False)
    numbers = {
        key: bytes(index or b"").hex() for key, index in contacts.values_list("order_id", "phone_index")
    }
    found = {
        key: [Affected(str(key), str(matter.reporter or numbers.get(key) or key), matter.occurred_at)]
        for key, matter in known.items()
    }
    followers = Follower.objects.filter(order__in=known, stopped_at__isnull=True).order_by("id")
    for row_id, key, who, at in followers.values_list("id", "order_id", "follower", "at"):
        found[key].append(Affected(str(key), str(who or row_id), at, follows=True))
    return found


def _words(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    words = OrderWords.objects.filter(order__in=ids, erased_at__isnull=True)
    return {key: (title, text) for key, title, text in words.values_list("order_id", "title", "text")}


def _spot(
    group: list[Affected], words: dict[UUID, tuple[str, str]], *, degrees: float, people: int
) -> HotSpot:
    messages = [
        Message(each.key, *words.get(UUID(each.key), ("", "")), each.who, each.at)
        for each in group
        if not each.follows
    ]
    reporters = {each.who for each in messages}
    followers = len({each.who for each in group if each.follows} - reporters)
    return HotSpot(tuple(messages), people, degrees, named(messages), followers)
