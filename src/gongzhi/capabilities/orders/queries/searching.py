"""Finding orders by their words and by place, within the caller's scope.

Words are found by two Chinese characters and more, and whole words else; where the text names a place, what lies in
that place is found too.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from gongzhi.capabilities.orders import rules
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.names import places_meant
from gongzhi.core.regions.rules import NATION, Interval

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
MOST_PLACES = 20
Place = tuple[int, int]


@dataclass(frozen=True)
class Search:
    """What is looked for `within` some intervals, or in the reach of a place chosen, from one moment to another.

    An order is found by all of `grams`; or in one of `places` (code, level) by those of the `rest`, which name no
    place. `narrowing` holds the list's other filters, as `orders_search_statement` knows them. `key`: the last row
    seen (when and which); `back`: what lies before it is asked for, nearest first.
    """

    grams: list[str]
    rest: list[str]
    places: list[Place]
    within: list[Interval]
    chosen: Place | None = None
    narrowing: dict[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    key: tuple[datetime, UUID] | None = None
    back: bool = False

    @classmethod
    def of(cls, actor: Actor, text: str, *, chosen: Place | None) -> "Search":
        """The search for a text in a place; without one, wherever the actor sees orders."""
        reach = actor.intervals("see_matters")
        widest = (min(low for low, _ in reach), max(high for _, high in reach)) if reach else NATION
        grams = rules.bigrams(text)
        search = cls(grams, grams, [], [] if chosen else [widest], chosen=chosen)
        return search._with_places(text.split(), widest) if reach else search

    def _with_places(self, parts: list[str], reach: Interval) -> "Search":
        """The search with the places in reach that the whole text names, or some of its parts."""
        names = regions.names_like("".join(parts), reach)
        parts_named = (
            parts if places_meant("".join(parts), names) else [p for p in parts if places_meant(p, names)]
        )
        meant = places_meant("".join(parts_named), names) or places_meant("".join(parts_named[-1:]), names)
        rest = rules.bigrams(" ".join(part for part in parts if part not in parts_named))
        places = sorted({(one.code, one.level) for one in meant})
        return replace(self, rest=rest, places=places[:MOST_PLACES]) if meant else self


def found(search: Search, limit: int, *, most: int | None = None) -> tuple[list[UUID], int]:
    """The ids of at most `limit` orders, nearest to the key first (else the newest), and how many there are.

    Counted up to `most`; without it nothing is counted. Without a word or a place to look for nothing is found.
    """
    if not (search.grams or search.places):
        return [], 0
    asked = {
        "grams": search.grams,
        "rest": search.rest,
        "places": search.places,
        "within": search.within,
        "chosen": search.chosen,
        "since": (search.since or EARLIEST).isoformat(),
        "until": (search.until or LATEST).isoformat(),
        "key": [search.key[0].isoformat(), str(search.key[1])] if search.key else None,
        "rising": search.back,
        "limit": limit,
        "most": most,
        "filter": search.narrowing,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT ids, counted FROM orders_search(%s)", [json.dumps(asked)])
        ids, counted = cursor.fetchone()
        return ids, counted
