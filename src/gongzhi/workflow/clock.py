"""The clock of a matter: what its events did to it, and by when it is therefore due.

Each event that touches a clock says so in its data (`clock`: a list of operations), so that `reconcile` can find the
due time again from the events alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.events.models import Event
from gongzhi.workflow.calendar import WorkingCalendar
from gongzhi.workflow.definitions import Deadline, OfficeHours
from gongzhi.workflow.models import Matter
from gongzhi.workflow.rules import Extension, Pause, Trace, Unit, deadline_for

Operation = dict[str, Any]
Due = tuple[datetime | None, Trace]


@dataclass
class Clock:
    """One round's clock as its operations left it."""

    started_at: datetime
    pauses: list[Pause] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)

    def due(self, deadline: Deadline, calendar: WorkingCalendar) -> Due:
        """By when the matter must be solved, and how that came about; None while the clock stands still."""
        return deadline_for(
            deadline.solution.term(),
            self.started_at,
            calendar=calendar,
            pauses=self.pauses,
            extensions=self.extensions,
        )


def calendar_at(region_code: int) -> WorkingCalendar:
    """The working days and office hours of a place."""
    try:
        return definitions.get(OfficeHours, "office", region_code=region_code).body.calendar()
    except LookupError:
        return WorkingCalendar()


def deadline_of(matter: Matter) -> Deadline:
    """The version of the deadline that governs this matter."""
    return cast(Deadline, definitions.by_id(matter.deadline_id).body)


def clock_of(matter: Matter, more: Iterable[Operation] = ()) -> Clock | None:
    """The present round's clock, by the events of the matter and by `more` operations about to be recorded."""
    return read_clock([*operations_of(matter.id), *more])


def operations_of(matter_id: UUID) -> list[Operation]:
    """Everything that the events of a matter did to its clock, in order."""
    return operations_of_all([matter_id]).get(matter_id, [])


def operations_of_all(matter_ids: Iterable[UUID]) -> dict[UUID, list[Operation]]:
    """The same of many matters, in one statement."""
    events = Event.objects.filter(thread__in=list(matter_ids), data__has_key="clock").order_by("id")
    found: dict[UUID, list[Operation]] = {}
    for event in events.only("thread", "data"):
        if event.thread is not None:
            found.setdefault(event.thread, []).extend(event.data["clock"])
    return found


def read_clock(operations: Iterable[Operation]) -> Clock | None:
    """The last round's clock; None where no clock was ever started (an imported matter)."""
    clock: Clock | None = None
    for each in operations:
        at = datetime.fromisoformat(each["at"])
        if each["op"] == "start":
            clock = Clock(at)
        elif clock is None:
            continue
        elif each["op"] == "pause":
            clock.pauses.append(Pause(at, None, each.get("reason", "")))
        elif each["op"] == "resume" and clock.pauses:
            standing = clock.pauses.pop()
            clock.pauses.append(Pause(standing.begin, at, standing.reason))
        elif each["op"] == "extend":
            unit = cast(Unit, each["unit"])
            clock.extensions.append(Extension(each["amount"], unit, each.get("reason", "")))
    return clock
