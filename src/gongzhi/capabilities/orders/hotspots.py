"""Hot spots: many messages on one matter, gathered by their words, named by their own words. Pure rules."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

import rjieba

from gongzhi.capabilities.orders.rules import bigrams, normalise

HALF_LIFE = 14.0
"""Days after which a person counts half."""
ALIKE = 0.2
"""From this cosine on a message belongs to a group."""
MOST_GRAMS = 40
"""A message is compared by so many pairs of characters: those that tell most."""
ENOUGH = 8
"""With fewer telling pairs a message is less like any other."""
LEAD = 30
"""Without a title the first letters of a text stand for it."""
LED = 3.0
"""A pair in the title tells so many times more than one in the text."""
COMMON = (20, 0.05)
"""A pair that stands in more messages than this, and in more than this part of them, tells nothing."""
MANY = 1000
"""Among so many messages a pair must stand in three of them to tell anything; among fewer in two."""
RAREST = 6.5
"""No pair weighs more: a slip of the pen is as rare as a name."""
FEWEST = 3
"""So many people make a hot spot."""
LONGEST = 12
MOST_WORDS = 5
NAMED_BY = 3
SHARED_BY = 0.3
"""A phrase that so many of the messages share may name them."""
MOST_READ = 200
WEEK = timedelta(days=7)

Vector = dict[str, float]


@dataclass(frozen=True)
class Message:
    """One message: its words, who sent it (a key that tells no name), and when."""

    key: str
    title: str
    text: str
    who: str
    at: datetime

    @property
    def lead(self) -> str:
        """What it is about, in short: its title, else how it begins."""
        return self.title or self.text[:LEAD]


@dataclass(frozen=True)
class Affected:
    """Somebody whom an order concerns, without its words: who sent it (`key` is the order's), or follows it."""

    key: str
    who: str
    at: datetime
    follows: bool = False


Told = TypeVar("Told", Message, Affected)


@dataclass(frozen=True)
class HotSpot:
    """Messages on one matter, oldest first: by how many people, how hot, and in which words.

    `followers`: so many of the people sent none of the messages, and follow one.
    """

    messages: tuple[Message, ...]
    people: int
    heat: float
    words: tuple[str, ...]
    followers: int = 0

    def weeks(self, until: datetime, *, count: int = 8) -> list[int]:
        """How many messages came in each of the last weeks, the oldest week first."""
        found = [0] * count
        for each in self.messages:
            back = int((until - each.at) / WEEK)
            if 0 <= back < count:
                found[count - 1 - back] += 1
        return found


def hot_spots(messages: Sequence[Message], *, now: datetime, fewest: int = FEWEST) -> list[HotSpot]:
    """The groups of messages on one matter that `fewest` people or more sent, the hottest first."""
    ranked = hottest(gathered(messages), now=now, fewest=fewest)
    return [HotSpot(tuple(group), people, degrees, named(group)) for degrees, people, group in ranked]


def hottest(
    groups: Iterable[list[Told]], *, now: datetime, fewest: int = FEWEST
) -> list[tuple[float, int, list[Told]]]:
    """The groups that concern `fewest` people or more, the hottest first, each with its heat and its people."""
    found = [(heat(group, now=now), len({each.who for each in group}), group) for group in groups]
    kept = [each for each in found if each[1] >= fewest]
    return sorted(kept, key=lambda each: (-each[0], -each[1], each[2][0].key))


def heat(messages: Iterable[Message | Affected], *, now: datetime) -> float:
    """The sum over people of one half for each HALF_LIFE days since each one's last message.

    Who writes ten times counts once; a matter that nobody mentions any longer cools.
    """
    last: dict[str, datetime] = {}
    for each in messages:
        last[each.who] = max(each.at, last.get(each.who, each.at))
    days = (max(0.0, (now - at).total_seconds() / 86400) for at in last.values())
    return round(sum(math.pow(0.5, each / HALF_LIFE) for each in days), 3)


def gathered(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages in groups: each joins, in order of time, the group whose middle it is most alike, or begins one.

    Once all are read, each is asked again against the groups as they are then; so the order matters little.
    """
    ordered = sorted(messages, key=lambda each: (each.at, each.key))
    vectors = _vectors(ordered)
    groups = _Groups()
    first = [groups.join(vector) for vector in vectors]
    again = _Groups.around(vectors, first)
    members: dict[int, list[Message]] = defaultdict(list)
    for number, vector in enumerate(vectors):
        nearest, likeness = again.nearest(vector)
        members[nearest if likeness >= ALIKE else -1 - number].append(ordered[number])
    return list(members.values())


class _Groups:
    """Groups by their middles, found through an index of pairs: what shares no pair is never compared."""

    def __init__(self) -> None:
        self._sums: list[Vector] = []
        self._lengths: list[float] = []
        self._silent: list[float] = []
        self._holding: dict[str, set[int]] = defaultdict(set)

    @classmethod
    def around(cls, vectors: Sequence[Vector], numbers: Sequence[int]) -> "_Groups":
        """The groups of vectors that were numbered before; those of one alone are left out."""
        several = {number for number, count in Counter(numbers).items() if count > 1}
        made, place = cls(), {number: at for at, number in enumerate(sorted(several))}
        for _each in several:
            made._open({})
        for vector, number in zip(vectors, numbers, strict=True):
            if number in several:
                made._add(place[number], vector)
        return made

    def join(self, vector: Vector) -> int:
        """The number of the group that the vector belongs to from now on."""
        number, likeness = self.nearest(vector)
        if likeness < ALIKE:
            number = self._open({})
        self._add(number, vector)
        return number

    def nearest(self, vector: Vector) -> tuple[int, float]:
        """The group most alike, and how alike; -1 where none shares a pair."""
        scores: dict[int, float] = defaultdict(float)
        for gram, weight in vector.items():
            for number in self._holding.get(gram, ()):
                scores[number] += weight * self._sums[number][gram]
        best, likeness = -1, 0.0
        for number, score in scores.items():
            value = score / self._lengths[number]
            if value > likeness or (value == likeness and number < best):
                best, likeness = number, value
        return best, likeness

    def _open(self, vector: Vector) -> int:
        self._sums.append(vector)
        self._lengths.append(1.0)
        self._silent.append(0.0)
        return len(self._sums) - 1

    def _add(self, number: int, vector: Vector) -> None:
        total = self._sums[number]
        for gram, weight in vector.items():
            total[gram] = total.get(gram, 0.0) + weight
            self._holding[gram].add(number)
        self._silent[number] += 1 - _square(vector)  # what tells nothing in one is not in the others
        self._lengths[number] = math.sqrt(_square(total) + self._silent[number]) or 1.0


def _square(vector: Vector) -> float:
    return sum(weight * weight for weight in vector.values())


def _vectors(messages: Sequence[Message]) -> list[Vector]:
    """The pairs of each message, weighed by how rare they are and whether the title has them.

    The length is one, and less where few pairs tell anything: one word in common makes no two messages alike.
    """
    grams = [bigrams(f"{each.title} {each.text}") for each in messages]
    standing = Counter(chain.from_iterable(grams))
    least = 3 if len(messages) >= MANY else 2
    most = max(COMMON[0], COMMON[1] * len(messages))
    rarity = {
        gram: min(RAREST, math.log((1 + len(messages)) / count))
        for gram, count in standing.items()
        if least <= count <= most
    }
    return [
        _unit(each, set(bigrams(one.lead)), rarity=rarity) for each, one in zip(grams, messages, strict=True)
    ]


def _unit(grams: Sequence[str], lead: set[str], *, rarity: Vector) -> Vector:
    weights = {gram: rarity[gram] * (LED if gram in lead else 1) for gram in grams if gram in rarity}
    telling = sorted(weights, key=lambda gram: (-weights[gram], gram))[:MOST_GRAMS]
    heaviest = max(rarity.values(), default=1.0) * LED
    silent = max(0, ENOUGH - len(telling)) * heaviest**2
    length = math.sqrt(silent + sum(weights[gram] ** 2 for gram in telling)) or 1.0
    return {gram: weights[gram] / length for gram in telling}


def named(messages: Sequence[Message]) -> tuple[str, ...]:
    """The phrases that most of the messages share, the longest and most shared first: their own words, no others."""
    least = max(2, math.ceil(len(messages) * SHARED_BY))
    shared: Counter[str] = Counter()
    for each in messages[:MOST_READ]:
        shared.update(_phrases(normalise(each.lead)))
    often = {phrase: count for phrase, count in shared.items() if count >= least}
    ranked = sorted(often, key=lambda phrase: (-often[phrase] * (len(phrase) - 1), phrase))
    chosen: list[str] = []
    for phrase in ranked:
        if not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == NAMED_BY:
            break
    return tuple(chosen)


def _phrases(text: str) -> set[str]:
    """Every run of whole words, of two to LONGEST letters."""
    words = rjieba.cut(text)
    found: set[str] = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1):
            if not words[end - 1].isalnum():
                break
            phrase = "".join(words[start:end])
            if 2 <= len(phrase) <= LONGEST and _weighty(words[start]) and _weighty(words[end - 1]):
                found.add(phrase)
    return found


def _weighty(word: str) -> bool:
    """Whether a phrase may begin or end with a word: no lone letter does."""
    return len(word) > 1


def _overlap(one: str, other: str) -> bool:
    """Whether two phrases share more than half of the shorter one."""
    pairs = {one[at : at + 2] for at in range(len(one) - 1)}
    others = {other[at : at + 2] for at in range(len(other) - 1)}
    return 2 * len(pairs & others) >= min(len(pairs), len(others))
