"""Lists of orders, quick and bounded at any size: keyset paging, capped totals, search by bigrams."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gongzhi.capabilities.orders.models import Order, OrderContact
from gongzhi.capabilities.orders.queries.paging import MOST_COUNTED, PAGE, Page, Turn, counted
from gongzhi.capabilities.orders.queries.reading import erased_words
from gongzhi.capabilities.orders.queries.searching import Search, found
from gongzhi.core.command.people import note_reading
from gongzhi.core.people.cipher import blind_indexes
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import WORK_DONE

Key = tuple[datetime, UUID]

MOST_FOUND = 500
"""Of the orders found by words so many, the newest, are put in order of due time."""


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
    raised: bool = False
    overseen: bool = False
    open_only: bool = False
    quarantined: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "newest"
    after: Key | None = None
    before: Key | None = None

    @property
    def narrowing(self) -> dict[str, Any]:
        """What narrows a search beside words, place and dates, as it is asked for."""
        said = {
            name: getattr(self, name)
            for name in ("state", "kind", "category", "source")
            if getattr(self, name)
        }
        said |= {name: True for name in ("unheld", "open_only") if getattr(self, name)}
        if self.holder is not None:
            said["holder"] = str(self.holder)
        if self.quarantined is not None:
            said["quarantined"] = self.quarantined
        if self.overdue:
            said["overdue"] = list(WORK_DONE)
        return said | ({"due": True} if self.sort == "due" else {})


@dataclass(frozen=True)
class Listed:
    """One row of a list."""

    matter: Matter
    order: Order
    title: str
    place: str


@dataclass(frozen=True)
class ListPage(Page[Listed, Key]):
    """A page of orders, and the name of the place that narrows the list."""

    place: str = ""


def orders_listed(actor: Actor, filters: Filters, *, limit: int = PAGE, count: bool = True) -> ListPage:
    """One page of the orders that the actor may see. Five statements at most, whatever the table holds."""
    ids = _numbered(filters)
    most = MOST_COUNTED + 1 if count else None
    if filters.text.strip() and not ids:
        rows, total = _by_words(actor, filters, limit=limit, most=most)
    else:
        narrow = _narrowed(filters, ids)
        rows = list(_beyond(_ordered(narrow, filters), filters).select_related("holder")[: limit + 1])
        total = counted(narrow) if count else 0
    turn = Turn(filters.after, filters.before, limit)
    page = turn.page(rows, key=lambda row: _key(row, filters), counted=total)
    listed, place = _told(page.rows, filters.place)
    return ListPage(listed, page.next, page.previous, page.total, page.capped, place=place)


def _by_words(actor: Actor, filters: Filters, *, limit: int, most: int | None) -> tuple[list[Matter], int]:
    """What is found by words: the newest, page by page; or the newest MOST_FOUND in order of due time."""
    if filters.sort != "due" and not (filters.raised or filters.overseen):
        ids, total = found(_search(actor, filters), limit + 1, most=most)
        matters = Matter.objects.select_related("holder").in_bulk(ids)
        return [matters[each] for each in ids if each in matters], total
    ids, total = found(_search(actor, filters, whole=True), MOST_FOUND, most=most)
    narrow = Matter.objects.filter(_called_on(filters), id__in=ids)
    ordered = _beyond(_ordered(narrow, filters), filters)
    return list(ordered.select_related("holder")[: limit + 1]), total


def narrowed(actor: Actor, filters: Filters) -> QuerySet[Matter]:
    """The matters of a list, without order or page; of those found by words the newest MOST_FOUND.

    A place narrows by BETWEEN, so that the B-tree serves.
    """
    ids = _numbered(filters)
    if filters.text.strip() and not ids:
        ids = found(_search(actor, filters, whole=True), MOST_FOUND)[0]
        return Matter.objects.filter(_called_on(filters), id__in=ids)
    return _narrowed(filters, ids)


def _narrowed(filters: Filters, ids: list[UUID]) -> QuerySet[Matter]:
    narrow = Matter.objects.filter(_conditions(filters), subject="orders")
    for column in ("state", "kind", "source", "holder", "quarantined"):
        value = getattr(filters, column)
        if value not in ("", None):
            narrow = narrow.filter(**{column: value})
    if filters.place is not None:
        reach = regions.reach(*filters.place)
        narrow = narrow.filter(reduce(or_, (Q(region_code__range=each) for each in reach)))
    if filters.category:
        narrow = narrow.filter(id__in=Order.objects.filter(category=filters.category).values("id"))
    return narrow.filter(id__in=ids) if ids else narrow


def _search(actor: Actor, filters: Filters, *, whole: bool = False) -> Search:
    """The search of a list: from its page on, or as a whole."""
    search = replace(
        Search.of(actor, filters.text, chosen=filters.place),
        since=filters.since,
        until=filters.until,
        narrowing=filters.narrowing,
    )
    if whole:
        return search
    return replace(search, key=filters.before or filters.after, back=filters.before is not None)


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
    condition = _called_on(filters)
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


def _called_on(filters: Filters) -> Q:
    """Open orders for which a level above was called on, or whose holder owes an answer to an oversight order."""
    condition = Q()
    if filters.raised:
        raised = Round.objects.filter(matter=OuterRef("pk"), raised_to__isnull=False, closed_at__isnull=True)
        condition &= Q(Exists(raised), closed_at__isnull=True)
    if filters.overseen:
        owed = Task.objects.filter(matter=OuterRef("pk"), what="answer_oversight", done_at__isnull=True)
        condition &= Q(Exists(owed), closed_at__isnull=True)
    return condition


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
    return _told(rows, None)[0]


def _told(rows: list[Matter], chosen: tuple[int, int] | None) -> tuple[list[Listed], str]:
    """Matters as `with_words` tells them, and the name of a place."""
    ids = [row.id for row in rows]
    orders: dict[UUID, Order] = {
        order.id: order for order in Order.objects.filter(id__in=ids).select_related("words")
    }
    codes = [row.region_code for row in rows] + ([chosen[0]] if chosen else [])
    places = regions.labels(codes) if codes else {}
    listed = [
        Listed(row, orders[row.id], _title(orders[row.id]), places.get(row.region_code, ""))
        for row in rows
        if row.id in orders
    ]
    return listed, places.get(chosen[0], "") if chosen else ""


def _title(order: Order) -> str:
    words: Any = getattr(order, "words", None)
    if words is None:
        return ""
    if words.erased_at is not None:
        return erased_words()
    return str(words.title or words.text)[:60]
