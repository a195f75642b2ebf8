"""Lists of orders, quick and bounded at any size: keyset paging, capped totals, search by bigrams."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from gongzhi.capabilities.orders.models import Order, OrderContact
from gongzhi.capabilities.orders.queries.reading import erased_words
from gongzhi.capabilities.orders.queries.searching import (
    Search,
    newest_found,
    number_found,
    oldest_found,
)
from gongzhi.core.command.people import note_reading
from gongzhi.core.people.cipher import blind_indexes
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import interval
from gongzhi.workflow.models import Matter
from gongzhi.workflow.queries import WORK_DONE

Key = tuple[datetime, UUID]

PAGE = 50
MOST_COUNTED = 1000
MOST_COUNTED_BY_WORDS = 200
"""To count what words find, each find must be looked at: few tell as much as many."""
MOST_FOUND = 500
"""Of the orders found by words so many are looked at where something else narrows them too."""
AT_ONE_MOMENT = 10
"""So many more than a page are asked for, since the last page's last moment is asked for again."""
NEXT_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Filters:
    """What narrows a list. `sort`: `newest` or `due`.

    `after`: the key of the last row seen, for the next page; `before`: that of the first, to turn back.
    """

    state: str = ""
    kind: str = ""
    category: str = ""
    source: str = ""
    place: tuple[int, int] | None = None
    text: str = ""
    holder: UUID | None = None
    unheld: bool = False
    overdue: bool = False
    open_only: bool = False
    quarantined: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "newest"
    after: Key | None = None
    before: Key | None = None

    @property
    def only_words(self) -> bool:
        """Whether nothing narrows the list but words, place and dates: then the search alone makes the page."""
        rest = replace(self, text="", place=None, since=None, until=None, after=None, before=None)
        return rest == Filters()


@dataclass(frozen=True)
class Listed:
    """One row of a list."""

    matter: Matter
    order: Order
    title: str
    place: str


@dataclass(frozen=True)
class Page:
    """One page, the keys to the next one and the one before, and how many there are (`capped`: or more)."""

    rows: list[Listed] = field(default_factory=list)
    next: Key | None = None
    previous: Key | None = None
    total: int = 0
    capped: bool = False


def orders_listed(actor: Actor, filters: Filters, *, limit: int = PAGE, count: bool = True) -> Page:
    """One page of the orders that the actor may see. Six statements at most, whatever the table holds."""
    spoken = bool(filters.text.strip())
    most = MOST_COUNTED_BY_WORDS if spoken else MOST_COUNTED
    found_by_words = _searched(actor, filters, most=_looked_at(filters, limit)) if spoken else None
    found = _narrowed(filters, _of_page(filters, found_by_words, limit=limit))
    rows = list(_beyond(_ordered(found, filters), filters).select_related("holder")[: limit + 1])
    page, more, back = rows[:limit], len(rows) > limit, filters.before is not None
    if back:
        page.reverse()
    total = 0
    if count and filters.only_words and spoken:
        total = _total_found(actor, filters, ids=found_by_words or [])
    elif count:
        total = found.order_by()[: most + 1].count()
    return Page(
        rows=with_words(page),
        next=_key(page[-1], filters) if page and (more or back) else None,
        previous=_key(page[0], filters) if page and (more if back else filters.after) else None,
        total=min(total, most),
        capped=total > most,
    )


def narrowed(actor: Actor, filters: Filters) -> QuerySet[Matter]:
    """The matters of a list, without order or page; of those found by words, the MOST_FOUND nearest to the page."""
    return _narrowed(filters, _searched(actor, filters, most=MOST_FOUND) if filters.text.strip() else None)


def _narrowed(filters: Filters, found_by_words: list[UUID] | None) -> QuerySet[Matter]:
    """A place narrows by BETWEEN, so that the B-tree serves."""
    found = Matter.objects.filter(subject="orders")
    for column in ("state", "kind", "source", "holder", "quarantined"):
        value = getattr(filters, column)
        if value not in ("", None):
            found = found.filter(**{column: value})
    if filters.place is not None:
        found = found.filter(region_code__range=interval(*filters.place))
    found = found.filter(_conditions(filters))
    if filters.category:
        found = found.filter(id__in=Order.objects.filter(category=filters.category).values("id"))
    return found if found_by_words is None else found.filter(id__in=found_by_words)


def _looked_at(filters: Filters, limit: int) -> int:
    """How many finds a page needs: itself; on the first one as many as are counted; more where others are left out."""
    if not filters.only_words:
        return MOST_FOUND
    turned = filters.after is not None or filters.before is not None
    return limit + AT_ONE_MOMENT if turned else max(limit, MOST_COUNTED_BY_WORDS) + 1


def _of_page(filters: Filters, ids: list[UUID] | None, *, limit: int) -> list[UUID] | None:
    """Of what was found, in order, as much as a page can show where nothing else narrows it."""
    return ids[: limit + AT_ONE_MOMENT] if ids is not None and filters.only_words else ids


def _total_found(actor: Actor, filters: Filters, *, ids: list[UUID]) -> int:
    """How many orders the words find, on all pages; the first page found them already."""
    if filters.after is None and filters.before is None:
        return len(ids)
    search, _back = _by_words(actor, replace(filters, after=None, before=None))
    return number_found(search, MOST_COUNTED_BY_WORDS + 1) if search.grams else len(ids)


def orders_of_phone(actor: Actor, phone: str, *, reason: str) -> list[Listed]:
    """The visible orders whose resident left this telephone, by exact match; the look-up is logged.

    Refuses a look-up without a reason.
    """
    place = (actor.with_right("work_matters") or actor.posts)[0].region_code
    note_reading(actor, reason=reason, fields=["phone_search"], region_code=place)
    contacts = OrderContact.objects.filter(phone_index__in=blind_indexes(phone), erased_at__isnull=True)
    ids = list(contacts.values_list("order_id", flat=True)[:PAGE])
    rows = Matter.objects.filter(id__in=ids).select_related("holder").order_by("-recorded_at", "-id")
    return with_words(list(rows))


def _conditions(filters: Filters) -> Q:
    condition = Q()
    if filters.unheld:
        condition &= Q(holder__isnull=True, closed_at__isnull=True)
    if filters.overdue:
        condition &= Q(closed_at__isnull=True, due_at__lt=timezone.now()) & ~Q(state__in=WORK_DONE)
    if filters.open_only:
        condition &= Q(closed_at__isnull=True)
    if filters.since:
        condition &= Q(recorded_at__gte=filters.since)
    if filters.until:
        condition &= Q(recorded_at__lt=filters.until)
    return condition


def _by_words(actor: Actor, filters: Filters) -> tuple[Search, bool]:
    """The search of a list, as far as its page has got, and whether it turns back."""
    place = interval(*filters.place) if filters.place else None
    search = Search.of(actor, filters.text, place=place)
    search = replace(search, since=filters.since or search.since, until=filters.until or search.until)
    if filters.sort == "due":
        return search, False
    if filters.before is not None:
        return replace(search, since=max(search.since, filters.before[0])), True
    if filters.after is not None:
        return replace(search, until=min(search.until, filters.after[0] + NEXT_MOMENT)), False
    return search, False


def _searched(actor: Actor, filters: Filters, *, most: int) -> list[UUID]:
    """The ids found by number, else by words, the nearest to the page first."""
    by_number = _numbered(filters)
    search, back = _by_words(actor, filters)
    if by_number or not search.grams:
        return by_number
    return oldest_found(search, most) if back else newest_found(search, most)


def _numbered(filters: Filters) -> list[UUID]:
    """The order of that number; every number has digits."""
    if not any(letter.isdigit() for letter in filters.text):
        return []
    return list(Matter.objects.filter(number=filters.text.strip().upper()).values_list("id", flat=True))


def _ordered(found: QuerySet[Matter], filters: Filters) -> QuerySet[Matter]:
    if filters.sort == "due":
        return found.filter(closed_at__isnull=True, due_at__isnull=False).order_by("due_at", "id")
    return found.order_by("-recorded_at", "-id")


def _beyond(ordered: QuerySet[Matter], filters: Filters) -> QuerySet[Matter]:
    """What lies after the key; before it, nearest first, where one turns back."""
    if filters.before is not None:
        rising = filters.sort != "due"
        return _past(ordered.reverse(), filters.before, filters=filters, rising=rising)
    if filters.after is not None:
        return _past(ordered, filters.after, filters=filters, rising=filters.sort == "due")
    return ordered


def _past(ordered: QuerySet[Matter], key: Key, *, filters: Filters, rising: bool) -> QuerySet[Matter]:
    column, sign = "due_at" if filters.sort == "due" else "recorded_at", "gt" if rising else "lt"
    at, row_id = key
    further = Q(**{f"{column}__{sign}": at}) | Q(**{column: at, f"id__{sign}": row_id})
    return ordered.filter(further, **{f"{column}__{sign}e": at})


def _key(row: Matter, filters: Filters) -> Key:
    at = row.due_at if filters.sort == "due" and row.due_at else row.recorded_at
    return at, row.id


def with_words(rows: list[Matter]) -> list[Listed]:
    """Matters with their orders, first words and places, in two statements."""
    ids = [row.id for row in rows]
    orders: dict[UUID, Order] = {
        order.id: order for order in Order.objects.filter(id__in=ids).select_related("words")
    }
    places = regions.labels([row.region_code for row in rows]) if rows else {}
    return [
        Listed(row, orders[row.id], _title(orders[row.id]), places.get(row.region_code, ""))
        for row in rows
        if row.id in orders
    ]


def _title(order: Order) -> str:
    words: Any = getattr(order, "words", None)
    if words is None:
        return ""
    if words.erased_at is not None:
        return erased_words()
    return str(words.title or words.text)[:60]


def next_page(filters: Filters, page: Page) -> Filters | None:
    """The filters of the page after this one."""
    return replace(filters, after=page.next) if page.next else None
