"""How sure a model may say it is: probabilities that hold, measured on what it was not trained with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]
BINS = 15
SLOPES = np.geomspace(0.1, 30.0, 120)


def softmax(margins: Floats) -> Floats:
    """Margins as shares of one, in each row."""
    powers = np.exp(margins - margins.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def fitted_slope(margins: Floats, truth: Classes) -> float:
    """The factor by which margins become the likeliest probabilities; of margins out of fold only."""
    return float(min(SLOPES, key=lambda slope: _surprise(softmax(margins * slope), truth)))


def _surprise(shares: Floats, truth: Classes) -> float:
    return float(-np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-12)).mean())


def calibration_error(shares: Floats, truth: Classes, *, bins: int = BINS) -> float:
    """The expected calibration error: how far certainty and truth lie apart, over bins of equal width."""
    certain, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    places = np.minimum((certain * bins).astype(int), bins - 1)
    gaps = (
        abs(certain[places == each].mean() - right[places == each].mean()) * (places == each).mean()
        for each in np.unique(places)
    )
    return float(sum(gaps))


@dataclass(frozen=True)
class Point:
    """At a threshold: the share of orders that the model would decide, and the share of those that is right."""

    threshold: float
    coverage: float
    precision: float | None


def curve(shares: Floats, truth: Classes, *, thresholds: Sequence[float]) -> list[Point]:
    """Precision against coverage at each threshold; no precision where nothing would be decided."""
    certain, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    points = []
    for threshold in thresholds:
        decided = certain >= threshold
        precision = float(right[decided].mean()) if decided.any() else None
        points.append(Point(float(threshold), float(decided.mean()) if len(decided) else 0.0, precision))
    return points


def coverage_at(shares: Floats, truth: Classes, *, precision: float) -> tuple[float, float]:
    """The greatest coverage at which so much is right, and its threshold; (0, 1) where none reaches it."""
    order = np.argsort(-shares.max(axis=1), kind="stable")
    certain = shares.max(axis=1)[order]
    right = (shares.argmax(axis=1) == truth)[order].cumsum() / np.arange(1, len(truth) + 1)
    whole_ties = np.append(certain[1:] != certain[:-1], True)
    reached = np.flatnonzero((right >= precision) & whole_ties)
    if not len(reached):
        return 0.0, 1.0
    return float((reached[-1] + 1) / len(truth)), float(certain[reached[-1]])


def macro_f1(said: Classes, truth: Classes, *, classes: int) -> float:
    """The mean over the classes that occur of the harmonic mean of precision and recall."""
    scores = []
    for each in range(classes):
        hits = int(((said == each) & (truth == each)).sum())
        occurs = int((said == each).sum()) + int((truth == each).sum())
        if occurs:
            scores.append(2 * hits / occurs)
    return float(np.mean(scores)) if scores else 0.0
