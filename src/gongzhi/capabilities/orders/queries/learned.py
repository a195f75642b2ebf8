"""By what a county dispatches, and what its learned model makes of an order. Sealed orders are shown to no model."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongzhi.capabilities.orders import rules
from gongzhi.capabilities.orders.learning.features import said
from gongzhi.capabilities.orders.learning.linear import Linear
from gongzhi.capabilities.orders.learning.routing import Routing
from gongzhi.capabilities.orders.models import ModelInUse, TrainedModel
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow.models import Matter

KEPT_SECONDS = 30.0
"""After so long another process's choice of a model is seen here."""
MOST_KEPT = 8


@dataclass(frozen=True)
class InUse:
    """The model of a county as it is used: its number, what it knows, and how sure it must be."""

    number: int
    category: Linear
    routing: Routing | None
    threshold: float


def county_of(region_code: int) -> int:
    """The county whose model speaks for a place."""
    return floor_code(region_code, Level.COUNTY)


def in_use(region_code: int) -> InUse | None:
    """The model by which the county of a place dispatches; None where the words of its pack alone decide."""
    county, now = county_of(region_code), time.monotonic()
    found = _choices.get(county)
    if found is None or found[0] < now:
        row = ModelInUse.objects.filter(region_code=county).values_list("trained_id", "threshold").first()
        found = _choices[county] = (now + KEPT_SECONDS, *(row or (None, 1.0)))
    _until, trained_id, threshold = found
    return _read(trained_id, threshold) if trained_id else None


def forget_choices() -> None:
    """Read anew by what each county dispatches."""
    _choices.clear()


_choices: dict[int, tuple[float, UUID | None, float]] = {}
_models: dict[UUID, tuple[int, Linear, Routing | None]] = {}


def _read(trained_id: UUID, threshold: float) -> InUse | None:
    kept = _models.get(trained_id)
    if kept is None:
        row = TrainedModel.objects.filter(pk=trained_id).first()
        if row is None:
            return None
        routing = Routing.of_bytes(bytes(row.routing)) if row.routing else None
        kept = (row.number, Linear.of_bytes(bytes(row.content)), routing)
        if len(_models) >= MOST_KEPT:
            _models.clear()
        _models[trained_id] = kept
    return InUse(*kept, threshold)


def opinion(text: str, matter: Matter, *, categories: Collection[str]) -> rules.Opinion | None:
    """What the learned model takes an order to be about, among the categories of its kind; None where none speaks."""
    model = in_use(matter.region_code) if matter.sealed_to is None and text.strip() else None
    if model is None:
        return None
    whole = said(text)
    shares = model.category.probabilities(whole)
    chosen = int(shares.argmax())
    category = model.category.classes[chosen]
    words = tuple(word for word, _weight in model.category.reasons(whole, chosen))
    return rules.Opinion(
        category=category,
        certainty=round(float(shares[chosen]), 3),
        words=words,
        threshold=model.threshold,
        fits=category in categories,
    )


def likely_posts(matter: Matter, *, category: str, among: Collection[UUID]) -> dict[UUID, float]:
    """How often such orders were taken by each of the posts, as the model of the county learned it."""
    model = in_use(matter.region_code) if matter.sealed_to is None else None
    if model is None or model.routing is None:
        return {}
    facts = facts_of(
        kind=matter.kind, category=category, source=matter.source, region_code=matter.region_code
    )
    ranked = model.routing.ranked(facts, among={str(post) for post in among})
    return {UUID(post): share for post, share in ranked}


def facts_of(*, kind: str, category: str, source: str, region_code: int) -> dict[str, str]:
    """What is known of an order when somebody must be found for it: no words and no person."""
    places: dict[str, Any] = {
        "town": floor_code(region_code, Level.TOWNSHIP),
        "village": floor_code(region_code, Level.VILLAGE),
    }
    return {
        "kind": kind,
        "category": category,
        "source": source,
        **{name: str(code) for name, code in places.items()},
        "category_town": f"{category}/{places['town']}",
    }
