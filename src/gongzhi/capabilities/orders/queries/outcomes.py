"""What became of a village's orders in the year up to now: counts of the place, told to everybody."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

A_YEAR = timedelta(days=365)
LEAST = 5
"""With fewer orders nothing is told: the database answers with no row."""


@dataclass(frozen=True)
class Outcomes:
    """How many orders were received, and what became of those that are closed: closed is not solved."""

    received: int
    in_hand: int
    closed: int
    solved: int
    partly: int
    not_solved: int
    not_ours: int
    unrated: int


def outcomes_in(place: tuple[int, int]) -> Outcomes | None:
    """The counts of a place (code, level); None where there are fewer than LEAST. Sealed orders are in none of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM orders_outcomes(%s, %s, %s)", [*place, timezone.now() - A_YEAR])
        row = cursor.fetchone()
    return Outcomes(*row) if row is not None else None
