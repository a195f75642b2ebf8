"""Random histories of a clock: the due time that commands keep is the one that the slow way finds."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gongzhi.workflow.calendar import ZONE, WorkingCalendar
from gongzhi.workflow.clock import read_clock
from gongzhi.workflow.rules import Term, deadline_for
from gongzhi.workflow.slow import rounds_of, slow_due

OPENED = datetime(2025, 1, 1, tzinfo=ZONE)
CALENDAR = WorkingCalendar()
History = tuple[Term, list[dict[str, Any]]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A term, and what steps in any possible order did to one or two clocks, to the microsecond."""
    unit = draw(st.sampled_from(["working_days", "working_hours", "days", "hours"]))
    longer = draw(st.sampled_from([unit, "working_hours" if unit.startswith("working") else "hours"]))
    moment = OPENED + draw(st.timedeltas(timedelta(), timedelta(days=700)))
    operations: list[dict[str, Any]] = []
    for number in range(1, draw(st.integers(1, 2)) + 1):
        operations.append({"op": "start", "at": moment.isoformat(), "round": number})
        paused = False
        for _step in range(draw(st.integers(0, 6))):
            moment += draw(st.timedeltas(timedelta(seconds=1), timedelta(days=4)))
            op = draw(st.sampled_from(["resume" if paused else "pause", "extend", "stop", "continue"]))
            paused = {"pause": True, "resume": False}.get(op, paused)
            operations.append({"op": op, "at": moment.isoformat(), "amount": 2, "unit": longer})
        moment += timedelta(hours=5)
    return Term(draw(st.integers(1, 15)), unit), operations  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None)
@given(histories())
def test_the_due_time_from_the_events_is_that_of_the_slow_way(history: History) -> None:
    term, operations = history
    for count in range(1, len(operations) + 1):
        told = operations[:count]
        clock = read_clock(told)
        assert clock is not None
        due, _trace = deadline_for(
            term, clock.started_at, calendar=CALENDAR, pauses=clock.pauses, extensions=clock.extensions
        )
        assert due == slow_due(rounds_of(told)[-1], term, calendar=CALENDAR)


def test_without_a_start_there_is_no_clock() -> None:
    stop = {"op": "stop", "at": OPENED.isoformat()}
    assert rounds_of([stop]) == []
    assert rounds_of([stop, {"op": "start", "at": OPENED.isoformat()}, stop]) == [
        [{"op": "start", "at": OPENED.isoformat()}, stop]
    ]
