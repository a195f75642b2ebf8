"""Learning from texts and their classes, with scikit-learn (the extra `learn`): a linear machine over several views.

What is telling is weighed by how unevenly it is spread over the classes. Everything is fitted on the rows given
and on nothing else.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from gongzhi.capabilities.orders.learning.calibration import (
    Classes,
    Floats,
    calibration_error,
    coverage_at,
    fitted_slope,
    macro_f1,
    softmax,
)
from gongzhi.capabilities.orders.learning.features import BITS, VIEWS, Said, View, grams
from gongzhi.capabilities.orders.learning.linear import Block, Linear

Rows = npt.NDArray[np.int64]
LOOKED_AT: Mapping[str, float] = {"words": 1.0, "characters": 0.7, "head": 1.0, "beginning": 0.7}
"""The views of a text, with the weight of each."""
FOLDS = 5
ALIKE = 0.7
STRIPE = 500
RARE = 2
"""What stands in fewer texts is not learned."""
LEAST_TELLING = 0.1


def available() -> bool:
    """Whether this installation can train: scikit-learn is there. It is looked for, and loaded only to train."""
    return find_spec("sklearn") is not None


@dataclass(frozen=True)
class Corpus:
    """Texts as counts of hashed grams, one sparse matrix a view. Hashing is not fitted, so folds may share it."""

    size: int
    counts: Mapping[str, Any]

    @classmethod
    def of(cls, texts: Iterable[Said]) -> "Corpus":
        """The texts, in order."""
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        listed = list(texts)
        counts = {}
        for view in VIEWS:
            found = [grams(each, view) for each in listed]
            starts = np.cumsum([0, *(len(ids) for ids, _count in found)])
            ids = np.concatenate([each for each, _count in found] or [np.empty(0, dtype=np.int64)])
            values = np.concatenate([each for _ids, each in found] or [np.empty(0)])
            counts[view.key] = csr_matrix((values, ids, starts), shape=(len(listed), 1 << BITS))
        return cls(len(listed), counts)


@dataclass(frozen=True)
class Taught:
    """The rows of a corpus to learn from, and the class of each (its place among `classes`)."""

    rows: Rows
    truth: Classes
    classes: tuple[str, ...]

    def some(self, places: Rows) -> "Taught":
        """Only the rows at those places."""
        return replace(self, rows=self.rows[places], truth=self.truth[places])


def fit(corpus: Corpus, taught: Taught) -> Linear:
    """A model learned from those rows of the corpus."""
    from scipy.sparse import hstack  # noqa: PLC0415

    prepared = [_prepared(corpus.counts[view.key][taught.rows], taught, view=view) for view in VIEWS]
    length = float(np.sqrt(np.square(list(LOOKED_AT.values())).sum()))
    shares = [LOOKED_AT[view.key] / length for view in VIEWS]
    seen = hstack([values * share for (_block, values), share in zip(prepared, shares, strict=True)]).tocsr()
    learned, intercept = _machine(seen, taught)
    starts = np.cumsum([len(block.ids) for block, _values in prepared])[:-1]
    parts = zip(prepared, np.split(learned, starts), shares, strict=True)
    blocks = tuple(
        replace(block, weights=(part * share).astype(np.float32)) for (block, _values), part, share in parts
    )
    return Linear(taught.classes, blocks, intercept)


def _prepared(counts: Any, taught: Taught, *, view: View) -> tuple[Block, Any]:
    """The grams of a view that are frequent enough, weighed, and the rows in those terms, each of length one."""
    found, frequency = np.unique(counts.indices, return_counts=True)
    ids = found[frequency >= RARE].astype(np.int64)
    values = _narrowed(counts, ids)
    scale = _telling(values, taught)
    empty = np.zeros((len(ids), len(taught.classes)), dtype=np.float32)
    return Block(view, ids, scale.astype(np.float32), empty), _of_length_one(values, scale)


def _narrowed(counts: Any, ids: Rows) -> Any:
    """The counts of those grams only, in their order."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    if not len(ids):
        return csr_matrix((counts.shape[0], 0))
    places = np.minimum(np.searchsorted(ids, counts.indices), len(ids) - 1)
    known = ids[places] == counts.indices
    starts = np.r_[0, known.cumsum()][counts.indptr]
    return csr_matrix((counts.data[known], places[known], starts), shape=(counts.shape[0], len(ids)))


def _of_length_one(values: Any, scale: npt.NDArray[Any]) -> Any:
    from scipy.sparse import diags  # noqa: PLC0415

    values.data = 1.0 + np.log(values.data)
    values = values @ diags(scale.astype(np.float64))
    length = np.sqrt(np.asarray(values.multiply(values).sum(axis=1)).ravel())
    return diags(1.0 / np.where(length > 0, length, 1.0)) @ values


def _telling(counts: Any, taught: Taught) -> Floats:
    """How telling each gram is: seldom, and unevenly spread over the classes."""
    shares = np.eye(len(taught.classes))[taught.truth]
    present = counts.copy()
    present.data = np.ones_like(present.data)
    within = present.T @ shares
    frequency = within.sum(axis=1)
    spread = (within + shares.mean(axis=0)) / (frequency[:, None] + 1.0)
    disorder = -(spread * np.log(np.maximum(spread, 1e-12))).sum(axis=1) / np.log(max(len(taught.classes), 2))
    seldom = np.log((1 + len(taught.truth)) / (1 + frequency)) + 1
    weights: Floats = seldom * (1.0 - disorder + LEAST_TELLING)
    return weights


def _machine(values: Any, taught: Taught) -> tuple[Floats, Floats]:
    """A support vector machine for each class against the rest; classes without a row stay far away."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    machine = LinearSVC(class_weight="balanced", random_state=0, tol=1e-3)
    machine.fit(values, taught.truth)
    found = machine.coef_ if len(machine.classes_) > 2 else np.vstack([-machine.coef_, machine.coef_])
    constant = (
        machine.intercept_ if len(machine.classes_) > 2 else np.r_[-machine.intercept_, machine.intercept_]
    )
    coefficients = np.zeros((values.shape[1], len(taught.classes)))
    intercept = np.full(len(taught.classes), -2.0)
    coefficients[:, machine.classes_] = found.T
    intercept[machine.classes_] = constant
    return coefficients, intercept


def margins_of(model: Linear, corpus: Corpus, *, rows: Rows) -> Floats:
    """The margins of many rows at once, as `Linear.margins` gives for each."""

    total = np.tile(model.intercept, (len(rows), 1))
    for block in model.blocks:
        values = _of_length_one(_narrowed(corpus.counts[block.view.key][rows], block.ids), block.scale)
        total += values @ block.weights.astype(np.float64)
    return total


@dataclass(frozen=True)
class Learned:
    """A calibrated model, and what it came to on texts that it had not seen (in folds over the same rows)."""

    model: Linear
    shares: Floats
    truth: Classes

    def figures(self) -> dict[str, float]:
        """Macro-F1, accuracy, calibration error and coverage at 95 % precision, all out of fold."""
        said = self.shares.argmax(axis=1)
        coverage, threshold = coverage_at(self.shares, self.truth, precision=0.95)
        found = {
            "macro_f1": macro_f1(said, self.truth, classes=len(self.model.classes)),
            "accuracy": float((said == self.truth).mean()),
            "calibration_error": calibration_error(self.shares, self.truth),
            "coverage_at_95": coverage,
            "threshold_at_95": threshold,
        }
        return {name: round(value, 4) for name, value in found.items()}


def learn(corpus: Corpus, taught: Taught, *, alike: Rows, folds: int = FOLDS) -> Learned:
    """A model of those rows, its certainty calibrated in folds inside these rows alone.

    `alike`: the number of each row's group of near-duplicates, which are never divided between folds.
    """
    margins = np.zeros((len(taught.rows), len(taught.classes)))
    for known, unseen in _folds(taught.truth, alike, folds=folds):
        model = fit(corpus, taught.some(known))
        margins[unseen] = margins_of(model, corpus, rows=taught.rows[unseen])
    slope = fitted_slope(margins, taught.truth)
    model = replace(fit(corpus, taught), slope=slope)
    return Learned(model, softmax(margins * slope), taught.truth)


def _folds(truth: Classes, alike: Rows, *, folds: int) -> list[tuple[Rows, Rows]]:
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # a class seldom enough to be missing in a fold is no fault
        dealt = StratifiedGroupKFold(folds, shuffle=True, random_state=0).split(truth, truth, alike)
        return [(known, unseen) for known, unseen in dealt]


def alike_in(corpus: Corpus, *, threshold: float = ALIKE) -> Rows:
    """The number of each text's group: texts whose words' cosine reaches the threshold, directly or by others."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    counts = corpus.counts["words"]
    ids, frequency = np.unique(counts.indices, return_counts=True)
    values = _of_length_one(_narrowed(counts, ids.astype(np.int64)), np.log(1 + corpus.size / frequency))
    ones, others = [np.arange(corpus.size)], [np.arange(corpus.size)]
    for start in range(0, corpus.size, STRIPE):
        near = (values[start : start + STRIPE] @ values.T).tocoo()
        kept = near.data >= threshold
        ones.append(near.row[kept] + start)
        others.append(near.col[kept])
    one, other = np.concatenate(ones), np.concatenate(others)
    joined = coo_matrix((np.ones(len(one)), (one, other)), shape=(corpus.size, corpus.size))
    groups: Rows = connected_components(joined, directed=False)[1].astype(np.int64)
    return groups
