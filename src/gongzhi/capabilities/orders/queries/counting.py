"""Counts of several lists at once, each counted up to one more than MOST_COUNTED, in one statement."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from gongzhi.capabilities.orders.queries.listing import Filters, narrowed
from gongzhi.capabilities.orders.queries.paging import MOST_COUNTED
from gongzhi.core.permissions.actor import Actor


def orders_counted(actor: Actor, asked: Iterable[Filters]) -> list[int]:
    """How many orders each set of filters finds, at most MOST_COUNTED + 1.

    One statement; one more for each set that searches words.
    """
    lists = [narrowed(actor, filters) for filters in asked]
    parts = [_counting(each) for each in lists]
    if not parts:
        return []
    statement = "SELECT " + ", ".join(part for part, _values in parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _part, values in parts for value in values])
        return [int(count) for count in cursor.fetchone()]


def count_words(count: int) -> str:
    """A count as it is shown: "1,000+" where there are more than are counted."""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def _counting(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    bounded = rows.order_by().values("id")[: MOST_COUNTED + 1]
    try:
        inner, values = bounded.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return "0", ()
    return f"(SELECT count(*) FROM ({inner}) AS counted)", tuple(values)  # noqa: S608 - Django's own statement
