"""Times in plain words."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from gongzhi.ui import dates

NOW = datetime(2026, 11, 22, 16, 10, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW - timedelta(seconds=20), "刚刚"),
        (NOW - timedelta(minutes=10), "今天 16:00"),
        (NOW - timedelta(days=1), "昨天 16:10"),
        (NOW + timedelta(days=1), "明天 16:10"),
        (NOW - timedelta(days=9), "11月13日 16:10"),
        (NOW - timedelta(days=400), "2025年10月18日 16:10"),
    ],
)
def test_a_time_is_said_as_people_say_it(at: datetime, words: str) -> None:
    assert dates.when_words(at, NOW) == words


@pytest.mark.parametrize(
    ("due", "words", "tone"),
    [
        (None, "没有期限", "plain"),
        (NOW + timedelta(days=3, hours=1), "还剩3天", "plain"),
        (NOW + timedelta(hours=30), "还剩30小时", "plain"),
        (NOW + timedelta(hours=5), "还剩5小时", "soon"),
        (NOW + timedelta(seconds=5), "还剩1分钟", "soon"),
        (NOW - timedelta(hours=5), "已超期5小时", "late"),
        (NOW - timedelta(days=2), "已超期2天", "late"),
    ],
)
def test_a_deadline_says_how_far_it_is(due: datetime | None, words: str, tone: str) -> None:
    assert (dates.due_words(due, NOW), dates.due_tone(due, NOW)) == (words, tone)


def test_midnight_decides_the_day_in_the_villages_own_time() -> None:
    late = datetime(2026, 11, 21, 23, 59, tzinfo=timezone.get_default_timezone())
    assert dates.when_words(late, NOW) == "昨天 23:59"


def test_english_has_its_own_order_of_day_and_month() -> None:
    with translation.override("en"):
        assert dates.when_words(NOW - timedelta(days=9), NOW) == "13 November 16:10"
        assert dates.due_words(NOW - timedelta(days=2), NOW) == "2 days late"
