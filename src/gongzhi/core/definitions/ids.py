"""Identifiers made in Python, so that a row knows its id before any database is asked."""

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A new UUIDv7: unique, and ordered by the time at which it was made."""
    return uuid_utils.compat.uuid7()
