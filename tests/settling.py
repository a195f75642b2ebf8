"""Waiting until what was committed may be read by the one reader of events."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connections

SECONDS = 240
"""Another test imports thousands of messages in one transaction."""


def _ask(statement: str) -> Any:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def settle(ask: Callable[[str], Any] = _ask) -> None:
    """Wait until what was committed before now may be read: other tests write into the same server meanwhile.

    `ask` takes a statement and gives its one value.
    """
    begun = int(ask("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))
    until = time.monotonic() + SECONDS
    while int(ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")) < begun:
        if time.monotonic() > until:
            raise TimeoutError("another transaction of this server does not end")
        time.sleep(0.05)
