"""The pure rules of workflow: who may take which step, and by when a matter is due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, Protocol, TypeVar

from gongzhi.workflow.calendar import ZONE, WorkingCalendar
from gongzhi.workflow.conditions import CONDITIONS, Facts

Unit = Literal["working_days", "working_hours", "days", "hours"]
WORKING: frozenset[str] = frozenset({"working_days", "working_hours"})
LAST_SECOND = timedelta(seconds=1)

Trace = list[dict[str, Any]]
"""How a due time came about, step by step, in codes and times that JSON can keep."""


@dataclass(frozen=True)
class Term:
    """So many days or hours."""

    amount: int
    unit: Unit


@dataclass(frozen=True)
class Pause:
    """The clock stood still from one moment to another; without `end` it still stands."""

    begin: datetime
    end: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Extension:
    """A granted extension, in the measure (working time or not) of the term that it lengthens."""

    amount: int
    unit: Unit
    reason: str = ""


def deadline_for(
    term: Term,
    opened_at: datetime,
    *,
    calendar: WorkingCalendar,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
) -> tuple[datetime | None, Trace]:
    """When a term that began at `opened_at` ends, and how that came about; None while the clock stands still.

    Days: the day of opening is not counted (民法典 201), and the last day counts to its end: the office's
    closing for working days, the day's last second else; a term in days that ends on a day off ends with the
    next working day (民法典 203). Hours run from the moment. A pause gives back exactly what it took.
    Refuses (ValueError) an extension of working time to a term that counts all time, and the reverse.
    """
    opened = opened_at.astimezone(ZONE)
    begin = _counted_from(term, opened)
    trace: Trace = [
        {"step": "opened", "at": _text(opened)},
        {"step": "term", "amount": term.amount, "unit": term.unit, "from": _text(begin)},
    ]
    due = _after(
        begin, _budget(term, extensions, calendar=calendar, trace=trace), term=term, calendar=calendar
    )
    for pause in merged(pauses):
        if pause.begin >= due:
            break
        if pause.end is None:
            trace.append({"step": "standing", "from": _text(pause.begin), "reason": pause.reason})
            return None, trace
        taken = _measure(max(pause.begin, begin), pause.end, term=term, calendar=calendar)
        due = _after(due, taken, term=term, calendar=calendar)
        trace.append(
            {"step": "paused", "from": _text(pause.begin), "to": _text(pause.end), "reason": pause.reason}
        )
    due = _rounded(due, term, calendar=calendar)
    trace.extend(_days_off(begin, due, calendar=calendar))
    trace.append({"step": "due", "at": _text(due)})
    return due, trace


def merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Pauses in order of time, those that touch or overlap made one; empty ones left out."""
    result: list[Pause] = []
    for pause in sorted(pauses, key=lambda each: each.begin):
        if pause.end is not None and pause.end <= pause.begin:
            continue
        last = result[-1] if result else None
        if last is None or (last.end is not None and last.end < pause.begin):
            result.append(pause)
        elif last.end is not None:
            end = None if pause.end is None else max(last.end, pause.end)
            result[-1] = Pause(last.begin, end, last.reason or pause.reason)
    return result


def worsens(old_due: datetime | None, new_due: datetime | None) -> bool:
    """Whether a resident would wait longer: a later due time, or none where there was one."""
    if old_due is None:
        return False
    return new_due is None or new_due > old_due


def may_urge_again(urged_at: datetime, now: datetime, *, days: int) -> bool:
    """Whether so many calendar days lie between an urging and now, as the place's clock counts them."""
    return (now.astimezone(ZONE).date() - urged_at.astimezone(ZONE).date()).days >= days


def _counted_from(term: Term, opened: datetime) -> datetime:
    if term.unit in {"working_hours", "hours"}:
        return opened
    return datetime.combine(opened.date() + timedelta(days=1), time(), ZONE)


def _budget(
    term: Term, extensions: Iterable[Extension], *, calendar: WorkingCalendar, trace: Trace
) -> timedelta:
    total = _length(term.amount, term.unit, calendar=calendar)
    for each in extensions:
        if (each.unit in WORKING) != (term.unit in WORKING):
            raise ValueError(
                f"a term in {term.unit} cannot be extended by {each.unit}: they count different time"
            )
        total += _length(each.amount, each.unit, calendar=calendar)
        trace.append({"step": "extended", "amount": each.amount, "unit": each.unit, "reason": each.reason})
    return total


def _length(amount: int, unit: Unit, *, calendar: WorkingCalendar) -> timedelta:
    if unit == "working_days":
        return calendar.day_length * amount
    return timedelta(days=amount) if unit == "days" else timedelta(hours=amount)


def _after(start: datetime, amount: timedelta, *, term: Term, calendar: WorkingCalendar) -> datetime:
    return calendar.add(start, amount) if term.unit in WORKING else start + amount


def _measure(start: datetime, end: datetime, *, term: Term, calendar: WorkingCalendar) -> timedelta:
    if term.unit in WORKING:
        return calendar.between(start, end)
    return max(end - start, timedelta())


def _rounded(due: datetime, term: Term, *, calendar: WorkingCalendar) -> datetime:
    """A term in days ends with a day; where that is a day off, with the next working day."""
    if term.unit != "days":
        return due
    last = (due - LAST_SECOND).astimezone(ZONE).date()
    if not calendar.day(last).working:
        last = calendar.next_working_day(last)
    return datetime.combine(last + timedelta(days=1), time(), ZONE) - LAST_SECOND


def _days_off(begin: datetime, due: datetime, *, calendar: WorkingCalendar) -> Trace:
    """The days off on the way that are more than weekends, and the years whose holidays are only assumed."""
    steps: Trace = []
    assumed: set[int] = set()
    for number in range((due.date() - begin.date()).days + 1):
        day = calendar.day(begin.date() + timedelta(days=number))
        if day.assumed:
            assumed.add(day.on.year)
        if day.name:
            steps.append({"step": "day", "on": day.on.isoformat(), "working": day.working, "name": day.name})
    steps.extend({"step": "assumed", "year": year} for year in sorted(assumed))
    return steps


def _text(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()


SAID = ("", "disputed")
"""What an effect of a step may ask of the step's own event."""


class Step(Protocol):
    """A transition, as far as these rules need to know it."""

    @property
    def origins(self) -> Sequence[str]: ...
    @property
    def who(self) -> Sequence[str]: ...
    @property
    def conditions(self) -> Sequence[str]: ...
    @property
    def reason_conditions(self) -> Mapping[str, Sequence[str]]: ...


S_co = TypeVar("S_co", bound=Step, covariant=True)


class Graph(Protocol[S_co]):
    """A flow, as far as these rules need to know it."""

    @property
    def transitions(self) -> Mapping[str, S_co]: ...


S = TypeVar("S", bound=Step)


def may(transition: Step, state: str | None, *, parts: Iterable[str]) -> bool:
    """Whether who plays these parts may take this step from this state (None: open a matter by it)."""
    starts = state in transition.origins if state is not None else not transition.origins
    return starts and not set(parts).isdisjoint(transition.who)


def unmet(transition: Step, facts: Facts, *, reason: str = "") -> str | None:
    """The first condition of the step that does not hold; None when all do. With a reason, those of the reason too."""
    asked = [*transition.conditions, *transition.reason_conditions.get(reason, ())]
    return next((name for name in asked if not CONDITIONS[name](facts)), None)


def available_transitions(
    flow: Graph[S], state: str | None, *, parts: Iterable[str], facts: Facts
) -> dict[str, S]:
    """The steps that who plays these parts may take now, in the flow's order."""
    played = set(parts)
    return {
        key: transition
        for key, transition in flow.transitions.items()
        if may(transition, state, parts=played) and unmet(transition, facts) is None
    }
