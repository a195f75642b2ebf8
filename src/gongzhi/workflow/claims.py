"""When something happened: what was recorded counts, and within bounds what a device without a signal claims. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Punctuality = Literal["on_time", "claimed", "late", "running"]
SLACK = timedelta(seconds=60)
"""What a claim must differ by to be worth telling: sending takes a while."""


@dataclass(frozen=True)
class Sending:
    """One sending of a device: its own time as it sent, ours as it arrived, and when we last heard of it before."""

    sent_at: datetime | None
    received_at: datetime
    synced_at: datetime | None


def claimed_time(occurred_at: datetime | None, sending: Sending) -> datetime | None:
    """When a deed happened by our clock, if the device's claim can be believed; else None: what was recorded counts.

    The device's clock is set right by what it said as it sent. The deed then lies after the device last heard from us
    and before it sent; a device that was never heard of, or does not tell its time, claims nothing.
    """
    if occurred_at is None or sending.sent_at is None or sending.synced_at is None:
        return None
    if occurred_at > sending.sent_at:
        return None
    by_our_clock = occurred_at + (sending.received_at - sending.sent_at)
    return by_our_clock if by_our_clock >= sending.synced_at else None


def worth_telling(recorded_at: datetime, claimed_at: datetime) -> bool:
    """Whether a claim lies so far before what was recorded that it is shown beside it."""
    return recorded_at - claimed_at > SLACK


def punctuality(
    due: datetime | None, done_at: datetime | None, *, now: datetime, claimed_at: datetime | None = None
) -> Punctuality | None:
    """Whether a term was kept, by what was recorded; `claimed`: only by what the device claims. None without a term."""
    if due is None:
        return None
    if done_at is None:
        return "late" if now > due else "running"
    if done_at <= due:
        return "on_time"
    return "claimed" if claimed_at is not None and claimed_at <= due else "late"
