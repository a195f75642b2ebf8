"""What neighbours may know of an order, and which order a resident may mean who is about to report. Pure rules."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gongzhi.capabilities.orders.likeness import LEAST, Side, distance, likeness
from gongzhi.capabilities.orders.rules import bigrams

FAMILY = "public_report"
"""Only what is everybody's is offered: a service is one household's own affair."""
MOST_OFFERED = 3
LONGEST_SUMMARY = 100
GRID = 100
"""Metres: no place is told more exactly."""
_COUNT = r"(?:\d+|[一二三四五六七八九十百]+)"
_HOUSE = re.compile(rf"{_COUNT}(?:号院|号房|室|单元)|第{_COUNT}[家户]|门牌")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What a resident is about to report."""

    text: str
    kind: str
    region_code: int
    point: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Offered:
    """An order that a neighbour may follow, as far as it was released. `metres`: how far, in steps of GRID.

    `order_id` is for the command alone and shown to nobody.
    """

    id: UUID
    order_id: UUID
    kind: str
    kind_id: UUID
    region_code: int
    point: tuple[float, float] | None
    since: datetime
    summary: str
    words: str = ""
    photos: tuple[UUID, ...] = ()
    metres: int | None = None


def likest(writing: Writing, offered: Iterable[Offered], *, now: datetime) -> list[Offered]:
    """The orders offered that are alike enough, the likest first. They are compared by what is public of them alone."""
    mine = Side(
        grams=frozenset(bigrams(writing.text)),
        region_code=writing.region_code,
        at=now,
        category=writing.kind,
        point=writing.point,
    )
    scored = [(likeness(mine, _side(each)).score, each) for each in offered]
    kept = sorted(((s, each) for s, each in scored if s >= LEAST), key=lambda one: (-one[0], str(one[1].id)))
    return [each for _score, each in kept[:MOST_OFFERED]]


def _side(offered: Offered) -> Side:
    return Side(
        grams=frozenset(bigrams(f"{offered.summary} {offered.words}")),
        region_code=offered.region_code,
        at=offered.since,
        category=offered.kind,
        point=offered.point,
    )


def metres_between(one: tuple[float, float] | None, other: tuple[float, float] | None) -> int | None:
    """How far apart two points are, in steps of GRID and never less than one; None where a point is not known."""
    if one is None or other is None:
        return None
    return max(1, math.ceil(distance(one, other) / GRID)) * GRID


def names_a_house(words: str) -> bool:
    """Whether the words lead to one household's door."""
    return bool(_HOUSE.search(words))
