"""Transactions that are rolled back after a test, and still end as real ones do.

A test runs inside one transaction that is rolled back, so what the code believes to be a transaction is a
savepoint. Two things would differ: deferred constraints would not be checked at its end, and settings that
are local to the transaction (who acts, and where) would outlive it. Both are mended here, on the connection
itself, so that they count in no test's statements.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.db import DatabaseError, transaction
from django.db.transaction import Atomic

from gongzhi.core.permissions import sql as words

ALWAYS = ("gz.actor", "gz.person", "gz.posts", "gz.sealed", "gz.receipt")
SETTINGS = (*ALWAYS, *words.RIGHTS.values())
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
FORGET = "SELECT " + ", ".join(f"set_config('{name}', '', true)" for name in SETTINGS)


@contextmanager
def transactions_that_end() -> Iterator[None]:
    """While this lasts, the outermost savepoint of a rolled-back test ends as a transaction does."""
    original = Atomic.__exit__

    def leave(
        atomic: Atomic,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection = transaction.get_connection(atomic.using)
        in_test = connection.in_atomic_block and connection.atomic_blocks[0]._from_testcase
        outermost = in_test and len(connection.savepoint_ids) == 1
        refused: DatabaseError | None = None
        if outermost and exc_type is None and not connection.needs_rollback:
            refused = _run(connection, CHECK_NOW)
        if refused is not None:
            original(atomic, type(refused), refused, refused.__traceback__)
        else:
            original(atomic, exc_type, exc_value, traceback)
        if outermost and not connection.needs_rollback:
            _run(connection, FORGET)
        if refused is not None:
            raise refused

    Atomic.__exit__ = leave  # type: ignore[method-assign]
    try:
        yield
    finally:
        Atomic.__exit__ = original  # type: ignore[method-assign]


def _run(connection: Any, statement: str) -> DatabaseError | None:
    if connection.connection is None or connection.connection.closed:
        return None
    try:
        with connection.wrap_database_errors:
            connection.connection.execute(statement)
    except DatabaseError as error:
        return error
    return None
