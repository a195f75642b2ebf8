"""What was released to neighbours: offered to who is about to report, and followed by a receipt of one's own."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Length, StrIndex
from django.utils import timezone

from gongzhi.capabilities.orders.likeness import DAYS
from gongzhi.capabilities.orders.models import Follower, OrderContact, ReleasedSummary, ShowConsent
from gongzhi.capabilities.orders.neighbours import Offered, Writing, likest, metres_between
from gongzhi.core.people.models import Person
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level, floor_code, interval
from gongzhi.workflow.models import Matter

MOST_READ = 100
"""So many of the newest that were released in a township are compared."""
COLUMNS = (
    *("id", "version", "at", "number", "kind_id", "region_code", "since", "summary", "merged_into"),
    *("flow_id", "state", "outcome", "due_at", "closed_at", "erased", "steps"),
)


@dataclass(frozen=True)
class Followed:
    """Where an order stands that somebody follows by his receipt; if it was merged, where the leading one stands.

    `id`, `version`: of the follower's own row. `steps`: what was done, and when, oldest first. No words of anybody but
    the summary that the desk released.
    """

    id: UUID
    version: int
    at: datetime
    number: str
    kind_id: UUID
    region_code: int
    since: datetime
    summary: str
    merged_into: str
    flow_id: UUID
    state: str
    outcome: str
    due_at: datetime | None
    closed_at: datetime | None
    erased: bool
    steps: list[tuple[str, datetime]]


@dataclass(frozen=True)
class Neighbours:
    """What the neighbours may know of an order, for its own people: the release, the consent, how many follow."""

    released: ReleasedSummary | None
    consent: ShowConsent | None
    followers: int

    @property
    def standing(self) -> bool:
        """Whether it is offered, unless it was closed, merged or moved since."""
        return (
            self.released is not None and self.released.revoked_at is None and self.released.erased_at is None
        )

    @property
    def consents(self) -> bool:
        """Whether the reporter lets words and photos be shown."""
        return self.consent is not None and self.consent.given


def offered_near(actor: Actor, writing: Writing) -> list[Offered]:
    """What was released in the township and may be what the resident means; his own is not among it."""
    found = likest(writing, released_near(writing.region_code), now=timezone.now())
    return [replace(each, metres=metres_between(writing.point, each.point)) for each in found]


def released_near(region_code: int) -> list[Offered]:
    """All that is offered in the township now, the newest releases first, a bounded number."""
    low, high = interval(floor_code(region_code, Level.TOWNSHIP), Level.TOWNSHIP)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, matter_id, kind, kind_id, region_code, lon, lat, since, summary, words, photos "
            "FROM orders_offered(%s, %s, %s, %s)",
            [low, high, timezone.now() - timedelta(days=DAYS), MOST_READ],
        )
        rows = cursor.fetchall()
    return [
        Offered(
            id=key,
            order_id=order_id,
            kind=kind,
            kind_id=kind_id,
            region_code=code,
            point=None if lon is None or lat is None else (float(lon), float(lat)),
            since=since,
            summary=summary,
            words=words,
            photos=tuple(photos),
        )
        for key, order_id, kind, kind_id, code, lon, lat, since, summary, words, photos in rows
    ]


def followed(actor: Actor) -> Followed | None:
    """The order that the presented receipt follows; None for a receipt of another sort."""
    if not actor.receipt:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM orders_followed()")  # noqa: S608 - our own names
        row = cursor.fetchone()
    if row is None:
        return None
    found = dict(zip(COLUMNS, row, strict=True))
    told = found.pop("steps")
    steps = json.loads(told) if isinstance(told, str) else told
    return Followed(**found, steps=[(step, datetime.fromisoformat(at)) for step, at in steps])


def shown_photo(summary_id: UUID, photo_id: UUID) -> str | None:
    """The path of a photo that neighbours may see now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_shown_photo(%s, %s)", [summary_id, photo_id])
        path: str | None = cursor.fetchone()[0]
    return path


def neighbours_of(matter: Matter) -> Neighbours:
    """What the neighbours may know of an order that the reader sees. Its reporter sees no followers."""
    return Neighbours(
        released=ReleasedSummary.objects.filter(order_id=matter.id).first(),
        consent=ShowConsent.objects.filter(order_id=matter.id).first(),
        followers=Follower.objects.filter(order_id=matter.id, stopped_at__isnull=True).count(),
    )


def names_somebody_of(matter: Matter, words: str) -> bool:
    """Whether the words hold the name that the reporter left, or one of the village's register that the reader sees."""
    kept = OrderContact.objects.filter(order_id=matter.id).values_list("name", flat=True).first() or ""
    if len(kept) > 1 and kept in words:
        return True
    village = interval(floor_code(matter.region_code, Level.VILLAGE), Level.VILLAGE)
    register = Person.objects.filter(region_code__range=village).annotate(letters=Length("name"))
    named = register.annotate(found=StrIndex(Value(words), F("name"))).filter(letters__gt=1, found__gt=0)
    return named.exists()
