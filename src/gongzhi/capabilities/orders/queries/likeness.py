"""Orders that may be the same: looked for in the reader's scope, and set side by side with the reasons."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from gongzhi.capabilities.orders.likeness import DAYS, Likeness, Side, likest
from gongzhi.capabilities.orders.models import Order, OrderWords, Photo
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level, floor_code, interval
from gongzhi.workflow.leading import Leading, led_by
from gongzhi.workflow.models import Matter

MOST_READ = 60
"""So many candidates, those that share most words or a photo, are scored."""
MOST_SHOWN = 5
MOST_LED = 50


@dataclass(frozen=True)
class Compared:
    """One order of a comparison, with what is shown of it; `likeness` is None for the order itself."""

    matter: Matter
    place: str
    title: str
    text: str
    place_text: str
    photos: list[Photo]
    category: str
    likeness: Likeness | None = None


@dataclass(frozen=True)
class Comparison:
    """An order beside those that may be the same. `leading`: what it was merged into; `led`: what was into it."""

    own: Compared
    others: list[Compared]
    leading: Leading | None
    led: list[Matter]


def comparison(actor: Actor, matter: Matter) -> Comparison:
    """The order, what may be the same as it, and what it was merged with. A sealed one is compared with nothing."""
    alone = matter.sealed_to is not None or matter.leading is not None
    candidates = {} if alone else _candidates(matter)
    rows = _rows([matter.id, *candidates])
    best: list[tuple[UUID, Likeness]] = []
    if candidates and matter.id in rows.words:
        best = likest(rows.side(matter), candidates, most=MOST_SHOWN)
    matters = Matter.objects.in_bulk([key for key, _score in best]) if best else {}
    kept = [(matters[key], score) for key, score in best if key in matters]
    places = regions.labels({matter.region_code, *(each.region_code for each, _score in kept)})
    return Comparison(
        own=rows.compared(matter, places=places),
        others=[rows.compared(each, places=places, likeness=score) for each, score in kept],
        leading=led_by(matter),
        led=merged_into(matter),
    )


def merged_into(matter: Matter) -> list[Matter]:
    """The orders that were merged into this one and that the reader may see."""
    return list(Matter.objects.filter(leading=matter.id).order_by("recorded_at", "id")[:MOST_LED])


@dataclass(frozen=True)
class Rows:
    """What is known of some orders, by id."""

    words: dict[UUID, OrderWords]
    orders: dict[UUID, Order]
    photos: dict[UUID, list[Photo]]

    def side(self, matter: Matter) -> Side:
        """The order as it is compared."""
        words, order = self.words[matter.id], self.orders[matter.id]
        return _side(
            words.bigrams,
            matter.region_code,
            at=matter.recorded_at,
            category=order.category,
            point=(order.lon, order.lat),
            photos=[each.sha256 for each in self.photos[matter.id]],
        )

    def compared(
        self, matter: Matter, *, places: dict[int, str], likeness: Likeness | None = None
    ) -> Compared:
        """The order as it is shown."""
        words, order = self.words.get(matter.id), self.orders.get(matter.id)
        gone = words is None or words.erased_at is not None
        return Compared(
            matter=matter,
            place=places.get(matter.region_code, ""),
            title="" if words is None or gone else words.title,
            text="" if words is None or gone else words.text,
            place_text="" if words is None or gone else words.place_text,
            photos=self.photos[matter.id],
            category=order.category if order else "",
            likeness=likeness,
        )


def _rows(ids: list[UUID]) -> Rows:
    photos: dict[UUID, list[Photo]] = defaultdict(list)
    for photo in Photo.objects.filter(order__in=ids, erased_at__isnull=True).order_by("id"):
        photos[photo.order_id].append(photo)
    words = {each.order_id: each for each in OrderWords.objects.filter(order__in=ids)}
    return Rows(words, Order.objects.in_bulk(ids), photos)


def _candidates(matter: Matter) -> dict[UUID, Side]:
    """What shares words or a photo within the township and three months, a bounded number of them."""
    low, high = interval(floor_code(matter.region_code, Level.TOWNSHIP), Level.TOWNSHIP)
    around = timedelta(days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, grams, region_code, recorded_at, category, lon, lat, photos "
            "FROM orders_alike(%s, %s, %s, %s, %s, %s)",
            [matter.id, low, high, matter.recorded_at - around, matter.recorded_at + around, MOST_READ],
        )
        found = cursor.fetchall()
    return {
        key: _side(grams, code, at=at, category=category, point=(lon, lat), photos=photos)
        for key, grams, code, at, category, lon, lat, photos in found
    }


def _side(
    grams: Iterable[str],
    region_code: int,
    *,
    at: datetime,
    category: str,
    point: tuple[float | None, float | None],
    photos: Iterable[str],
) -> Side:
    lon, lat = point
    return Side(
        grams=frozenset(grams),
        region_code=region_code,
        at=at,
        category=category,
        point=(lon, lat) if lon is not None and lat is not None else None,
        photos=frozenset(photos),
    )
