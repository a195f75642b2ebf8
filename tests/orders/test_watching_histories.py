"""Random histories of an order, taken by its real commands: what time did is what the slow way finds in its events."""

import os
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.capabilities.orders.watching import watch_order_as
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow import clock
from gongzhi.workflow.calendar import ZONE
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import steps_open_to
from gongzhi.workflow.reconcile import Case, Told, clock_faults, task_faults, watch_faults
from gongzhi.workflow.slow_watches import history_of, slow_past
from tests import cast
from tests.orders.acting import by_receipt, dispatched, placed, step

pytestmark = pytest.mark.django_db
MONDAY = datetime(2027, 3, 1, 10, 0, tzinfo=ZONE)
HANDS = ["worker", "village", "desk", "county", "receipt"]
LEFT_OUT = {"take", "withdraw", "void", "decline", "merge", "unmerge", "join", "part", "rate", "hand_up"}
SAID: dict[str, dict[str, Any]] = {
    "pause": {"reason": "weather"},
    "send_back": {"reason": "not_done"},
    "return": {"reason": "not_mine"},
    "transfer": {"reason": "fitter"},
    "pass_on": {"reason": "overloaded"},
    "report_up": {"reason": "beyond"},
    "release_hand": {"reason": "settled"},
    "ask_extension": {"reason": "weather", "days": 3},
    "fulfil": {"outcome": "solved"},
}
EXAMPLES = int(os.environ.get("GONGZHI_HISTORIES", "25"))
Look = dict[str, str]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_what_time_did_is_what_the_events_say(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patched:
        looks, order_id = _history(data, patched)
        with enter(person_id=cast.find("county").person_id):
            case = _case(order_id)
            assert [*clock_faults(case), *task_faults(case), *watch_faults(case)] == []
            assert _fired(case) == _expected(case, looks)
            event(f"{len(_fired(case))} watches fired")


def _history(data: st.DataObject, patched: pytest.MonkeyPatch) -> tuple[list[Look], UUID]:
    """An order and what became of it; the moments at which the job looked at it."""
    now, looks = MONDAY, []

    def turn(passed: timedelta) -> None:
        nonlocal now
        now += passed
        patched.setattr("django.utils.timezone.now", lambda: now)

    turn(timedelta())
    order_id, receipt = placed()
    platform = platform_posts(cast.VILLAGE)[0].id
    if data.draw(st.booleans(), label="dispatched at once"):
        dispatched(order_id)
    for _turn in range(data.draw(st.integers(3, 18), label="turns")):
        turn(data.draw(st.timedeltas(timedelta(minutes=1), timedelta(days=3)), label="passes"))
        if data.draw(st.integers(0, 2), label="look") == 0:
            looks.append({"op": "look", "at": now.isoformat()})
            with enter(person_id=cast.find("county").person_id):
                due = Task.objects.filter(matter=order_id, done_at=None, watch_at__lte=now).exists()
            if due:
                watch_order_as(platform, order_id)
        else:
            _act(data, order_id, receipt)
    return looks, order_id


def _act(data: st.DataObject, order_id: UUID, receipt: str) -> None:
    """Somebody takes one of the steps that are open to him."""
    who = data.draw(st.sampled_from(HANDS), label="who")
    given = (
        {"receipt": hash_receipt(receipt)} if who == "receipt" else {"person_id": cast.find(who).person_id}
    )
    with enter(**given) as actor:  # type: ignore[arg-type]
        matter = Matter.objects.filter(pk=order_id).first()
        steps = sorted(steps_open_to(actor, matter).keys() - LEFT_OUT) if matter is not None else []
    if not steps or matter is None:
        return
    key = data.draw(st.sampled_from(steps), label="step")
    said = {"words": "说明", **SAID.get(key, {})}
    if key in ("ask_hand", "release_hand"):
        said["helper"] = _another(matter)
    if key in ("dispatch", "transfer", "pass_on", "decide_competence"):
        said["holder"] = _another(matter)
    with suppress(Refused):
        if who == "receipt":
            by_receipt(receipt, order_id, key, **said)
        else:
            step(who, order_id, key, **said)


def _another(matter: Matter) -> Post:
    with enter(person_id=cast.find("county").person_id):
        posts = Post.objects.filter(role__in=["grid_worker", "village_officer"], region_code=cast.VILLAGE)
        return posts.exclude(pk=matter.holder_id).order_by("role")[0]


def _case(order_id: UUID) -> Case:
    events = Event.objects.filter(thread=order_id).order_by("id")
    return Case(
        Matter.objects.get(pk=order_id),
        [Told(*each) for each in events.values_list("data", "region_code", "recorded_at")],
        list(Task.objects.filter(matter=order_id, done_at=None)),
        list(Round.objects.filter(matter=order_id).order_by("number")),
    )


def _fired(case: Case) -> list[tuple[str, str]]:
    """What time did: the moment and the key of each."""
    return [
        (each.at.astimezone(ZONE).isoformat(), each.data["watch"])
        for each in case.told
        if "watch" in each.data
    ]


def _expected(case: Case, looks: list[Look]) -> list[tuple[str, str]]:
    """What time should have done when it looked, by the other events alone."""
    history = [each for each in history_of(case.told, flow_of(case.matter)) if each["op"] != "fired"]
    moments = sorted([*history, *looks], key=lambda each: datetime.fromisoformat(each["at"]))
    past = slow_past(
        moments, clock.deadline_of(case.matter), calendar=clock.calendar_at(case.matter.region_code)
    )
    return [(at.astimezone(ZONE).isoformat(), key) for at, key in past.fired]
