"""Finding orders by their words: two Chinese characters and more, whole words else, within the caller's scope."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from gongzhi.capabilities.orders import rules
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import NATION, Interval

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Search:
    """What is looked for: words, in an interval of places, entered from one moment to another."""

    grams: list[str]
    place: Interval
    since: datetime = EARLIEST
    until: datetime = LATEST

    @classmethod
    def of(cls, actor: Actor, text: str, *, place: Interval | None) -> "Search":
        """The search for a text where the actor sees orders, or in a place."""
        return cls(rules.bigrams(text), place or _reach(actor))


def newest_found(search: Search, limit: int) -> list[UUID]:
    """The ids of at most `limit` orders found, the newest first."""
    return _ids(search, limit, rising=False)


def oldest_found(search: Search, limit: int) -> list[UUID]:
    """The ids of at most `limit` orders found, the oldest first."""
    return _ids(search, limit, rising=True)


def number_found(search: Search, most: int) -> int:
    """How many orders are found, counted up to `most`."""
    return int(_call("SELECT orders_found(%s, %s, %s, %s, %s, %s)", search, more=[most])[0][0])


def _ids(search: Search, limit: int, *, rising: bool) -> list[UUID]:
    rows = _call("SELECT matter FROM orders_search(%s, %s, %s, %s, %s, %s, %s)", search, more=[limit, rising])
    return [row[0] for row in rows]


def _call(statement: str, search: Search, *, more: list[int]) -> list[tuple[UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [search.grams, *search.place, search.since, search.until, *more])
        return list(cursor.fetchall())


def _reach(actor: Actor) -> Interval:
    reach = actor.intervals("see_matters")
    return (min(low for low, _ in reach), max(high for _, high in reach)) if reach else NATION
