"""Due times against an independent, slow reckoning, and the calendar against the days that were announced."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongzhi.workflow.calendar import LAST_ANNOUNCED_YEAR, ZONE, WorkingCalendar
from gongzhi.workflow.rules import Extension, Pause, Term, Unit, deadline_for, merged, worsens

CALENDAR = WorkingCalendar()
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def slow_due(term: Term, opened: datetime, pauses: list[tuple[datetime, datetime]], extra: int) -> datetime:
    """Count minute by minute what is left of the term; only the calendar's days are shared."""
    working = term.unit.startswith("working")
    if term.unit.endswith("hours"):
        moment, left = opened, (term.amount + extra) * 60
    else:
        moment = datetime.combine(opened.date() + timedelta(days=1), time(), ZONE)
        left = (term.amount + extra) * (7 * 60 if working else 24 * 60)
    while left:
        clock = moment.time()
        office = time(8, 30) <= clock < time(12) or time(14, 30) <= clock < time(18)
        counts = not working or (office and CALENDAR.day(moment.date()).working)
        paused = any(begin <= moment < end for begin, end in pauses)
        left -= counts and not paused
        moment += MINUTE
    if term.unit != "days":
        return moment
    last = (moment - MINUTE).date()
    while not CALENDAR.day(last).working:
        last += timedelta(days=1)
    return datetime.combine(last, time(23, 59, 59), ZONE)


moments = st.integers(0, 790 * 24 * 60).map(lambda minutes: at("2025-01-01T00:00") + minutes * MINUTE)
units = st.sampled_from(["working_days", "working_hours", "days", "hours"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Term, datetime, list[tuple[datetime, datetime]], int]:
    unit: Unit = draw(units)
    term = Term(draw(st.integers(1, 12 if unit.endswith("days") else 60)), unit)
    opened = draw(moments)
    spans = draw(st.lists(st.tuples(st.integers(0, 20 * 24 * 60), st.integers(1, 6 * 24 * 60)), max_size=3))
    pauses = [(opened + begin * MINUTE, opened + (begin + length) * MINUTE) for begin, length in spans]
    return term, opened, pauses, draw(st.integers(0, 4))


@settings(max_examples=120, deadline=None)
@given(cases())
def test_the_rule_agrees_with_a_slow_count_by_the_minute(
    case: tuple[Term, datetime, list[tuple[datetime, datetime]], int],
) -> None:
    term, opened, pauses, extra = case
    due, trace = deadline_for(
        term,
        opened,
        calendar=CALENDAR,
        pauses=[Pause(begin, end) for begin, end in pauses],
        extensions=[Extension(extra, term.unit)] if extra else [],
    )
    assert due == slow_due(term, opened, pauses, extra)
    assert trace[0]["step"] == "opened"
    assert due is not None
    assert trace[-1] == {"step": "due", "at": due.isoformat()}


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, 10))
def test_more_time_never_ends_earlier(
    case: tuple[Term, datetime, list[tuple[datetime, datetime]], int], more: int
) -> None:
    term, opened, spans, _ = case
    pauses = [Pause(begin, end) for begin, end in spans]
    plain, _t = deadline_for(term, opened, calendar=CALENDAR)
    paused, _t = deadline_for(term, opened, calendar=CALENDAR, pauses=pauses)
    longer, _t = deadline_for(Term(term.amount + more, term.unit), opened, calendar=CALENDAR, pauses=pauses)
    assert plain is not None
    assert paused is not None
    assert longer is not None
    assert opened < plain <= paused <= longer
    assert worsens(plain, paused) == (paused > plain)


@given(cases())
def test_the_order_in_which_pauses_are_told_changes_nothing(
    case: tuple[Term, datetime, list[tuple[datetime, datetime]], int],
) -> None:
    term, opened, spans, _ = case
    pauses = [Pause(begin, end) for begin, end in spans]
    assert (
        deadline_for(term, opened, calendar=CALENDAR, pauses=pauses)[0]
        == deadline_for(term, opened, calendar=CALENDAR, pauses=pauses[::-1])[0]
    )


@pytest.mark.parametrize(
    ("term", "opened", "due"),
    [
        (Term(1, "working_days"), "2026-03-02T10:00", "2026-03-03T18:00"),
        (Term(1, "working_days"), "2026-03-02T23:30", "2026-03-03T18:00"),
        (Term(1, "working_days"), "2026-03-06T10:00", "2026-03-09T18:00"),
        (Term(5, "working_days"), "2026-09-28T10:00", "2026-10-10T18:00"),
        (Term(2, "working_hours"), "2026-03-02T11:00", "2026-03-02T15:30"),
        (Term(2, "working_hours"), "2026-03-06T17:00", "2026-03-09T09:30"),
        (Term(7, "days"), "2026-03-02T10:00", "2026-03-09T23:59:59"),
        (Term(5, "days"), "2026-03-02T10:00", "2026-03-09T23:59:59"),
        (Term(24, "hours"), "2026-03-06T20:00", "2026-03-07T20:00"),
    ],
)
def test_known_due_times(term: Term, opened: str, due: str) -> None:
    assert deadline_for(term, at(opened), calendar=CALENDAR)[0] == at(due)


def test_while_the_clock_stands_still_nothing_is_due() -> None:
    due, trace = deadline_for(
        Term(5, "working_days"),
        at("2026-03-02T10:00"),
        calendar=CALENDAR,
        pauses=[Pause(at("2026-03-03T10:00"), None, "weather")],
    )
    assert due is None
    assert trace[-1] == {"step": "standing", "from": "2026-03-03T10:00:00+08:00", "reason": "weather"}


def test_a_pause_after_the_due_time_gives_nothing_back() -> None:
    opened = at("2026-03-02T10:00")
    late = [Pause(at("2026-03-10T09:00"), at("2026-03-20T09:00")), Pause(at("2026-04-10T09:00"), None)]
    assert deadline_for(Term(5, "working_days"), opened, calendar=CALENDAR, pauses=late)[0] == at(
        "2026-03-09T18:00"
    )


def test_an_extension_in_another_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be extended by days"):
        deadline_for(
            Term(5, "working_days"),
            at("2026-03-02T10:00"),
            calendar=CALENDAR,
            extensions=[Extension(5, "days")],
        )


def test_the_trace_tells_holidays_pauses_and_extensions() -> None:
    _due, trace = deadline_for(
        Term(3, "working_days"),
        at("2026-02-12T10:00"),
        calendar=CALENDAR,
        pauses=[Pause(at("2026-02-13T08:30"), at("2026-02-13T12:00"), "weather")],
        extensions=[Extension(1, "working_days", "materials")],
    )
    steps = [step["step"] for step in trace]
    assert steps[:4] == ["opened", "term", "extended", "paused"]
    assert {"step": "day", "on": "2026-02-14", "working": True, "name": "Spring Festival"} in trace
    assert {"step": "day", "on": "2026-02-17", "working": False, "name": "Spring Festival"} in trace


def test_beyond_the_announced_years_the_trace_says_that_it_assumes() -> None:
    year = LAST_ANNOUNCED_YEAR + 1
    due, trace = deadline_for(
        Term(3, "working_days"), at(f"{LAST_ANNOUNCED_YEAR}-12-30T10:00"), calendar=CALENDAR
    )
    assert {"step": "assumed", "year": year} in trace
    assert due is not None
    assert not CALENDAR.day(date(year, 1, 1)).working
    assert not CALENDAR.day(date(year, 10, 1)).working


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        (None, None, False),
        (None, "2026-03-02T10:00", False),
        ("2026-03-02T10:00", None, True),
        ("2026-03-02T10:00", "2026-03-02T10:00", False),
        ("2026-03-02T10:00", "2026-03-02T10:01", True),
        ("2026-03-02T10:00", "2026-03-02T09:59", False),
    ],
)
def test_a_later_due_time_or_none_is_worse_for_the_resident(
    old: str | None, new: str | None, worse: bool
) -> None:
    assert worsens(at(old) if old else None, at(new) if new else None) is worse


def test_pauses_that_touch_are_one_and_empty_ones_none() -> None:
    day = [at(f"2026-03-{number:02d}T10:00") for number in range(1, 9)]
    result = merged(
        [Pause(day[3], day[4]), Pause(day[0], day[2], "a"), Pause(day[1], day[3]), Pause(day[6], day[6])]
    )
    assert result == [Pause(day[0], day[4], "a")]
    assert merged([Pause(day[0], None), Pause(day[1], day[2])]) == [Pause(day[0], None)]


def test_a_pack_says_which_days_a_place_works_otherwise() -> None:
    fair = date(2026, 3, 3)
    local = WorkingCalendar(days={fair: (False, "庙会")})
    assert not local.day(fair).working
    assert local.working_days_after(date(2026, 3, 2), 1) == date(2026, 3, 4)
    assert local.count(date(2026, 3, 2), date(2026, 3, 6)) == 3
    assert local.between(at("2026-03-02T08:00"), at("2026-03-04T20:00")) == timedelta(hours=14)


@given(moments, st.integers(0, 5000))
def test_adding_office_time_and_measuring_it_agree(start: datetime, minutes: int) -> None:
    end = CALENDAR.add(start, minutes * MINUTE)
    assert CALENDAR.between(start, end) == minutes * MINUTE
    assert CALENDAR.between(end, start) == timedelta()
