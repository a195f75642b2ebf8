"""A learned model as it is used: weights of hashed grams, with numpy alone. It is kept as numbers, not as a program."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gongzhi.capabilities.orders.learning.calibration import softmax
from gongzhi.capabilities.orders.learning.features import VIEWS, Counts, Said, View, grams, surfaces
from gongzhi.capabilities.orders.learning.hashing import Ids

FORMAT = 1
Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]
LONGEST_REASON = 8


@dataclass(frozen=True)
class Block:
    """What was learned of one view: the grams known (sorted), how telling each is, and its weight for each class."""

    view: View
    ids: Ids
    scale: Weights
    weights: Weights

    def looked_up(self, ids: Ids, counts: Counts) -> tuple[Ids, Floats]:
        """The places of those grams that are known, each with its value; the values' length is one."""
        if not len(self.ids):
            return np.empty(0, dtype=np.int64), np.empty(0)
        places = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        known = self.ids[places] == ids
        places = places[known]
        values = (1.0 + np.log(counts[known])) * self.scale[places]
        length = float(np.sqrt((values**2).sum()))
        return places, values / length if length else values


@dataclass(frozen=True)
class Linear:
    """A linear model over several views; `slope` turns its margins into probabilities that hold."""

    classes: tuple[str, ...]
    blocks: tuple[Block, ...]
    intercept: Floats
    slope: float = 1.0

    def margins(self, whole: Said) -> Floats:
        """How far the text lies on each class's side."""
        total = self.intercept.copy()
        for block in self.blocks:
            places, values = block.looked_up(*grams(whole, block.view))
            total += values @ block.weights[places]
        return total

    def probabilities(self, whole: Said) -> Floats:
        """The probability of each class, calibrated out of fold."""
        return softmax(self.margins(whole) * self.slope)

    def reasons(self, whole: Said, chosen: int, *, most: int = 5) -> list[tuple[str, float]]:
        """The words of the text that spoke most for a class against the mean of all, with their weights.

        What says the same again within a longer word is left out.
        """
        spoken: dict[str, float] = {}
        for block in self.blocks:
            places, values = block.looked_up(*grams(whole, block.view))
            said_for = values * (block.weights[places, chosen] - block.weights[places].mean(axis=1))
            known = dict(zip(block.ids[places].tolist(), said_for.tolist(), strict=True))
            for gram, written in dict(zip(*_listed(whole, block.view), strict=True)).items():
                if gram in known and 1 < len(written) <= LONGEST_REASON:
                    spoken[written] = spoken.get(written, 0.0) + known[gram]
        return _distinct(spoken, most)

    def as_bytes(self) -> bytes:
        """The model as an npz file of plain arrays, the same bytes for the same model."""
        head = {
            "format": FORMAT,
            "classes": self.classes,
            "views": [b.view.key for b in self.blocks],
            "slope": self.slope,
        }
        arrays: dict[str, Any] = {
            "head": np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8),
            "intercept": self.intercept,
        }
        for block in self.blocks:
            arrays[f"{block.view.key}.ids"] = block.ids.astype(np.int32)
            arrays[f"{block.view.key}.scale"] = block.scale.astype(np.float32)
            arrays[f"{block.view.key}.weights"] = block.weights.astype(np.float16)
        held = io.BytesIO()
        np.savez_compressed(held, **arrays)
        return held.getvalue()

    @classmethod
    def of_bytes(cls, content: bytes) -> "Linear":
        """The model that `as_bytes` wrote. Refuses (ValueError) another format, and what is no plain array."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            head: Mapping[str, Any] = json.loads(arrays["head"].tobytes())
            if head["format"] != FORMAT:
                raise ValueError(f"the model has format {head['format']}; this version reads {FORMAT}")
            views = {view.key: view for view in VIEWS}
            blocks = tuple(
                Block(
                    view=views[key],
                    ids=arrays[f"{key}.ids"].astype(np.int64),
                    scale=arrays[f"{key}.scale"].astype(np.float32),
                    weights=arrays[f"{key}.weights"].astype(np.float32),
                )
                for key in head["views"]
            )
            return cls(
                classes=tuple(head["classes"]),
                blocks=blocks,
                intercept=arrays["intercept"].astype(np.float64),
                slope=float(head["slope"]),
            )


def _listed(whole: Said, view: View) -> tuple[list[int], list[str]]:
    ids, written = surfaces(whole, view)
    return ids.tolist(), written


def _distinct(spoken: Mapping[str, float], most: int) -> list[tuple[str, float]]:
    kept: list[tuple[str, float]] = []
    for word, weight in sorted(spoken.items(), key=lambda each: (-each[1], each[0])):
        if weight <= 0 or len(kept) == most:
            break
        if not any(word in other or other in word for other, _weight in kept):
            kept.append((word, round(weight, 4)))
    return kept
