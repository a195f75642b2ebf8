"""What the live process asks of the database: who may listen, and what changed. Runs in threads, under the web role.

Changes are read as the platform's named post of each county, which sees no sealed matter, and of sealed matters as the
post that each is sealed to. Of an event it takes its kind, its place, and who holds the matter; nothing else leaves.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gongzhi.capabilities.orders.jobs import platform_posts, sealed_posts
from gongzhi.capabilities.orders.models import DrillRing
from gongzhi.core.events import reader
from gongzhi.core.events.models import Event
from gongzhi.core.events.reader import Bookmark
from gongzhi.core.permissions.actor import Actor, enter, enter_as_system
from gongzhi.project.accounts import has_proved_twice, must_prove_twice
from gongzhi.project.live_streams import Change, Listener
from gongzhi.ui.audience import shells_of
from gongzhi.workflow.models import Matter

PAGE = 500
JUST_NOW = timedelta(seconds=10)
ALIVE = "gongzhi.live"
ALIVE_SECONDS = 120


def listener_of(session_key: str) -> Listener | None:
    """Who listens under this session; None without one, without a desk or field post, or without a second factor."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = SessionStore(session_key)
    request.user = user = get_user(request)
    person_id = getattr(user, "person_id", None)
    if not user.is_authenticated or person_id is None:
        return None
    with enter(person_id=person_id) as actor:
        if not shells_of(actor) & {"desk", "field"} or _owes_a_factor(request, actor):
            return None
        sealed = frozenset(post.id for post in actor.posts if post.sealed)
        see = tuple(actor.intervals("see_matters"))
        return Listener(str(user.pk), see=see, posts=actor.post_ids, sealed=sealed)


def _owes_a_factor(request: HttpRequest, actor: Actor) -> bool:
    return settings.MFA_REQUIRED_FOR_DESK and must_prove_twice(actor) and not has_proved_twice(request)


def changes(after: Bookmark, *, upto: Bookmark) -> set[Change]:
    """What changed between two bookmarks, each thing once. Refuses (Resync) when the database is another."""
    found: set[Change] = set()
    for post in platform_posts():
        found |= _seen_by(post.id, after, upto=upto, sealed=False)
    for post in sealed_posts():
        found |= _seen_by(post.id, after, upto=upto, sealed=True)
    return found | _drilled()


def _drilled() -> set[Change]:
    """The posts that a drill rang or that were told that it is over, in the last moments: drills belong to no case."""
    found: set[Change] = set()
    since = timezone.now() - JUST_NOW
    for post in platform_posts():
        try:
            with enter_as_system(post.id):
                now = DrillRing.objects.filter(Q(rung_at__gt=since) | Q(drill__ended_at__gt=since))
                for row in now.filter(post__isnull=False).order_by("-id")[:PAGE]:
                    found.add(Change("drill", frozenset({row.region_code}), holder=row.post))
        except ValueError:  # the post does not stand today
            continue
    return found


def _seen_by(post_id: UUID, after: Bookmark, *, upto: Bookmark, sealed: bool) -> set[Change]:
    found: set[Change] = set()
    more = True
    while more:
        try:
            with enter_as_system(post_id):
                page = reader.read(after, upto=upto, most=PAGE)
                found |= set(_told(page.events, sealed_to=post_id if sealed else None))
        except ValueError:  # the post does not stand today
            return found
        after, more = page.bookmark, page.more
    return found


def _told(events: Iterable[Event], *, sealed_to: UUID | None) -> Iterable[Change]:
    """The changes that events tell of matters that are sealed to that post, or to none."""
    threads = {event.thread for event in events if event.thread}
    matters = {row.id: row for row in Matter.objects.filter(id__in=threads, sealed_to=sealed_to)}
    for event in events:
        matter = matters.get(event.thread) if event.thread else None
        if matter is None:
            continue
        places = frozenset({event.region_code or matter.region_code, matter.region_code})
        kind = event.name.partition(".")[0]
        yield Change(kind, places, holder=matter.holder_id, sealed_to=sealed_to)


def say_alive() -> None:
    """Leave word that the live process follows, for `gongzhi doctor`."""
    cache.set(ALIVE, timezone.now().isoformat(), ALIVE_SECONDS)


def is_alive() -> bool:
    """Whether a live process left word within the last minute."""
    said = cache.get(ALIVE)
    at = parse_datetime(said) if said else None
    return at is not None and (timezone.now() - at).total_seconds() < ALIVE_SECONDS / 2
