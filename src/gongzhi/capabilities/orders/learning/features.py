"""What a text is made of, as numbers: pairs of words and of characters, hashed, so that a model holds no words.

A text is looked at in several views: whole, and its beginning, where people say what it is about. Numbers are
not looked at: telephone numbers and house numbers teach nothing about a matter, and must not stand in a model.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import rjieba

from gongzhi.capabilities.orders.learning.hashing import BITS, Ids, mixed

__all__ = ["BITS", "VIEWS", "Said", "View", "grams", "said", "surfaces", "tokens_said"]

MOST_CHARACTERS = 4_000
"""Of a longer text only the beginning is looked at."""
_NUMBERS = re.compile(r"[0-9]+")
_UNSPOKEN = re.compile(r"[^\w]+|_+")

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """A text as it is looked at: its words, and its characters without anything between them."""

    words: tuple[str, ...]
    characters: str


@dataclass(frozen=True)
class View:
    """A part of a text, and how it is cut: words and their pairs, or runs of one to three characters.

    `first`: only so many words or characters from the beginning; 0 for all.
    """

    key: str
    cut: Literal["words", "characters"]
    first: int = 0

    def part(self, whole: Said) -> Sequence[str]:
        """The words or characters of this view."""
        pieces: Sequence[str] = whole.words if self.cut == "words" else whole.characters
        return pieces[: self.first] if self.first else pieces


VIEWS = (
    View("words", "words"),
    View("characters", "characters"),
    View("head", "characters", first=24),
    View("beginning", "words", first=40),
)


def said(text: str) -> Said:
    """A text as written, cut into words; equal forms of letters are one, numbers are only "0"."""
    plain = _plain(text)
    return _of_words(rjieba.cut(plain))


def tokens_said(tokens: Iterable[str]) -> Said:
    """A text that was cut into words already."""
    return _of_words(_plain(token) for token in tokens)


def _plain(text: str) -> str:
    return _NUMBERS.sub("0", unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower())


def _of_words(pieces: Iterable[str]) -> Said:
    words = tuple(word for piece in pieces if (word := _UNSPOKEN.sub("", piece)))
    return Said(words, "".join(words))


def grams(whole: Said, view: View) -> tuple[Ids, Counts]:
    """The hashed grams of a view of a text, in order, each with how often it stands there."""
    ids, counts = np.unique(_hashed(view.part(whole), view), return_counts=True)
    return ids, counts.astype(np.float64)


def surfaces(whole: Said, view: View) -> tuple[Ids, list[str]]:
    """The hashed grams of a view where they stand, each with what stands there: to tell which words decided."""
    part = view.part(whole)
    sizes = (1, 2) if view.cut == "words" else (1, 2, 3)
    written = ["".join(part[at : at + size]) for size in sizes for at in range(len(part) - size + 1)]
    return _hashed(part, view), written


def _hashed(part: Sequence[str], view: View) -> Ids:
    if view.cut == "words":
        codes = np.fromiter((zlib.crc32(word.encode()) for word in part), dtype=np.uint64, count=len(part))
        sizes: tuple[int, ...] = (1, 2)
    else:
        codes = np.frombuffer("".join(part).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
        sizes = (1, 2, 3)
    return np.concatenate([mixed(codes, size=size, salt=view.key) for size in sizes])
