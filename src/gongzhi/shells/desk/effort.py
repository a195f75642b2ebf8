"""How much is asked of those who work here: each room declares it beside its forms; nobody is ever timed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOGETHER = 5
"""Above, figures are told of so many posts or more together; the database holds to it."""


@dataclass(frozen=True)
class Effort:
    """What one form asks, as whoever made it declares: fields, those known already, those filled by the machine.

    `seconds`: how long it should take; an estimate of the form, never a measure of a person.
    """

    title: Any
    asked: int
    twice: int = 0
    filled: int = 0
    seconds: int = 30

    def __post_init__(self) -> None:
        if not 0 <= self.twice <= self.asked or self.filled < 0 or self.seconds < 0:
            raise ValueError(f"“{self.title}” asks {self.twice} of {self.asked} fields twice; that cannot be")


@dataclass(frozen=True)
class Asked:
    """What a form asked in all: so many times, fields, twice, filled, minutes."""

    title: Any
    times: int
    asked: int
    twice: int
    filled: int
    minutes: int


_declared: dict[str, Effort] = {}


def declare(efforts: Mapping[str, Effort]) -> None:
    """Make known what the forms ask that tell these events."""
    _declared.update(efforts)


def declared() -> Mapping[str, Effort]:
    """Every declared effort, by event."""
    return _declared


def asked_by_form(times: Mapping[str, int], efforts: Mapping[str, Effort]) -> list[Asked]:
    """What each form asked, the most time first; events that no form declares asked nothing of anybody."""
    found = [_asked(effort, times[name]) for name, effort in efforts.items() if times.get(name)]
    return sorted(found, key=lambda each: (-each.minutes, -each.asked, str(each.title)))


def in_all(forms: list[Asked], *, title: Any = "") -> Asked:
    """The sum of what several forms asked."""
    return Asked(
        title,
        sum(each.times for each in forms),
        sum(each.asked for each in forms),
        sum(each.twice for each in forms),
        sum(each.filled for each in forms),
        sum(each.minutes for each in forms),
    )


def _asked(effort: Effort, times: int) -> Asked:
    return Asked(
        effort.title,
        times,
        effort.asked * times,
        effort.twice * times,
        effort.filled * times,
        -(-effort.seconds * times // 60),
    )
