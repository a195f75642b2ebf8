"""Random terms and ladders: what the quick way and the slow way say of each watch is the same, to the microsecond."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongzhi.workflow.calendar import ZONE, WorkingCalendar
from gongzhi.workflow.definitions import (
    Escalation,
    LapseSpec,
    RepeatSpec,
    RiseSpec,
    escalation_problems,
)
from gongzhi.workflow.rules import Unit, may_urge_again
from gongzhi.workflow.slow_watches import slow_after, slow_before
from gongzhi.workflow.watches import Running, Urging, left_of, rising, watch_times

CALENDAR = WorkingCalendar()
FIRST = datetime(2025, 1, 1, tzinfo=ZONE)
UNITS: list[Unit] = ["working_days", "working_hours", "days", "hours"]
moments = st.timedeltas(timedelta(), timedelta(days=700)).map(lambda passed: FIRST + passed)
lapses = st.builds(LapseSpec, amount=st.integers(0, 12), unit=st.sampled_from(UNITS))


@settings(max_examples=400, deadline=None)
@given(due=moments, lapse=lapses)
def test_each_watch_falls_where_the_slow_way_finds_it(due: datetime, lapse: LapseSpec) -> None:
    rise = RiseSpec(amount=lapse.amount, unit=lapse.unit, to="county")
    ladder = Escalation.model_validate({"solution": {"before": [lapse], "after": [rise]}})
    found = {
        each.key: each.at for each in watch_times(ladder, [Running("solution", None, due)], calendar=CALENDAR)
    }
    assert found == {
        "solution:remind:1": slow_before(due, lapse, calendar=CALENDAR),
        "solution:county": slow_after(due, rise, calendar=CALENDAR),
    }


def test_a_reminder_before_its_term_began_is_left_out() -> None:
    ladder = Escalation.model_validate({"response": {"before": [{"amount": 2, "unit": "hours"}]}})
    due = datetime(2026, 3, 2, 11, 0, tzinfo=ZONE)
    for begun, expected in ((9, []), (8, ["response:remind:1"])):
        running = Running("response", due.replace(hour=begun), due)
        assert [each.key for each in watch_times(ladder, [running], calendar=CALENDAR)] == expected


def test_urging_goes_up_only_from_the_number_that_the_deadline_names() -> None:
    ladder = Escalation(urged=[RepeatSpec(times=3, to="township"), RepeatSpec(times=5, to="county")])
    for count, expected in ((2, []), (3, ["urged:township"]), (5, ["urged:county", "urged:township"])):
        watches = watch_times(ladder, [], calendar=CALENDAR, urging=Urging(count, FIRST))
        assert [each.key for each in watches] == expected
    assert left_of(watches, ["urged:township"]) == watches[:1]


def test_levels_rise() -> None:
    assert rising(["township", "county", "prefecture"])
    assert not rising(["county", "township"])
    assert not rising(["county", "county"])


@pytest.mark.parametrize(("hour", "days", "may"), [(23, 1, False), (24, 1, True), (24, 2, False)])
def test_one_may_urge_again_on_another_day_of_the_calendar(hour: int, days: int, *, may: bool) -> None:
    urged = datetime(2026, 3, 2, 0, 30, tzinfo=ZONE)
    assert may_urge_again(urged, urged + timedelta(hours=hour), days=days) == may


def test_a_ladder_that_does_not_rise_in_time_is_refused_in_words() -> None:
    ladder = Escalation.model_validate(
        {
            "solution": {
                "after": [
                    {"amount": 2, "unit": "working_days", "to": "township"},
                    {"amount": 1, "unit": "working_days", "to": "county"},
                ]
            },
            "check": {"after": [{"amount": 0, "unit": "hours", "to": "county"}] * 2},
        }
    )
    told = " ".join(escalation_problems(ladder, calendar=CALENDAR))
    assert "after `solution` time must pass" in told
    assert "after `check` must rise" in told
