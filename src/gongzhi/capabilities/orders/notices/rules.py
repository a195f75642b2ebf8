"""When a notice is sent, what it says, and what an answer means: pure functions, no Django."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID

State = Literal["sent", "delivered", "failed", "uncertain", "again"]
PLACEHOLDERS = frozenset({"number", "told", "kind"})
"""What a template may name. None of it is a name, a telephone or somebody's words."""
DIGEST_PLACEHOLDERS = frozenset({"count", "lines"})
STOP_PLACEHOLDERS = frozenset({"link"})
MOST_TRIES = 6
FIRST_WAIT = 60
LONGEST_WAIT = 3600
MOST_GATHERED = 20


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message to one person. `key` is the same however often it is tried; `values` fill a provider's template."""

    channel: str
    to: str
    text: str
    key: UUID
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one try.

    `again`: certainly not accepted, and may be tried later, after `wait` seconds where the provider says so.
    `uncertain`: it may have been accepted. `reason` is a code; what a provider writes is kept nowhere.
    """

    state: State
    reason: str = ""
    provider_id: str = ""
    wait: int = 0


@dataclass(frozen=True)
class Report:
    """What a provider tells later of a message, known by our `key` or by its own id: whether it arrived."""

    state: Literal["delivered", "failed"]
    key: UUID | None = None
    provider_id: str = ""
    reason: str = ""


def is_news(report: Report, *, known: str) -> bool:
    """Whether a report says more than what is known. What arrived has arrived, whatever is told of it later.

    One that waits to be tried again did not fail for good; that it arrived after all is news of it too.
    """
    if report.state == "delivered":
        return known in {"sent", "uncertain", "queued", "failed"}
    return known in {"sent", "uncertain"}


def placeholders(template: str) -> set[str]:
    """The names in braces of a template. Refuses (ValueError) one that cannot be read, or that does more than name."""
    names: set[str] = set()
    for _words, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is more than a name")
        names.add(name)
    return names


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; what has no value stays empty."""
    return template.format_map({**dict.fromkeys(placeholders(template), ""), **values}).strip()


def is_quiet(at: time, *, start: time, end: time) -> bool:
    """Whether it is quiet then. From `start` on, before `end`; over midnight where `start` is the later one."""
    if start == end:
        return False
    if start < end:
        return start <= at < end
    return at >= start or at < end


def after_quiet(moment: datetime, *, start: time, end: time) -> datetime:
    """The moment itself, or the end of the quiet hours in which it lies. `moment` is in local time."""
    if not is_quiet(moment.time(), start=start, end=end):
        return moment
    ends = moment.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > moment else ends + timedelta(days=1)


def send_at(now: datetime, *, urgent: bool, gather: timedelta, quiet: tuple[time, time]) -> datetime:
    """When a notice is sent: an urgent one now; another once the window is over, and not in quiet hours."""
    if urgent:
        return now
    return after_quiet(now + gather, start=quiet[0], end=quiet[1])


def wait_after(tries: int, asked: int = 0) -> int:
    """Seconds to the next try: as long as the provider asked, else twice as long each time, an hour at most."""
    doubled: int = FIRST_WAIT << min(max(tries - 1, 0), 10)
    return min(max(asked, doubled), LONGEST_WAIT)


def settled(outcome: Outcome, *, tries: int, knows_keys: bool) -> Outcome:
    """What a try comes to, given how often it was tried and whether the provider takes the same key only once.

    What may have been accepted is tried again only with a key that the provider knows; nothing is tried for ever.
    """
    if outcome.state == "uncertain" and knows_keys and tries < MOST_TRIES:
        return Outcome("again", outcome.reason, wait=wait_after(tries, outcome.wait))
    if outcome.state == "again":
        if tries >= MOST_TRIES:
            return Outcome("failed", outcome.reason)
        return Outcome("again", outcome.reason, wait=wait_after(tries, outcome.wait))
    return outcome


@dataclass(frozen=True)
class Told:
    """One notice that waits: the order's number, what it says of it, and when it was made."""

    number: str
    values: Mapping[str, str]
    at: datetime


def newest_of_each(waiting: Iterable[Told]) -> list[Told]:
    """Of several notices about one order the last one, in the order of the numbers' first mention."""
    last: dict[str, Told] = {}
    for each in sorted(waiting, key=lambda told: told.at):
        last[each.number] = each
    return list(last.values())


def gathered(told: Sequence[Told], *, digest: str, line: str) -> str:
    """Several notices as one message."""
    lines = "；".join(filled(line, each.values) for each in told)
    return filled(digest, {"count": str(len(told)), "lines": lines})
