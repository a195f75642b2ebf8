"""Training a county's dispatch on its own orders: read, learn (outside any transaction), keep, use if no worse.

Needs the extra `learn`. Without it nothing is trained, what was trained elsewhere is still used, and the words of the
pack decide as ever.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from gongzhi.capabilities.orders.commands.learning import Trained, keep_model, use_model
from gongzhi.capabilities.orders.learning import training
from gongzhi.capabilities.orders.learning.calibration import curve
from gongzhi.capabilities.orders.learning.features import said
from gongzhi.capabilities.orders.learning.routing import fit_routing
from gongzhi.capabilities.orders.models import ModelInUse, TrainedModel
from gongzhi.capabilities.orders.queries.lessons import Lessons, lessons_of
from gongzhi.core.permissions.actor import enter_as_system

LEAST_TEXTS = 60
LEAST_ROUTES = 50
AGAIN_AFTER = 20
"""So many new or gone lessons make it worth while to learn anew."""
WORSE = 0.01
"""By so much may a new model's macro-F1 lie below that of the one in use: chance alone does as much."""
THRESHOLDS = [round(0.3 + 0.05 * step, 2) for step in range(14)] + [0.98]


@dataclass(frozen=True)
class Told:
    """What training came to: the version kept (if any), whether it is used now, and the reason in a word."""

    why: str
    number: int | None = None
    used: bool = False
    figures: dict[str, Any] | None = None


def train_county(platform: UUID, county: int, *, anyway: bool = False) -> Told:
    """Train a county's model as its platform post; `anyway`: even where hardly anything is new.

    Why not: `no_extra` (scikit-learn is not installed), `few` (too few lessons), `nothing_new`; `worse`: kept, and not
    used. What was taught with words that are erased now is replaced even by what is worse.
    """
    if not training.available():
        return Told("no_extra")
    with enter_as_system(platform):
        lessons = lessons_of(county)
        used = _used(county)
    if len(lessons.texts) < LEAST_TEXTS or len({category for _text, category in lessons.texts}) < 2:
        return Told("few")
    forgotten = used is not None and _forgotten(lessons, used)
    if used is not None and not (anyway or forgotten or _moved(lessons, used)):
        return Told("nothing_new")
    trained = learned_from(lessons)
    worse = used is not None and trained.figures["macro_f1"] < used.figures["macro_f1"] - WORSE
    with enter_as_system(platform) as actor:
        number = keep_model(actor=actor, county=county, trained=trained)["number"]
    if worse and not forgotten:
        return Told("worse", number, figures=trained.figures)
    with enter_as_system(platform) as actor:
        use_model(actor=actor, county=county, number=number)
    return Told("trained", number, used=True, figures=trained.figures)


def learned_from(lessons: Lessons) -> Trained:
    """A model of those lessons with its figures out of fold. Pure computing: no database is asked."""
    classes = tuple(sorted({category for _text, category in lessons.texts}))
    corpus = training.Corpus.of(said(text) for text, _category in lessons.texts)
    truth = np.array([classes.index(category) for _text, category in lessons.texts], dtype=np.int64)
    taught = training.Taught(np.arange(corpus.size), truth, classes)
    learned = training.learn(corpus, taught, alike=training.alike_in(corpus))
    points = curve(learned.shares, truth, thresholds=THRESHOLDS)
    figures: dict[str, Any] = {
        **learned.figures(),
        "curve": [[each.threshold, round(each.coverage, 4), _rounded(each.precision)] for each in points],
        "categories": _by_category(learned),
    }
    routing = None
    if len(lessons.routes) >= LEAST_ROUTES and len({post for _facts, post in lessons.routes}) > 1:
        routing = fit_routing(lessons.routes).as_bytes()
        figures["routing"] = _routing_figures(lessons)
    return Trained(learned.model.as_bytes(), routing, lessons.taught(), figures)


def _by_category(learned: training.Learned) -> list[list[Any]]:
    """Of each category: how many, what share of what was told so is right, and what share of it was found."""
    said_so = learned.shares.argmax(axis=1)
    found = []
    for at, category in enumerate(learned.model.classes):
        right = int(((said_so == at) & (learned.truth == at)).sum())
        told, there = int((said_so == at).sum()), int((learned.truth == at).sum())
        found.append([category, there, _rounded(right / told if told else None), _rounded(right / there)])
    return found


def _routing_figures(lessons: Lessons) -> dict[str, Any]:
    """Top-1 and top-3 on the newest fifth, learned from what came before it. The lessons come newest first."""
    cut = len(lessons.routes) // 5
    newest, before = lessons.routes[:cut], lessons.routes[cut:]
    if len({post for _facts, post in before}) < 2:
        return {"orders": len(lessons.routes)}
    model = fit_routing(before)
    ranked = [[post for post, _s in model.ranked(facts, among=set(model.posts))] for facts, _post in newest]
    pairs = list(zip(ranked, (post for _facts, post in newest), strict=True))
    return {
        "orders": len(lessons.routes),
        "top_1": _rounded(sum(line[0] == post for line, post in pairs) / len(pairs)),
        "top_3": _rounded(sum(post in line for line, post in pairs) / len(pairs)),
    }


def _used(county: int) -> TrainedModel | None:
    found = ModelInUse.objects.filter(region_code=county).select_related("trained").first()
    return found.trained if found else None


def _moved(lessons: Lessons, used: TrainedModel) -> bool:
    texts, corrected = int(used.taught["texts"]), int(used.taught["corrected"])
    return abs(len(lessons.texts) - texts) + abs(lessons.corrected - corrected) >= AGAIN_AFTER


def _forgotten(lessons: Lessons, used: TrainedModel) -> bool:
    """Whether words were erased since the model in use was taught."""
    return bool(set(lessons.erased) - set(used.taught["erased"]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
