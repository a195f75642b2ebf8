"""Writing a calendar (RFC 5545): a few events with a time, no more. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

LINE = 75


@dataclass(frozen=True)
class Entry:
    """One event: what is due, where, and when. `changed` is when it came to be."""

    uid: str
    summary: str
    place: str
    due_at: datetime
    changed: datetime


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """The calendar as text, the same for the same entries."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Gongzhi//Tasks//ZH",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}",
            f"DTSTAMP:{_moment(entry.changed)}",
            f"DTSTART:{_moment(entry.due_at)}",
            f"SUMMARY:{escaped(entry.summary)}",
            f"LOCATION:{escaped(entry.place)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def escaped(text: str) -> str:
    """Text as a value: no letter of it is taken for a separator or a new line."""
    plain = "".join(letter for letter in text if letter >= " " or letter == "\n")
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def folded(line: str) -> list[str]:
    """A line in parts of at most 75 bytes; each further one begins with a blank. No letter is cut."""
    parts, now, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE:
            parts.append(now)
            now, size = " ", 1
        now, size = now + letter, size + width
    return [*parts, now]


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
