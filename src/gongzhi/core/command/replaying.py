"""Erasures made again in a database that was restored from before them (个人信息保护法 47).

Each room says by which events it erases, and what a row of each of its tables is once it is erased; the installation
keeps a ledger of those events outside the database, by ids alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gongzhi.core.command.running import change_as_owner
from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.events.models import Event

OWNER = "owner"
Values = Callable[[Any, datetime], Mapping[str, Any]]
After = Callable[[str, UUID], None]


@dataclass(frozen=True)
class Erasure:
    """One erasure: its event, when, of which case, why (a code), and the rows that it emptied, by table and id."""

    event: UUID
    name: str
    at: datetime
    thread: UUID | None
    region_code: int | None
    reason: str
    rows: tuple[tuple[str, UUID], ...]


_names: set[str] = set()
_emptied: dict[str, tuple[type[Tracked], Values]] = {}
_after: list[After] = []


def erases(*names: str) -> None:
    """Make known that these events tell of an erasure."""
    _names.update(names)


def emptied(model: type[Tracked], values: Values) -> None:
    """Make known what a row is once it is erased: `values(row, at)`, as the columns to set."""
    _emptied[model._meta.db_table] = (model, values)


def then(follow: After) -> None:
    """After an erasure was made again, `follow(table, row_id)` for each of its rows, within the same transaction."""
    if follow not in _after:
        _after.append(follow)


def names() -> frozenset[str]:
    """The events that tell of an erasure."""
    return frozenset(_names)


def lost(erasures: Iterable[Erasure]) -> list[Erasure]:
    """Those of the erasures that this database knows nothing of, though it has rows that they emptied."""
    given = list(erasures)
    ids = [each.event for each in given]
    known = set(Event.objects.using(OWNER).filter(pk__in=ids).values_list("id", flat=True))
    return [each for each in given if each.event not in known and _rows(each)]


def replay(erasure: Erasure) -> bool:
    """Make an erasure again, under its own event; False where this database has it, or none of its rows.

    As the owner, so that it reaches what nobody at hand may see. Refuses nothing: what is emptied already stays so.
    """
    with transaction.atomic(using=OWNER):
        if Event.objects.using(OWNER).filter(pk=erasure.event).exists():
            return False
        rows = _rows(erasure)
        if not rows:
            return False
        with change_as_owner(erasure.name, again=(erasure.event, erasure.at)) as c:
            c.about(erasure.region_code, thread=erasure.thread)
            c.data(reason=erasure.reason, replayed=True)
            for row in rows:
                values = _emptied[row._meta.db_table][1](row, erasure.at)
                c.update(row, **values)
            c.write()
        for table, row_id in erasure.rows:
            for follow in _after:
                follow(table, row_id)
    return True


def _rows(erasure: Erasure) -> list[Tracked]:
    found: list[Tracked] = []
    for table, row_id in erasure.rows:
        if table in _emptied:
            model = _emptied[table][0]
            found += model._default_manager.using(OWNER).filter(pk=row_id)
    return found
