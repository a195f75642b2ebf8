"""When time by itself calls on somebody: reminders before a term ends, and the levels above after it. Pure.

Each watch has a key and fires once in a round: what a matter passed is remembered by key, so that neither an edit nor
a transfer, nor another version of its deadline, begins the ladder anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, Protocol

from gongzhi.workflow.calendar import WorkingCalendar
from gongzhi.workflow.rules import WORKING, Unit

WatchedTerm = Literal["response", "solution", "check", "oversight"]
LevelName = Literal["township", "county", "prefecture", "province"]
LEVELS: Mapping[str, int] = {"township": 4, "county": 3, "prefecture": 2, "province": 1}


class Lapse(Protocol):
    """So much time before or after the end of a term."""

    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> Unit: ...


class Rise(Lapse, Protocol):
    """So much time after the end of a term, and the level that is then called on."""

    @property
    def to(self) -> LevelName: ...


class Rungs(Protocol):
    """The reminders before the end of a term, and the levels after it."""

    @property
    def before(self) -> Sequence[Lapse]: ...
    @property
    def after(self) -> Sequence[Rise]: ...


class Repeat(Protocol):
    """So many urgings by the resident, and the level that is then called on."""

    @property
    def times(self) -> int: ...
    @property
    def to(self) -> LevelName: ...


class Ladder(Protocol):
    """All of it, as a deadline holds it."""

    @property
    def urged(self) -> Sequence[Repeat]: ...
    def of(self, term: str) -> Rungs: ...


@dataclass(frozen=True)
class Running:
    """One term while it runs: when it began (None: not known here) and by when it ends."""

    term: WatchedTerm
    start: datetime | None
    due: datetime


@dataclass(frozen=True)
class Urging:
    """How often the resident urged in this round, and when last."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, order=True)
class Watch:
    """Something that time does: at which moment, under which key; `to` is a level, or empty for a reminder."""

    at: datetime
    key: str
    to: str = ""

    @property
    def term(self) -> str:
        """The term that it belongs to; `urged` where the resident's words brought it about."""
        return self.key.partition(":")[0]


def watch_times(
    ladder: Ladder, running: Iterable[Running], *, calendar: WorkingCalendar, urging: Urging | None = None
) -> list[Watch]:
    """Every watch over the terms that run, in order of time.

    A reminder that would fall before its term began is left out: there is nothing yet to be reminded of.
    """
    found: list[Watch] = []
    for each in running:
        rungs = ladder.of(each.term)
        for number, lapse in enumerate(rungs.before, 1):
            at = _before(each.due, lapse, calendar=calendar)
            if each.start is None or at > each.start:
                found.append(Watch(at, f"{each.term}:remind:{number}"))
        for rise in rungs.after:
            at = _after(each.due, rise, calendar=calendar)
            found.append(Watch(at, f"{each.term}:{rise.to}", rise.to))
    if urging is not None and urging.last is not None:
        found.extend(
            Watch(urging.last, f"urged:{each.to}", each.to)
            for each in ladder.urged
            if urging.count >= each.times
        )
    return sorted(found)


def left_of(watches: Iterable[Watch], passed: Collection[str]) -> list[Watch]:
    """The watches that have not fired yet, in order of time."""
    return [each for each in watches if each.key not in passed]


def rising(levels: Iterable[str]) -> bool:
    """Whether each level named lies above the one before it."""
    ranks = [LEVELS[each] for each in levels]
    return all(low > high for low, high in pairwise(ranks))


def _before(due: datetime, lapse: Lapse, *, calendar: WorkingCalendar) -> datetime:
    length = _length(lapse, calendar)
    return calendar.before(due, length) if lapse.unit in WORKING else due - length


def _after(due: datetime, lapse: Lapse, *, calendar: WorkingCalendar) -> datetime:
    length = _length(lapse, calendar)
    return calendar.add(due, length) if lapse.unit in WORKING else due + length


def _length(lapse: Lapse, calendar: WorkingCalendar) -> timedelta:
    if lapse.unit == "working_days":
        return calendar.day_length * lapse.amount
    return timedelta(days=lapse.amount) if lapse.unit == "days" else timedelta(hours=lapse.amount)
