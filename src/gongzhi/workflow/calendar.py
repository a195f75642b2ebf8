"""Working days and office hours, as pure functions. Public holidays come from chinesecalendar.

The State Council announces each year's holidays in the autumn before. Beyond the last announced year only
weekends and the fixed holidays are known; what is computed there says so (`assumed`). Names of holidays
are the library's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from chinese_calendar import constants

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(14, 30), time(18, 0)))
LAST_ANNOUNCED_YEAR = max(constants.holidays).year
FIRST_KNOWN_YEAR = min(constants.holidays).year
FIXED_HOLIDAYS = {
    (1, 1): "New Year's Day",
    (5, 1): "Labour Day",
    (5, 2): "Labour Day",
    (10, 1): "National Day",
    (10, 2): "National Day",
    (10, 3): "National Day",
}

Why = Literal["working", "shifted", "weekend", "holiday", "local"]


@dataclass(frozen=True)
class Day:
    """What kind of day a date is, and why. `assumed`: its year's holidays are not announced yet."""

    on: date
    working: bool
    why: Why
    name: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days and office hours of a place. `days` are a pack's own exceptions, by date."""

    hours: tuple[tuple[time, time], ...] = OFFICE_HOURS
    days: dict[date, tuple[bool, str]] = field(default_factory=dict, hash=False)

    def day(self, on: date) -> Day:
        """What kind of day it is: the pack's exception first, then the announced calendar."""
        if on in self.days:
            working, name = self.days[on]
            return Day(on, working, "local", name)
        return _official(on)

    @property
    def day_length(self) -> timedelta:
        """Office hours in one working day."""
        return sum((_length(span) for span in self.hours), timedelta())

    def opening(self, on: date) -> datetime:
        """When the office opens on a working day."""
        return datetime.combine(on, self.hours[0][0], ZONE)

    def closing(self, on: date) -> datetime:
        """When the office closes on a working day."""
        return datetime.combine(on, self.hours[-1][1], ZONE)

    def spans(self, on: date) -> list[tuple[datetime, datetime]]:
        """The office hours of a date; none on a day off."""
        if not self.day(on).working:
            return []
        return [
            (datetime.combine(on, begin, ZONE), datetime.combine(on, end, ZONE)) for begin, end in self.hours
        ]

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The moment at which `amount` of office time after `start` is used up."""
        moment, left = start.astimezone(ZONE), amount
        if left <= timedelta():
            return moment
        for begin, end in self._spans_from(moment):
            usable = end - max(begin, moment)
            if left <= usable:
                return max(begin, moment) + left
            left -= usable
        raise AssertionError("the calendar has no end")

    def before(self, end: datetime, amount: timedelta) -> datetime:
        """The moment from which `amount` of office time is left until `end`."""
        moment, left = end.astimezone(ZONE), amount
        on = moment.date()
        while left > timedelta():
            for begin, finish in reversed(self.spans(on)):
                usable = min(finish, moment) - begin
                if timedelta() < left <= usable:
                    return min(finish, moment) - left
                left -= max(usable, timedelta())
            on -= timedelta(days=1)
        return moment

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The office time from one moment to another; nothing when the second is not later."""
        total = timedelta()
        first, last = start.astimezone(ZONE), end.astimezone(ZONE)
        for begin, finish in self._spans_from(first):
            if begin >= last:
                break
            total += max(min(finish, last) - max(begin, first), timedelta())
        return total

    def next_working_day(self, on: date) -> date:
        """The first working day after a date."""
        return self.working_days_after(on, 1)

    def working_days_after(self, on: date, count: int) -> date:
        """The `count`-th working day after a date, which is not counted itself (民法典 201)."""
        while count > 0:
            on += timedelta(days=1)
            count -= self.day(on).working
        return on

    def count(self, after: date, until: date) -> int:
        """How many working days lie after one date and up to another, that one included."""
        days = (until - after).days
        return sum(self.day(after + timedelta(days=step)).working for step in range(1, days + 1))

    def _spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        on = moment.date()
        while True:
            for begin, end in self.spans(on):
                if end > moment:
                    yield begin, end
            on += timedelta(days=1)


def _length(span: tuple[time, time]) -> timedelta:
    anchor = date(2000, 1, 1)
    return datetime.combine(anchor, span[1]) - datetime.combine(anchor, span[0])


@lru_cache(maxsize=4096)
def _official(on: date) -> Day:
    weekend = on.weekday() > 4
    if not FIRST_KNOWN_YEAR <= on.year <= LAST_ANNOUNCED_YEAR:
        name = FIXED_HOLIDAYS.get((on.month, on.day), "")
        working = not weekend and not name
        return Day(
            on, working, "holiday" if name else "weekend" if weekend else "working", name, assumed=True
        )
    if on in constants.workdays:
        return Day(on, True, "shifted", constants.workdays[on])
    if on in constants.holidays:
        return Day(on, False, "holiday", constants.holidays[on])
    return Day(on, not weekend, "weekend" if weekend else "working")
