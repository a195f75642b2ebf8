"""When a notice is sent and what it says; what an answer comes to."""

from datetime import UTC, datetime, time, timedelta

import pytest

from gongzhi.capabilities.orders.notices import rules
from gongzhi.capabilities.orders.notices.definitions import (
    Notice,
    NoticeHours,
    hours_problems,
    notice_problems,
)
from gongzhi.capabilities.orders.notices.rules import Outcome, Told
from gongzhi.core.definitions.schema import Effective, Text
from gongzhi.workflow.definitions import Flow

NIGHT = (time(21, 30), time(7, 30))
WINDOW = timedelta(minutes=10)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(12), at(12, 10)),
        (at(21, 19), at(21, 29)),
        (at(21, 20), at(7, 30, day=3)),
        (at(23, 59), at(7, 30, day=3)),
        (at(0, 5), at(7, 30)),
        (at(7, 19), at(7, 30)),
        (at(7, 20), at(7, 30)),
        (at(7, 21), at(7, 31)),
    ],
)
def test_a_notice_waits_for_its_window_and_for_the_morning(now: datetime, due: datetime) -> None:
    assert rules.send_at(now, urgent=False, gather=WINDOW, quiet=NIGHT) == due


def test_an_urgent_notice_waits_for_nothing() -> None:
    assert rules.send_at(at(3), urgent=True, gather=WINDOW, quiet=NIGHT) == at(3)


def test_equal_hours_mean_that_it_is_never_quiet() -> None:
    assert not rules.is_quiet(time(3), start=time(0), end=time(0))


def test_of_several_notices_about_one_order_the_last_one_is_told() -> None:
    told = [
        Told("A", {"number": "A", "told": "接单了"}, at(9)),
        Told("B", {"number": "B", "told": "退回了"}, at(10)),
        Told("A", {"number": "A", "told": "办好了"}, at(11)),
    ]
    newest = rules.newest_of_each(told)
    said = rules.gathered(newest, digest="{count}件：{lines}。", line="{number}{told}")
    assert said == "2件：A办好了；B退回了。"


@pytest.mark.parametrize(
    ("outcome", "tries", "knows", "state"),
    [
        (Outcome("sent"), 1, False, "sent"),
        (Outcome("uncertain"), 1, False, "uncertain"),
        (Outcome("uncertain"), 1, True, "again"),
        (Outcome("uncertain"), rules.MOST_TRIES, True, "uncertain"),
        (Outcome("again"), 1, False, "again"),
        (Outcome("again"), rules.MOST_TRIES, True, "failed"),
        (Outcome("failed"), 1, True, "failed"),
    ],
)
def test_the_uncertain_is_tried_again_only_with_a_key_that_is_known(
    outcome: Outcome, tries: int, knows: bool, state: str
) -> None:
    assert rules.settled(outcome, tries=tries, knows_keys=knows).state == state


def test_waits_double_up_to_an_hour_and_heed_the_provider() -> None:
    assert [rules.wait_after(tries) for tries in (1, 2, 3, 9)] == [60, 120, 240, 3600]
    assert rules.wait_after(1, 90) == 90


FLOW = Flow.model_construct(transitions={"accept": None})
BASE = Effective({"flow": {"order": FLOW}})


def notice(**more: object) -> Notice:
    text = {"zh": "{number}", "en": "{number}"}
    return Notice.model_validate(
        {"event": "accept", "channels": ["sms"], "text": text, "made_up": True, **more}
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"event": "no_such"}, "no flow has the step"),
        ({"text": {"zh": "{name}", "en": "x"}}, "{name}, which nothing fills"),
        ({"text": {"zh": "{number!r}", "en": "x"}}, "more than a name"),
        ({"audience": "desk"}, "has no address"),
        ({"channels": ["wechat"]}, "template_id"),
        (
            {"channels": ["wechat"], "wechat": {"template_id": "T", "fields": {"thing1": "{phone}"}}},
            "the field 'thing1'",
        ),
    ],
)
def test_a_pack_is_refused_a_notice_that_cannot_work(more: dict[str, object], said: str) -> None:
    assert any(said in problem for problem in notice_problems(notice(**more), BASE))


def test_a_good_notice_and_staff_on_their_pages_pass() -> None:
    assert list(notice_problems(notice(), BASE)) == []
    assert list(notice_problems(notice(audience="handler", channels=["portal"]), BASE)) == []


def test_a_digest_must_say_what_it_gathers() -> None:
    words = Text(zh="{count}", en="{lines}")
    hours = NoticeHours.model_validate(
        {"quiet_from": "22:00", "quiet_until": "07:00", "digest": words, "line": words, "stop": words}
    )
    problems = list(hours_problems(hours, BASE))
    assert any("tells nothing of the orders" in each for each in problems)
    assert any("{count}" in each for each in problems)
