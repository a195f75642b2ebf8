"""Names of places as people say them, and the places that a text names: pure rules, no database.

A place is read out of words only where it is certain. What could be two places is none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml
from rapidfuzz.distance import Hamming

from gongzhi.core.regions import rules

LONG_STEM = 3
"""A name of so many characters speaks for itself; a shorter one (peace, unity) needs its kind word."""


class Named(NamedTuple):
    """A region by its name."""

    code: int
    level: int
    name: str

    def holds(self, other: "Named") -> bool:
        """Whether the other region lies in this one (or is it)."""
        return self.level <= other.level and rules.contains(self.code, self.level, other=other.code)


@dataclass(frozen=True)
class Mention:
    """A stretch of a text, and the regions that it can mean."""

    start: int
    end: int
    means: tuple[Named, ...]


@cache
def _naming() -> dict[str, Any]:
    path = files("gongzhi.core.regions") / "official" / "naming.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """The name without its committee: the village's or the community's own name."""
    for ending, spoken in _naming()["endings"]:
        rest = name.removesuffix(ending)
        if rest and rest != name:
            return rest if rest.endswith(tuple(_naming()["kinds"][5])) else rest + spoken
    return name


def stem_of(name: str, level: int) -> str:
    """The plain name without the word that tells its kind, where two characters are left."""
    plain = plain_name(name)
    for kind in _naming()["kinds"].get(level, []):
        rest = plain.removesuffix(kind)
        if rest != plain and len(rest) > 1:
            return _without_nationality(rest) if level <= rules.Level.TOWNSHIP else str(rest)
    return plain


def _without_nationality(name: str) -> str:
    for nationality in _naming()["nationalities"]:
        rest = name.removesuffix(nationality)
        if rest != name and len(rest) > 1:
            return str(rest)
    return name


@lru_cache(maxsize=65_536)
def spoken_forms(name: str, level: int) -> frozenset[str]:
    """The forms in which people may write a region's name, each certain enough to be taken for it."""
    plain, stem = plain_name(name), stem_of(name, level)
    forms = {name, plain} | {stem + kind for kind in _naming()["kinds"].get(level, [])}
    if len(stem) >= LONG_STEM and not stem.endswith(tuple(_naming()["streets"])):
        forms.add(stem)
    return frozenset(form for form in forms if len(form) > 1)


def places_in(text: str, names: Iterable[Named], *, others: Iterable[tuple[str, Named]] = ()) -> list[Named]:
    """The places that a text names for certain, the widest first, each inside the one before.

    None when in doubt. Where a township is certain and the village in it is not, the township alone is
    answered. `others`: names that a place bore before or bears elsewhere; one that is also another place's is in doubt.
    """
    known = list(names)
    mentions = list(_longest(_mentions(text, known, others=others)))
    if not mentions:
        return _misspelt(text, known)
    return _chain(_settled(mentions))


def places_meant(text: str, names: Iterable[Named]) -> list[Named]:
    """The places that a text as a whole names: by name alone, or after the names of places that hold them.

    All namesakes are told. Where `places_in` must be certain, here a name without the word of its kind will do:
    whoever types nothing but a name means the place.
    """
    known = list(names)
    return [one for one in known if any(_leads_to(one, text, form, known) for form in _names_of(one))]


def _names_of(one: Named) -> frozenset[str]:
    return spoken_forms(one.name, one.level) | {stem_of(one.name, one.level)}


def _leads_to(one: Named, text: str, form: str, known: list[Named]) -> bool:  # noqa: PLR0917
    if not text.endswith(form):
        return False
    before = text.removesuffix(form)
    wider = [other for other in known if other.level < one.level and other.holds(one)]
    return not before or bool(places_meant(before, wider))


def _mentions(
    text: str, names: Iterable[Named], *, others: Iterable[tuple[str, Named]] = ()
) -> Iterator[Mention]:
    forms: dict[str, list[Named]] = {}
    for name, one in [*((one.name, one) for one in names), *others]:
        for form in spoken_forms(name, one.level):
            means = forms.setdefault(form, [])
            if one not in means:
                means.append(one)
    for form, means in forms.items():
        start = text.find(form)
        while start >= 0:
            if start == 0 or text[start - 1] not in _naming()["telling"]:
                yield Mention(start, start + len(form), tuple(means))
            start = text.find(form, start + 1)


def _longest(mentions: Iterable[Mention]) -> Iterator[Mention]:
    """Those that lie in no longer one: where a long name stands, the short one in it is not meant."""
    kept = list(mentions)
    for one in kept:
        size = one.end - one.start
        if not any(
            other.start <= one.start and one.end <= other.end and other.end - other.start > size
            for other in kept
        ):
            yield one


def _settled(mentions: list[Mention]) -> list[tuple[Named, ...]]:
    """What each mention can mean once the certain ones are known."""
    certain = {one.means[0] for one in mentions if len(one.means) == 1}
    settled = []
    for mention in mentions:
        fitting = tuple(
            one for one in mention.means if all(one.holds(other) or other.holds(one) for other in certain)
        )
        settled.append(fitting if len(mention.means) > 1 else mention.means)
    return settled


def _chain(settled: list[tuple[Named, ...]]) -> list[Named]:
    """The certain places, as long as each lies in the one before and holds whatever else may be meant."""
    certain = sorted({means[0] for means in settled if len(means) == 1}, key=lambda one: one.level)
    possible = {one for means in settled for one in means}
    chain: list[Named] = []
    for one in certain:
        if all(one.holds(other) or other.holds(one) for other in possible):
            chain.append(one)
    return chain


def _misspelt(text: str, names: Iterable[Named]) -> list[Named]:
    """The one place whose long name, kind word and all, stands in the text with one character wrong."""
    ends = {kind: _ends_of(text, kind) for kinds in _naming()["kinds"].values() for kind in kinds}
    found = {
        one
        for one in names
        for kind in _naming()["kinds"].get(one.level, [])
        for end in ends[kind]
        if _nearly(text[:end], plain_name(one.name), kind=kind)
    }
    return list(found) if len(found) == 1 else []


def _ends_of(text: str, word: str) -> list[int]:
    ends, at = [], text.find(word)
    while at >= 0:
        ends.append(at + len(word))
        at = text.find(word, at + 1)
    return ends


def _nearly(text: str, form: str, *, kind: str) -> bool:
    """Whether the text ends with the form, which ends with its kind word, but for one harmless slip."""
    if not form.endswith(kind) or len(form) - len(kind) < LONG_STEM or len(text) < len(form):
        return False
    return _one_harmless_slip(text[-len(form) :], form)


def _one_harmless_slip(window: str, form: str) -> bool:
    if Hamming.distance(window, form) != 1:
        return False
    differing = [one + other for one, other in zip(window, form, strict=True) if one != other]
    return not any(mark in _naming()["telling"] for mark in differing[0])
