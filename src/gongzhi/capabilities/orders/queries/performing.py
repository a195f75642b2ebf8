"""How well dispatch does in a county, by month: told by the events of its proposals and the corrections of the desk."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.fields.json import KT
from django.db.models.functions import TruncMonth
from django.utils import timezone

from gongzhi.capabilities.orders.models import Lesson
from gongzhi.capabilities.orders.queries.paging import PAGE
from gongzhi.core.events.models import Event
from gongzhi.core.regions.rules import Level, interval
from gongzhi.workflow.models import Matter

DAYS = 366
DECIDED = Q(data__by__in=["words", "learned", "both"]) | Q(data__sure=True)
"""Until version 0.2 an event said only whether the words were sure."""
CATEGORY_CHANGED = ~Q(category=F("proposed_category"))
HOLDER_CHANGED = Q(proposed_holder__isnull=False) & ~Q(holder=F("proposed_holder"))
WHAT = {
    "proposed": Q(),
    "accepted": Q(decided=True, corrected=False),
    "corrected": Q(decided=True, corrected=True),
    "abstained": Q(decided=False),
    "moved": Q(moved=True),
}
"""What can be counted and opened: each figure and its records come from the same rows."""


@dataclass(frozen=True)
class Done:
    """Of the orders that dispatch looked at: how many it decided and how those fared, and how many it left to a person.

    `moved`: the desk chose another post than the one proposed.
    """

    proposed: int = 0
    accepted: int = 0
    corrected: int = 0
    abstained: int = 0
    moved: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    @property
    def right(self) -> float | None:
        """The share of what it decided that nobody corrected; none where it decided nothing."""
        decided = self.accepted + self.corrected
        return self.accepted / decided if decided else None

    @property
    def left(self) -> float | None:
        """The share that it left to a person."""
        return self.abstained / self.proposed if self.proposed else None


@dataclass(frozen=True)
class Performance:
    """By month (the newest first) and by category (the most frequent first)."""

    months: list[tuple[date, Done]]
    categories: list[tuple[str, Done]]


def performance(county: int) -> Performance:
    """How dispatch did in a county in the past year, as far as the actor may see its orders. One statement."""
    rows = _considered(county, since=timezone.now() - timedelta(days=DAYS))
    counts = {name: Count("thread", filter=what or None, distinct=True) for name, what in WHAT.items()}
    grouped = rows.annotate(month=TruncMonth("recorded_at"), category=KT("data__category"))
    months: defaultdict[date, Done] = defaultdict(Done)
    categories: defaultdict[str, Done] = defaultdict(Done)
    rows_of_figures: Any = grouped.values("month", "category").annotate(**counts).order_by()
    for row in rows_of_figures:
        done = Done(**{name: row[name] for name in WHAT})
        months[timezone.localdate(row["month"])] += done
        categories[row["category"]] += done
    return Performance(
        months=sorted(months.items(), reverse=True),
        categories=sorted(categories.items(), key=lambda each: (-each[1].proposed, each[0])),
    )


def orders_behind(
    county: int, what: str, *, month: date | None = None, category: str = "", after: UUID | None = None
) -> tuple[list[Matter], UUID | None]:
    """The orders that a figure counts, newest first, and the key of the next page. Refuses (KeyError) no figure."""
    rows = _considered(county, since=timezone.now() - timedelta(days=DAYS)).filter(WHAT[what])
    if month is not None:
        rows = rows.filter(recorded_at__year=month.year, recorded_at__month=month.month)
    if category:
        rows = rows.filter(data__category=category)
    if after is not None:
        rows = rows.filter(id__lt=after)
    found = list(rows.order_by("-id").values_list("id", "thread")[: PAGE + 1])
    threads = [thread for _id, thread in found[:PAGE]]
    matters: dict[Any, Matter] = Matter.objects.in_bulk(threads)
    listed = [matters[thread] for thread in dict.fromkeys(threads) if thread in matters]
    return listed, found[PAGE - 1][0] if len(found) > PAGE else None


def _considered(county: int, *, since: datetime) -> QuerySet[Event]:
    """The proposals of a county, each with whether dispatch decided and whether the desk corrected it."""
    low, high = interval(county, Level.COUNTY)
    lessons = Lesson.objects.filter(order_id=OuterRef("thread"))
    events = Event.objects.filter(
        name="order.considered", region_code__gte=low, region_code__lte=high, recorded_at__gte=since
    )
    return events.annotate(
        decided=Case(When(DECIDED, then=True), default=False, output_field=BooleanField()),
        corrected=Exists(lessons.filter(CATEGORY_CHANGED)),
        moved=Exists(lessons.filter(HOLDER_CHANGED)),
    )
