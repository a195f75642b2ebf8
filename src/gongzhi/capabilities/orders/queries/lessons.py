"""What a county's dispatch can learn from: its own orders as they stand now. What is erased or sealed is not read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from gongzhi.capabilities.orders.models import OrderWords
from gongzhi.capabilities.orders.queries.learned import facts_of
from gongzhi.core.people.models import Post
from gongzhi.core.regions.rules import Level, interval
from gongzhi.workflow.models import Matter

MOST = 20_000
"""The newest so many orders are learned from."""
MOST_ERASED = 1_000
LEAST_OF_CATEGORY = 8
LEAST_OF_POST = 5
SAID_BY = ("desk", "words", "learned", "both")
NO_EXAMPLE = ("not_ours", "duplicate", "withdrawn")


@dataclass(frozen=True)
class Lessons:
    """Texts with their categories, and orders with the posts that took them. `corrected`: so many by the desk."""

    texts: Sequence[tuple[str, str]]
    routes: Sequence[tuple[dict[str, str], str]]
    corrected: int
    rare: dict[str, int]
    erased: list[str]
    as_of: UUID | None

    def taught(self) -> dict[str, Any]:
        """What a model was taught by these, in counts and ids."""
        return {
            "texts": len(self.texts),
            "by_category": dict(sorted(Counter(category for _text, category in self.texts).items())),
            "corrected": self.corrected,
            "routes": len(self.routes),
            "left_out": self.rare,
            "erased": self.erased,
            "as_of": str(self.as_of) if self.as_of else None,
        }


def lessons_of(county: int) -> Lessons:
    """What the orders of a county teach: categories that the desk named, or that nobody changed until the order was
    closed as the county's own; posts that carried such orders to their end. The actor sees which orders those are.
    """
    low, high = interval(county, Level.COUNTY)
    words = OrderWords.objects.filter(sealed=False, region_code__gte=low, region_code__lte=high)
    erased = words.filter(erased_at__isnull=False).order_by("-recorded_at").values_list("order_id", flat=True)
    standing = list(_standing(words).select_related("order").order_by("-recorded_at", "-order_id")[:MOST])
    matters = _matters([each.order_id for each in standing])
    known = [each for each in standing if each.order_id in matters]
    counts = Counter(each.order.category for each in known)
    kept = [each for each in known if counts[each.order.category] >= LEAST_OF_CATEGORY]
    return Lessons(
        texts=[(f"{each.title} {each.text}", each.order.category) for each in kept],
        routes=_routes([(matters[each.order_id], each.order.category) for each in known]),
        corrected=sum(each.order.category_by == "desk" for each in kept),
        rare={category: n for category, n in sorted(counts.items()) if n < LEAST_OF_CATEGORY},
        erased=[str(each) for each in erased[:MOST_ERASED]],
        as_of=max((each.order.event_id for each in known), default=None),
    )


def _standing(words: QuerySet[OrderWords]) -> QuerySet[OrderWords]:
    ended = Matter.objects.filter(pk=OuterRef("order_id"), closed_at__isnull=False)
    said = Q(order__category_by="desk") | Q(
        Exists(ended.exclude(outcome__in=NO_EXAMPLE)), order__category_by__in=SAID_BY
    )
    return words.filter(said, erased_at__isnull=True).exclude(title="", text="")


def _matters(ids: list[UUID]) -> dict[UUID, Matter]:
    """The matters of those ids that are neither sealed nor set aside."""
    found: dict[UUID, Matter] = {}
    for start in range(0, len(ids), 1000):
        open_to_learn = Matter.objects.filter(
            pk__in=ids[start : start + 1000], sealed_to__isnull=True, quarantined=False
        )
        fields = ("kind", "source", "region_code", "holder_id", "closed_at", "outcome")
        found |= {each.id: each for each in open_to_learn.only(*fields).order_by("id")}
    return found


def _routes(orders: list[tuple[Matter, str]]) -> list[tuple[dict[str, str], str]]:
    """The orders that a post carried to their end, where that post still stands and took enough of them."""
    ended = [(matter, category) for matter, category in orders if matter.holder_id and matter.closed_at]
    ended = [each for each in ended if each[0].outcome not in NO_EXAMPLE]
    counts = Counter(matter.holder_id for matter, _category in ended)
    often = [post for post, n in counts.items() if post is not None and n >= LEAST_OF_POST]
    standing = set(
        Post.objects.filter(pk__in=often, valid_to__isnull=True).order_by().values_list("id", flat=True)
    )
    return [
        (
            facts_of(
                kind=matter.kind, category=category, source=matter.source, region_code=matter.region_code
            ),
            str(matter.holder_id),
        )
        for matter, category in ended
        if matter.holder_id in standing
    ]
