"""Time calls on the holder, then on the levels above: once each, also for what nobody holds, never while it stands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.watching import watch
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.calendar import ZONE
from gongzhi.workflow.models import Round, Task
from gongzhi.workflow.queries import tasks_for
from tests import cast
from tests.orders.acting import by_receipt, dispatched, matter, placed, step

pytestmark = pytest.mark.django_db
MONDAY = datetime(2027, 3, 1, 10, 0, tzinfo=ZONE)
Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time of day at which everything happens from now on."""

    def turn(to: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: to)

    turn(MONDAY)
    return turn


def fired(order_id: UUID, username: str = "county") -> list[str]:
    """The keys of what time did to the order, in order."""
    with enter(person_id=cast.find(username).person_id):
        events = Event.objects.filter(thread=order_id, name__in=["order.reminded", "order.escalated"])
        return [each.data["watch"] for each in events.order_by("id")]


def next_watch(order_id: UUID, what: str, username: str = "county") -> datetime | None:
    """When time next does something about a task of the order."""
    with enter(person_id=cast.find(username).person_id):
        return Task.objects.get(matter=order_id, what=what, done_at=None).watch_at


def waiting_for(username: str, order_id: UUID) -> list[str]:
    """What of this order waits for a member of the cast."""
    with enter(person_id=cast.find(username).person_id) as actor:
        return sorted(task.what for task in tasks_for(actor).filter(matter=order_id))


def day(number: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2027, which begins with a Monday."""
    return datetime(2027, 3, number, hour, minute, tzinfo=ZONE)


def test_what_nobody_dispatches_goes_up_level_by_level(clock: Clock) -> None:
    order_id, _receipt = placed()
    found = matter(order_id)
    assert found.respond_by == day(2, 18)
    assert next_watch(order_id, "dispatch") == day(2, 16)
    clock(day(2, 15, 59))
    watch(timestamp=0)
    assert fired(order_id) == []
    clock(day(2, 16))
    watch(timestamp=0)
    watch(timestamp=0)
    assert fired(order_id) == ["response:remind:1"]
    clock(day(2, 18))
    watch(timestamp=0)
    assert fired(order_id) == ["response:remind:1", "response:township"]
    assert waiting_for("desk", order_id) == ["dispatch", "watch_over"]
    assert waiting_for("outsider", order_id) == []
    clock(day(3, 18))
    watch(timestamp=0)
    assert fired(order_id)[2:] == ["response:county"]
    assert waiting_for("county", order_id) == ["dispatch", "watch_over", "watch_over"]
    clock(day(30, 9))
    watch(timestamp=0)
    rest = ["solution:remind:1", "solution:township", "solution:county"]
    assert fired(order_id)[3:] == rest
    assert next_watch(order_id, "dispatch") is None
    watch(timestamp=0)
    assert fired(order_id)[3:] == rest
    with enter(person_id=cast.find("county").person_id):
        row = Round.objects.get(matter=order_id)
    assert row.raised_to == 3


def test_it_changes_nothing_of_what_a_worker_saw(clock: Clock) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    seen = matter(order_id).version
    clock(day(30, 9))
    watch(timestamp=0)
    assert len(fired(order_id)) == 6
    assert matter(order_id).version == seen


def test_neither_words_nor_other_hands_begin_it_anew(clock: Clock) -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    clock(day(2, 18))
    watch(timestamp=0)
    passed = ["response:remind:1", "response:township"]
    by_receipt(receipt, order_id, "add", words="还没有人来")
    step("desk", order_id, "note", words="催过了")
    step("worker", order_id, "return", reason="not_mine")
    with enter(person_id=cast.find("desk").person_id):
        worker = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)
    step("desk", order_id, "dispatch", holder=worker)
    watch(timestamp=0)
    assert fired(order_id) == passed
    step("worker", order_id, "accept")
    clock(day(8, 8, 30))
    watch(timestamp=0)
    assert fired(order_id) == [*passed, "solution:remind:1"]


def test_nothing_fires_while_the_clock_stands_nor_after_the_work(clock: Clock) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    step("desk", order_id, "pause", reason="weather")
    clock(day(19, 9))
    watch(timestamp=0)
    assert fired(order_id) == []
    step("desk", order_id, "resume")
    assert next_watch(order_id, "fulfil") is not None
    step("worker", order_id, "fulfil", outcome="solved")
    assert next_watch(order_id, "check") == day(23, 15)
    clock(day(23, 18))
    watch(timestamp=0)
    assert fired(order_id) == ["check:remind:1", "check:county"]
    step("desk", order_id, "check")
    assert waiting_for("county", order_id) == []
    clock(day(30, 9))
    watch(timestamp=0)
    assert len(fired(order_id)) == 2


def test_a_reopened_order_begins_anew_and_is_watched_as_the_first(clock: Clock) -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    clock(day(3, 18))
    watch(timestamp=0)
    step("worker", order_id, "accept")
    step("worker", order_id, "fulfil", outcome="solved")
    step("desk", order_id, "check")
    by_receipt(receipt, order_id, "reopen", words="没有解决")
    clock(day(30, 9))
    watch(timestamp=0)
    assert fired(order_id)[3:] == [
        "response:remind:1",
        "response:township",
        "response:county",
        "solution:remind:1",
        "solution:township",
        "solution:county",
    ]


def test_a_sealed_order_goes_up_to_its_own_post_alone(clock: Clock) -> None:
    order_id, _receipt = placed(sealed=True)
    clock(day(30, 9))
    watch(timestamp=0)
    assert len(fired(order_id, "sealed")) == 6
    assert "watch_over" in waiting_for("sealed", order_id)
    assert fired(order_id) == []
    assert waiting_for("county", order_id) == []


def test_a_resident_urges_once_a_day_and_the_third_time_goes_up(clock: Clock) -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    by_receipt(receipt, order_id, "urge", words="麻烦快一点")
    with pytest.raises(Refused, match="may_urge"):
        by_receipt(receipt, order_id, "urge")
    with pytest.raises(Refused, match="step"):
        step("desk", order_id, "urge")
    clock(MONDAY + timedelta(days=1))
    by_receipt(receipt, order_id, "urge")
    watch(timestamp=0)
    assert fired(order_id) == []
    clock(MONDAY + timedelta(days=2))
    by_receipt(receipt, order_id, "urge")
    watch(timestamp=0)
    assert fired(order_id) == ["urged:township"]
    assert waiting_for("desk", order_id) == ["watch_over"]
    step("desk", order_id, "chase", words="请今天去看")
    assert waiting_for("desk", order_id) == []


def test_an_oversight_order_is_answered_in_words_and_goes_up_where_it_is_not(clock: Clock) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    with pytest.raises(Refused, match="is_overseen"):
        step("worker", order_id, "answer_oversight", words="在办")
    step("county", order_id, "oversee", words="请说明为什么还没有办")
    with pytest.raises(Refused, match="not_overseen"):
        step("desk", order_id, "oversee", words="再督办")
    assert waiting_for("worker", order_id) == ["answer_oversight", "fulfil"]
    clock(day(3, 18))
    watch(timestamp=0)
    assert fired(order_id) == ["oversight:remind:1", "oversight:county"]
    with pytest.raises(Refused, match="need_words"):
        step("worker", order_id, "answer_oversight")
    step("worker", order_id, "answer_oversight", words="等材料，明天装")
    assert waiting_for("worker", order_id) == ["fulfil"]
    step("county", order_id, "oversee", words="请按期办好")
    clock(day(5, 18))
    watch(timestamp=0)
    assert [key for key in fired(order_id) if key.startswith("oversight")][2:] == [
        "oversight:remind:1",
        "oversight:county",
    ]


def test_the_task_of_a_level_is_not_answered_from_below(clock: Clock) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    clock(day(3, 18))
    watch(timestamp=0)
    step("desk", order_id, "chase", words="请接单")
    assert waiting_for("desk", order_id) == []
    assert waiting_for("county", order_id) == ["watch_over"]
    step("county", order_id, "oversee", words="请说明")
    assert waiting_for("county", order_id) == []
