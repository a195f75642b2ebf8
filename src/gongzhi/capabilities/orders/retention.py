"""How long what a closed order holds of a person is kept (个人信息保护法 19, 47). Data of the pack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Effective, Sourced, register

LEAST_DAYS = 30
NEVER = datetime.min.replace(tzinfo=UTC)


class Retention(Sourced):
    """After how many days from its closing an order's contact data go, and its words if the pack says so.

    The events and the log of readings are not meant here: they name nobody, are never deleted, and so stand for longer
    than the six months that 网络安全法 23 asks for.
    """

    KIND: ClassVar[str] = "retention"

    contact_days: int = Field(ge=LEAST_DAYS, le=3650)
    words_days: int | None = Field(default=None, ge=LEAST_DAYS, le=36500)
    export_hours: bool = False
    """Whether spreadsheets tell the hour beside the day. The minute leaves the house in none."""


@dataclass(frozen=True)
class Limits:
    """What closed up to these moments is past its term at one moment."""

    contact: datetime
    words: datetime


def limits(kept: Retention, now: datetime) -> Limits:
    """The last closings that are past their terms; NEVER where the pack keeps the words."""
    words = NEVER if kept.words_days is None else now - timedelta(days=kept.words_days)
    return Limits(contact=now - timedelta(days=kept.contact_days), words=words)


def retention(region_code: int) -> Retention:
    """What governs keeping in a place."""
    return definitions.get(Retention, "default", region_code=region_code).body


def retention_problems(kept: Retention, effective: Effective) -> Iterable[str]:
    """Nothing goes while the resident may still rate or reopen; words go no sooner than the contact."""
    for key, deadline in effective.of("deadline").items():
        days = getattr(deadline, "rating_days", 0) + getattr(deadline, "reopen_days", 0)
        if kept.contact_days < days:
            yield f"contact data would go after {kept.contact_days} days; {key!r} can be reopened for {days}"
    if kept.words_days is not None and kept.words_days < kept.contact_days:
        yield "the words would go before the contact data; make `words_days` the longer one"


def retention_example(body: Retention, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{closed, at, goes}`: None when the same goes, of `contact` and `words`."""
    closed, now = (datetime.fromisoformat(example[key]).replace(tzinfo=UTC) for key in ("closed", "at"))
    last = limits(body, now)
    terms = {"contact": last.contact, "words": last.words}
    goes = [what for what, until in terms.items() if closed <= until]
    return None if goes == list(example["goes"]) else f"{goes} goes, not {example['goes']}"


register(Retention, check=retention_problems, example=retention_example)
