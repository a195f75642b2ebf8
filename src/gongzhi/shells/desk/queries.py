"""Reading what belongs to those who sit at the desk; row-level security shows each his own alone."""

import hashlib
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import connection

from gongzhi.shells.desk.models import CalendarFeed, PostReply, SavedView


def views_of(page: str) -> list[SavedView]:
    """The actor's own views of a list, in their order."""
    return list(SavedView.objects.filter(page=page, removed_at__isnull=True).order_by("position", "id"))


def replies_of(posts: Iterable[UUID]) -> list[PostReply]:
    """The words that these posts keep, as far as the actor holds them, by step and name."""
    kept = PostReply.objects.filter(post__in=list(posts), removed_at__isnull=True)
    return list(kept.order_by("step", "name", "id"))


def feed_of() -> CalendarFeed | None:
    """The actor's own standing address of a calendar."""
    return CalendarFeed.objects.filter(revoked_at__isnull=True).first()


def feed_hash(token: str) -> str:
    """The digest under which a token is known."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_person(token: str) -> UUID | None:
    """Whose calendar this token opens; None for one that was never told or has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT desk_feed_person(%s)", [feed_hash(token)])
        found: UUID | None = cursor.fetchone()[0]
    return found


def own_asked(month: date) -> dict[str, int]:
    """How often the actor sent what, in the month of that day, by event. Nobody else is ever told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, times FROM desk_own_asked(%s, %s)", [month, settings.TIME_ZONE])
        return dict(cursor.fetchall())


def unit_asked(month: date) -> dict[int, dict[str, int]]:
    """The same by township (and for the county's own posts), in a month that is over, for whoever sees the county.

    A form that fewer than five posts of a unit sent is not told of.
    """
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT unit, name, times FROM desk_unit_asked(%s, %s)", [month, settings.TIME_ZONE])
        for unit, name, times in cursor.fetchall():
            found.setdefault(unit, {})[name] = times
    return found
