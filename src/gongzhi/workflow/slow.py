"""The due time once more, slowly and by another way: every stretch of time is walked through from the first event.

`reconcile` and the tests hold `clock.Clock.due` against it. Nothing is shared with it but the calendar's days.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from gongzhi.workflow.calendar import ZONE, WorkingCalendar
from gongzhi.workflow.rules import Term

Stretch = tuple[datetime, datetime]
FOREVER = datetime.max.replace(tzinfo=ZONE)


def rounds_of(operations: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The operations on each clock: a clock begins with `start`; what stands before the first belongs to none."""
    starts = [place for place, each in enumerate(operations) if each["op"] == "start"]
    return [list(operations[a:b]) for a, b in pairwise([*starts, len(operations)])]


def slow_due(
    operations: Sequence[dict[str, Any]], term: Term, *, calendar: WorkingCalendar
) -> datetime | None:
    """By when a clock with these operations runs out; None while it stands still before that."""
    started = moment_of(operations[0])
    left = length_of(term.amount, term.unit, calendar=calendar)
    left += sum(
        (
            length_of(each["amount"], each["unit"], calendar=calendar)
            for each in operations
            if each["op"] == "extend"
        ),
        timedelta(),
    )
    still = _still(operations)
    begin = started if term.unit.endswith("hours") else _midnight(started + timedelta(days=1))
    for opens, closes in counting(begin, term, calendar=calendar):
        moment = opens
        while moment < closes:
            pause = next((each for each in still if each[0] <= moment < each[1]), None)
            if pause is not None:
                if pause[1] == FOREVER:
                    return None
                moment = pause[1]
                continue
            until = min([closes, *(each[0] for each in still if each[0] > moment)])
            if left <= until - moment:
                return _end(moment + left, term, calendar=calendar)
            left -= until - moment
            moment = until
    raise AssertionError("time does not end")


def _still(operations: Sequence[dict[str, Any]]) -> list[Stretch]:
    stretches: list[Stretch] = []
    since: datetime | None = None
    for each in operations:
        if each["op"] == "pause" and since is None:
            since = moment_of(each)
        elif each["op"] == "resume" and since is not None:
            stretches.append((since, moment_of(each)))
            since = None
    return [*stretches, (since, FOREVER)] if since is not None else stretches


def counting(begin: datetime, term: Term, *, calendar: WorkingCalendar) -> Iterator[Stretch]:
    """The stretches of time that count, from a moment on: office hours, or all hours."""
    day = begin.date()
    while True:
        whole = [(_midnight_of(day), _midnight_of(day + timedelta(days=1)))]
        for opens, closes in calendar.spans(day) if term.unit.startswith("working") else whole:
            if closes > begin:
                yield max(opens, begin), closes
        day += timedelta(days=1)


def _end(due: datetime, term: Term, *, calendar: WorkingCalendar) -> datetime:
    """A term in days lasts to the last second of a day, and that is a working one."""
    if term.unit != "days":
        return due
    last = (due - timedelta(seconds=1)).astimezone(ZONE).date()
    while not calendar.day(last).working:
        last += timedelta(days=1)
    return datetime.combine(last, time(23, 59, 59), ZONE)


def length_of(amount: int, unit: str, *, calendar: WorkingCalendar) -> timedelta:
    hours = {"hours": timedelta(hours=1), "working_hours": timedelta(hours=1), "days": timedelta(hours=24)}
    one_day = sum(
        (
            datetime.combine(ANY_DAY, closes) - datetime.combine(ANY_DAY, opens)
            for opens, closes in calendar.hours
        ),
        timedelta(),
    )
    return amount * (one_day if unit == "working_days" else hours[unit])


ANY_DAY = datetime(2000, 1, 1, tzinfo=ZONE).date()


def moment_of(operation: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(operation["at"]).astimezone(ZONE)


def _midnight(moment: datetime) -> datetime:
    return _midnight_of(moment.astimezone(ZONE).date())


def _midnight_of(day: Any) -> datetime:
    return datetime.combine(day, time(), ZONE)
