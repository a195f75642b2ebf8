"""What a device without a signal claims counts by our clock, after it last heard from us; punctuality by the record."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gongzhi.workflow.calendar import ZONE
from gongzhi.workflow.claims import Sending, claimed_time, punctuality, worth_telling

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=ZONE)
HOUR = timedelta(hours=1)


def test_a_claim_is_set_right_by_the_devices_own_clock() -> None:
    fast = Sending(sent_at=NOON + 3 * HOUR, received_at=NOON, synced_at=NOON - 5 * HOUR)
    assert claimed_time(NOON + HOUR, fast) == NOON - 2 * HOUR


def test_what_lies_before_the_last_sync_or_after_the_sending_is_not_believed() -> None:
    sending = Sending(sent_at=NOON, received_at=NOON, synced_at=NOON - HOUR)
    assert claimed_time(NOON - HOUR, sending) == NOON - HOUR
    assert claimed_time(NOON - HOUR - timedelta(seconds=1), sending) is None
    assert claimed_time(NOON + timedelta(seconds=1), sending) is None


def test_a_device_that_does_not_tell_its_time_or_was_never_heard_of_claims_nothing() -> None:
    assert claimed_time(NOON, Sending(None, NOON, NOON - HOUR)) is None
    assert claimed_time(NOON, Sending(NOON, NOON, None)) is None
    assert claimed_time(None, Sending(NOON, NOON, NOON - HOUR)) is None


spans = st.timedeltas(timedelta(), timedelta(days=9))


@given(offset=st.timedeltas(timedelta(days=-4000), timedelta(days=4000)), ago=spans, sync=spans)
def test_a_clock_that_is_wrong_changes_nothing(offset: timedelta, ago: timedelta, sync: timedelta) -> None:
    right = claimed_time(NOON - ago, Sending(NOON, NOON, NOON - sync))
    assert claimed_time(NOON - ago + offset, Sending(NOON + offset, NOON, NOON - sync)) == right
    assert (right is not None) == (ago <= sync)


def test_punctuality_goes_by_the_record_and_says_where_it_rests_on_a_claim() -> None:
    late = NOON + HOUR
    assert punctuality(NOON, NOON, now=late) == "on_time"
    assert punctuality(NOON, late, now=late) == "late"
    assert punctuality(NOON, late, now=late, claimed_at=NOON) == "claimed"
    assert punctuality(NOON, late, now=late, claimed_at=late) == "late"
    assert punctuality(NOON, None, now=NOON) == "running"
    assert punctuality(NOON, None, now=late) == "late"
    assert punctuality(None, late, now=late) is None
    assert worth_telling(late, NOON)
    assert not worth_telling(NOON, NOON - timedelta(seconds=60))
