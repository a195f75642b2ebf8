"""The official divisions that ship inside the package, read province by province."""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from gongzhi.core.regions import rules

FOLDER = files("gongzhi.core.regions") / "official"
NAME = "divisions-2023"
OFFICIAL = range(rules.Level.PROVINCE, rules.Level.VILLAGE + 1)


class Division(NamedTuple):
    """One official division."""

    code: int
    level: int
    name: str


@dataclass(frozen=True)
class Step:
    """How one line of the file is read: where the name begins, and what the digits before it are worth."""

    name_at: int
    worth: int


STEPS = {
    level: Step(name_at=1 + rules.DIGITS[level] - rules.DIGITS.get(level - 1, 0), worth=rules.span(level))
    for level in OFFICIAL
}


@cache
def about() -> dict[str, Any]:
    """Origin, licence, counts by level, digest and streams of the file."""
    found: dict[str, Any] = json.loads((FOLDER / f"{NAME}.json").read_text("utf-8"))
    return found


def as_of() -> date:
    """The day for which the bureau states these divisions: they are valid from it, as far as is known."""
    return date.fromisoformat(about()["as_of"])


def how_many() -> int:
    """How many divisions the whole country has."""
    return sum(about()["counts"].values())


def divisions(subtree: int | None = None) -> Iterator[list[Division]]:
    """The divisions of the country, a list a province; or those of one subtree with what lies above it.

    `subtree` is a code; where a prefecture and its county share it, the prefecture is meant.
    Refuses (LookupError) a code that no official division has.
    """
    if subtree is None:
        yield from (_read(province) for province in about()["streams"])
        return
    province = rules.code_text(subtree)[:2]
    everything = _read(province) if province in about()["streams"] else []
    level = next((one.level for one in everything if one.code == subtree), None)
    if level is None:
        raise LookupError(
            f"no official division has the code {rules.code_text(subtree)} (edition {about()['as_of']}); "
            "look the code up in the bureau's list, or draw the region by hand under its village"
        )
    above = set(rules.lineage(subtree, level))
    low, high = rules.interval(subtree, level)
    yield [one for one in everything if low <= one.code <= high or (one.code, one.level) in above]


def _read(province: str) -> list[Division]:
    start, length = about()["streams"][province]
    with (FOLDER / f"{NAME}.txt.xz").open("rb") as file:
        file.seek(start)
        text = lzma.decompress(file.read(length)).decode()
    above = [0] * (rules.Level.VILLAGE + 1)
    found = []
    for line in text.splitlines():
        level = int(line[0])
        step = STEPS[level]
        code = above[level - 1] + int(line[1 : step.name_at]) * step.worth
        above[level] = code
        found.append(Division(code, level, line[step.name_at :]))
    return found
