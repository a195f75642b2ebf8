"""The rates of service (办理质效): what is divided by what, by the formulas of GB/T 30428 and CJ/T 213. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

MOST_DAYS = 366


@dataclass(frozen=True)
class Rate:
    """One rate: the counts over and under the line, by name."""

    key: str
    part: str
    whole: str


RATES = (
    Rate("response", "responded", "respond_due"),
    Rate("punctuality", "in_time", "time_due"),
    Rate("closing", "closed", "close_due"),
    Rate("solving", "solved", "rated"),
    Rate("satisfaction", "satisfied", "rated"),
)
"""响应率, 按期办结率 and 结案率 of what should have been; 解决率 and 满意率 of what was rated."""

APART = ("unsolved", "not_ours", "unrated", "withdrawn", "duplicate", "void")
"""What is shown beside the rates: closed is not solved, and what was not rated is in no rate of satisfaction."""


@dataclass(frozen=True)
class Counts:
    """How many orders of one group belong to each count."""

    of: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.of.get(name, 0)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts({name: self[name] + other[name] for name in {*self.of, *other.of}})


def share(part: int, whole: int) -> float | None:
    """Part of whole; None where there is nothing to be a part of: that is "not applicable", never 100 %.

    Refuses (ValueError) a part that is more than its whole.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} is no part of {whole}")
    return part / whole if whole else None


def moments(first: date, last: date, *, zone: tzinfo) -> tuple[datetime, datetime]:
    """From the first day's midnight until before the midnight after the last one: calendar days, not spans of 24 hours.

    Days the wrong way round are turned; of more than a year the last year is taken.
    """
    first, last = min(first, last), max(first, last)
    first = max(first, last - timedelta(days=MOST_DAYS - 1))
    return (
        datetime.combine(first, time(), tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
    )
