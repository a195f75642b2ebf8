"""Pages of a list by key: bounded at any size, with a total that stops at MOST_COUNTED."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import QuerySet

PAGE = 50
MOST_COUNTED = 1000
Row = TypeVar("Row")
Cursor = TypeVar("Cursor")


@dataclass(frozen=True)
class Page(Generic[Row, Cursor]):
    """One page, the keys to the next one and the one before, and how many there are (`capped`: or more)."""

    rows: list[Row] = field(default_factory=list)
    next: Cursor | None = None
    previous: Cursor | None = None
    total: int = 0
    capped: bool = False


@dataclass(frozen=True)
class Turn(Generic[Cursor]):
    """Which page is asked for: what comes `after` a key, or `before` it, nearest first; without either the first."""

    after: Cursor | None = None
    before: Cursor | None = None
    limit: int = PAGE

    def page(
        self, found: Sequence[Row], *, key: Callable[[Row], Cursor], counted: int = 0
    ) -> Page[Row, Cursor]:
        """The page out of what was found: one row more than it holds, in the order of the reading.

        `counted`: how many there are in all, counted up to one more than MOST_COUNTED.
        """
        rows, more, back = list(found[: self.limit]), len(found) > self.limit, self.before is not None
        if back:
            rows.reverse()
        return Page(
            rows=rows,
            next=key(rows[-1]) if rows and (more or back) else None,
            previous=key(rows[0]) if rows and (more if back else self.after) else None,
            total=min(counted, MOST_COUNTED),
            capped=counted > MOST_COUNTED,
        )


def counted(rows: QuerySet[Row]) -> int:  # type: ignore[type-var]
    """How many rows there are, counted up to one more than MOST_COUNTED."""
    return rows.order_by()[: MOST_COUNTED + 1].count()
