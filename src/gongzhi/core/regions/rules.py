"""A place is a number and a subtree is an interval: the arithmetic of the 18-digit region code.

Twelve digits are official (province 2, prefecture 2, county 2, township 3, village 3), six are ours (grid
2, small grid 2, micro grid 2). The level stands beside the code and is never read from its zeros: some
prefectures share the code of their only county. A level of grids may be skipped: a micro grid drawn
straight under a village has `00` in between.
"""

from collections.abc import Iterable
from datetime import date
from enum import IntEnum
from typing import Protocol

Interval = tuple[int, int]


class Level(IntEnum):
    """The eight levels, the widest first."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3
    TOWNSHIP = 4
    VILLAGE = 5
    GRID = 6
    SMALL_GRID = 7
    MICRO_GRID = 8


DIGITS = {1: 2, 2: 4, 3: 6, 4: 9, 5: 12, 6: 14, 7: 16, 8: 18}
LENGTH = 18
SPANS: dict[int, int] = {level: int(10 ** (LENGTH - digits)) for level, digits in DIGITS.items()}
NATION: Interval = (0, 10**LENGTH - 1)
GRIDS = (Level.GRID, Level.SMALL_GRID, Level.MICRO_GRID)
LENGTHS_READ = (6, 9, 12, 14, 16, 18)


class Dated(Protocol):
    """What stands from one day to another, both included; an open end is None."""

    valid_from: date
    valid_to: date | None


def span(level: int) -> int:
    """How many codes one region of this level holds. Refuses (ValueError) an unknown level."""
    if level not in SPANS:
        raise ValueError(f"{level} is no level: 1 (province) to 8 (micro grid)")
    return SPANS[level]


def floor_code(code: int, level: int) -> int:
    """The code of the region of that level in which `code` lies."""
    return code - code % span(level)


def interval(code: int, level: int) -> Interval:
    """The first and the last code of a region's subtree, both included.

    Refuses (ValueError) when the code cannot be a region's of that level.
    """
    if not 0 < code < 10**LENGTH or code % span(level):
        raise ValueError(f"{code} is no code of level {level}: expected zeros after {DIGITS[level]} digits")
    return code, code + span(level) - 1


def contains(code: int, level: int, *, other: int) -> bool:
    """Whether the code `other` lies in the region's subtree (a region contains itself)."""
    low, high = interval(code, level)
    return low <= other <= high


def parent_code(code: int, level: int) -> int:
    """The code of the region one level up; of a grid, what holds it directly.

    Refuses (ValueError) a province.
    """
    if level == Level.PROVINCE:
        raise ValueError("a province has no region above it")
    interval(code, level)
    return floor_code(code, level - 1)


def lineage(code: int, level: int = Level.MICRO_GRID) -> list[tuple[int, int]]:
    """Every (code, level) in which `code` lies, from the province down to `level`."""
    return [(floor_code(code, step), step) for step in range(1, level + 1)]


def deepest(code: int) -> int:
    """The lowest level at which a region can bear the code: no grid has the number 00."""
    grids = (level for level in reversed(GRIDS) if code % span(level - 1))
    return next(grids, Level.VILLAGE)


def child_codes(code: int, level: int, *, of: int) -> range:
    """The codes that regions of the lower level `of` can have directly inside a region.

    Number 00 is left out: it belongs to the region itself, or to a namesake that shares its code. Where
    `of` skips a level, the digits between stay zero. Refuses (ValueError) when `of` is not a lower level.
    """
    if of <= level:
        raise ValueError(f"level {of} does not lie below level {level}")
    low = interval(code, level)[0]
    return range(low + span(of), low + span(of - 1), span(of))


def next_free(code: int, level: int, *, of: int, taken: Iterable[int]) -> int:
    """The next number for a new region of level `of` directly inside a region.

    One above the highest ever used, so that a number never means two places; once the last is used, the
    lowest that never was. `taken` are the codes of that level, ended ones too; codes elsewhere are ignored.
    Refuses (ValueError) when every number is used.
    """
    codes = child_codes(code, level, of=of)
    used = {one for one in taken if one in codes}
    if codes[-1] not in used:
        return max(used, default=codes[0] - codes.step) + codes.step
    for candidate in codes:
        if candidate not in used:
            return candidate
    raise ValueError(f"all {len(codes)} numbers inside {code_text(code)} are used")


def told_code(code: int) -> int:
    """The code as a list that leaves the house tells it: of the grid at the closest, never of a few households."""
    return floor_code(code, Level.GRID)


def told_point(lon: float, lat: float) -> tuple[float, float]:
    """A point as a list that leaves the house tells it: within about a kilometre."""
    return round(lon, 2), round(lat, 2)


def code_text(code: int) -> str:
    """The code as it crosses every border: 18 digits, as text. Refuses (ValueError) what does not fit."""
    if not 0 <= code < 10**LENGTH:
        raise ValueError(f"{code} does not fit 18 digits")
    return f"{code:018d}"


def short_text(code: int, level: int) -> str:
    """The code without the zeros that its level implies, at least six digits, as pages show it."""
    return code_text(interval(code, level)[0])[: max(DIGITS[level], LENGTHS_READ[0])]


def parse_code(text: str) -> int:
    """The number of a code written with 6, 9, 12, 14, 16 or 18 digits, zeros added on the right.

    Refuses (ValueError) anything else, saying what was expected.
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in LENGTHS_READ:
        lengths = ", ".join(map(str, LENGTHS_READ[:-1]))
        raise ValueError(f"{text!r} is no region code: expected {lengths} or {LENGTHS_READ[-1]} digits")
    if digits.startswith("0"):
        raise ValueError(f"{text!r} is no region code: no province begins with 0")
    return int(digits.ljust(LENGTH, "0"))


def stands(region: Dated, on_date: date) -> bool:
    """Whether a region stands on that day."""
    return region.valid_from <= on_date and (region.valid_to is None or on_date <= region.valid_to)


def widest(intervals: Iterable[Interval]) -> list[Interval]:
    """The same codes in as few intervals as possible, in order."""
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
