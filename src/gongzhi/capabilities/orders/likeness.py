"""How alike two orders are, and which of two leads: pure rules, each with its reasons."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from gongzhi.core.regions.rules import Level, floor_code

PAIRED = frozenset({"merge", "join", "unmerge", "part"})
"""Steps of the flow that two orders take together, never one alone."""
MERGEABLE = frozenset({"received", "dispatched", "accepted", "in_hand", "returned"})
"""States in which the work is still to be done."""
LEAST = 0.45
"""Below this score two orders are not shown as alike."""
FEWEST_WORDS = 0.15
"""Orders that share fewer words are alike only by the same photo."""
WEIGHTS: Mapping[str, float] = {"words": 0.55, "place": 0.2, "category": 0.15, "age": 0.1}
SAME_PHOTO = 0.4
NEAR, FAR = 100.0, 2000.0
"""Metres: up to NEAR it is one place, from FAR on another."""
DAYS = 90.0
EARTH = 6_371_000.0

Code = Literal["words", "place", "distance", "category", "age", "photos"]


@dataclass(frozen=True, kw_only=True)
class Side:
    """What is compared of an order. `grams`: the pairs of letters of its words; `photos`: the digests of its files."""

    grams: frozenset[str]
    region_code: int
    at: datetime
    category: str = ""
    point: tuple[float, float] | None = None
    photos: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Likeness:
    """A score from nought to one, and how it came about: each reason with its own part and what was measured."""

    score: float
    reasons: tuple[tuple[Code, float, float], ...]


def likeness(one: Side, other: Side) -> Likeness:
    """How alike two orders are: by words 0.55, place 0.2, category 0.15, age 0.1; the same photo adds 0.4.

    Orders that share hardly a word (FEWEST_WORDS) and no photo are not alike, wherever they are.
    """
    words, photos = _words(one, other), len(one.photos & other.photos)
    if words < FEWEST_WORDS and not photos:
        return Likeness(0.0, ())
    place, measured = _place(one, other)
    days = abs((one.at - other.at).total_seconds()) / 86400
    category = 1.0 if one.category and one.category == other.category else 0.0
    parts: list[tuple[Code, float, float]] = [
        ("words", words * WEIGHTS["words"], words),
        ("distance" if measured is not None else "place", place * WEIGHTS["place"], measured or place),
        ("category", category * WEIGHTS["category"], category),
        ("age", max(0.0, 1 - days / DAYS) * WEIGHTS["age"], days),
        ("photos", SAME_PHOTO if photos else 0.0, float(photos)),
    ]
    score = min(1.0, sum(part for _code, part, _told in parts))
    return Likeness(round(score, 3), tuple((code, round(part, 3), told) for code, part, told in parts))


def likest(one: Side, others: Mapping[UUID, Side], *, most: int) -> list[tuple[UUID, Likeness]]:
    """The others that are alike enough, the likest first."""
    found = [(key, likeness(one, other)) for key, other in others.items()]
    kept = [each for each in found if each[1].score >= LEAST]
    return sorted(kept, key=lambda each: (-each[1].score, str(each[0])))[:most]


def _words(one: Side, other: Side) -> float:
    """The shared pairs, against all of them and against the shorter text: a short word on a long one is alike too."""
    shared = len(one.grams & other.grams)
    shorter = min(len(one.grams), len(other.grams))
    if not shared or not shorter:
        return 0.0
    covered = shared / shorter * min(1.0, shorter / 6)  # three pairs say little
    return (shared / len(one.grams | other.grams) + covered) / 2


def _place(one: Side, other: Side) -> tuple[float, float | None]:
    """How near: by metres where both have a point, else by the division that they share."""
    if one.point and other.point:
        metres = distance(one.point, other.point)
        return max(0.0, min(1.0, (FAR - metres) / (FAR - NEAR))), metres
    if one.region_code == other.region_code:
        return 1.0, None
    for level, part in ((Level.VILLAGE, 0.8), (Level.TOWNSHIP, 0.3)):
        if floor_code(one.region_code, level) == floor_code(other.region_code, level):
            return part, None
    return 0.0, None


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points (longitude, latitude), as the crow flies."""
    (lon1, lat1), (lon2, lat2) = ((math.radians(lon), math.radians(lat)) for lon, lat in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH * math.asin(math.sqrt(half))


@dataclass(frozen=True)
class Clocked:
    """What decides which order leads: by when its work is due, and when it came."""

    id: UUID
    due_at: datetime | None
    recorded_at: datetime


def leader_of(orders: Iterable[Clocked]) -> UUID:
    """The order that leads the others: the one due first, else the one that came first.

    So the leading order's due time is the earliest of all, and nobody waits longer for being merged.
    """
    return min(
        orders,
        key=lambda each: (
            each.due_at is None,
            (each.due_at or each.recorded_at).timestamp(),
            each.recorded_at.timestamp(),
            str(each.id),
        ),
    ).id
