"""By night each county's hot spots are gathered anew where anything changed, and what changed of them is kept.

What a word weighs depends on all the messages of the county, so one new message may move others: where the orders are
not those of the last time, all of them are gathered, and only the rows that came out differently are written. Where
they are the same, nothing but their ids is read. So a night's work comes to the same as doing it all from the start.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.commands.hotspots import MOST_ROWS, Placed, Ran, keep_hot_spots
from gongzhi.capabilities.orders.hotspots import FEWEST, Message, gathered
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Follower, HotOrder, HotRun, OrderWords
from gongzhi.capabilities.orders.queries.hotspots import NOT_COUNTED
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.core.regions.rules import Level, interval
from gongzhi.workflow.models import Matter

DAYS = 90
MOST_GATHERED = 20_000
"""So many of a county's newest orders are gathered."""
RULES = 1
"""Counted up when the rules of gathering change, so that all is gathered anew."""


@dataclass(frozen=True)
class Counted:
    """An order that counts, as it stands now, without its words. `followers`: so many follow it."""

    region_code: int
    recorded_at: datetime
    occurred_at: datetime
    followers: int


@app.periodic(cron="7 3 * * *", periodic_id="orders.gather_hot_spots")
@app.task(name="orders.gather_hot_spots", lock="orders.gather_hot_spots")
def gather_hot_spots(timestamp: int) -> None:
    """Gather each county's hot spots where anything changed."""
    for post in platform_posts():
        if post.region_level == Level.COUNTY:
            gather_county(post.id, post.region_code)


def gather_county(platform: UUID, county: int, *, anyway: bool = False) -> int | None:
    """How many orders changed their hot spot; None where the orders are those of the last time.

    `anyway`: gather them all the same.
    """
    with enter_as_system(platform):
        orders, capped = _counted(county)
        ran = Ran(_digest(orders), len(orders), capped)
        last = HotRun.objects.filter(region_code=county).first()
        if last is not None and (last.digest, last.capped) == (ran.digest, capped) and not anyway:
            return None
        messages = _messages(orders)
    spots = _spots(messages, orders)  # outside of any transaction: it takes as long as it takes
    with enter_as_system(platform):
        changes = _changes(county, orders, spots=spots)
    batches = [changes[start : start + MOST_ROWS] for start in range(0, len(changes), MOST_ROWS)] or [[]]
    for batch in batches:  # cut short, it begins again in the next night: that it ran is kept with the last
        with enter_as_system(platform) as actor:
            done = ran if batch is batches[-1] else None
            keep_hot_spots(actor=actor, county=county, placed=batch, ran=done)
    return len(changes)


def _counted(county: int) -> tuple[dict[UUID, Counted], bool]:
    """The county's orders that count, the newest first; whether there were more, and older ones."""
    since = timezone.now() - timedelta(days=DAYS)
    words = OrderWords.objects.filter(
        region_code__range=interval(county, Level.COUNTY),
        recorded_at__gte=since,
        sealed=False,
        erased_at__isnull=True,
    )
    ids = list(
        words.order_by("-recorded_at", "-order").values_list("order_id", flat=True)[: MOST_GATHERED + 1]
    )
    among = ids[:MOST_GATHERED]
    counting = Matter.objects.filter(id__in=among, sealed_to__isnull=True, quarantined=False)
    rows = counting.exclude(state__in=NOT_COUNTED).values_list(
        "id", "region_code", "recorded_at", "occurred_at"
    )
    following = Follower.objects.filter(order__in=among, stopped_at__isnull=True)
    followers = Counter(following.values_list("order_id", flat=True))
    found = {key: Counted(code, at, claimed, followers[key]) for key, code, at, claimed in rows}
    return found, len(ids) > MOST_GATHERED


def _digest(orders: dict[UUID, Counted]) -> str:
    """What the gathering depends on, in short: which orders, where, and whether one is hot by its followers alone."""
    told = sorted(f"{key}:{each.region_code}:{_hot_alone(each):d}" for key, each in orders.items())
    return hashlib.sha256("\n".join([str(RULES), *told]).encode()).hexdigest()


def _hot_alone(order: Counted) -> bool:
    """Whether its reporter and its followers are enough people without another order."""
    return order.followers + 1 >= FEWEST


def _messages(orders: dict[UUID, Counted]) -> list[Message]:
    words = OrderWords.objects.filter(order__in=list(orders)).values_list("order_id", "title", "text")
    return [Message(str(key), title, text, "", orders[key].occurred_at) for key, title, text in words]


def _spots(messages: list[Message], orders: dict[UUID, Counted]) -> dict[UUID, UUID]:
    """Each order of a group of several, or that is hot alone, with the oldest order of its group."""
    found: dict[UUID, UUID] = {}
    for group in gathered(messages):
        keys = [UUID(each.key) for each in group]
        if len(keys) > 1 or _hot_alone(orders[keys[0]]):
            found |= dict.fromkeys(keys, keys[0])
    return found


def _changes(county: int, orders: dict[UUID, Counted], *, spots: dict[UUID, UUID]) -> list[Placed]:
    """What is otherwise than it was kept, the oldest order first."""
    standing = HotOrder.objects.filter(region_code__range=interval(county, Level.COUNTY), spot__isnull=False)
    kept = {each.order_id: each for each in [*standing, *HotOrder.objects.filter(order__in=list(spots))]}
    found = []
    for key in sorted(spots.keys() | kept.keys()):
        row, order = kept.get(key), orders.get(key)
        code, at = (order.region_code, order.recorded_at) if order else (row.region_code, row.recorded_at)  # type: ignore[union-attr]
        if row is None or (row.spot, row.region_code) != (spots.get(key), code):
            found.append(Placed(key, spots.get(key), code, at, row))
    return found
