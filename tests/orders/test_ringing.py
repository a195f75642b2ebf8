"""One-key response: an urgent order rings post after post until one accepts; what is sealed keeps still."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.ringing import answer_ring, ring_next
from gongzhi.capabilities.orders.jobs import dispatch, platform_posts
from gongzhi.capabilities.orders.models import Lesson, Ring
from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.workflow.models import Task
from tests import cast
from tests.orders.acting import by_receipt, dispatched, matter, placed, step
from tests.orders.ringing import ring, rings, urgent, waiting_jobs

pytestmark = pytest.mark.django_db


def answer(username: str, order_id: UUID) -> dict[str, Any]:
    with enter(person_id=cast.find(username).person_id) as actor:
        return answer_ring(actor=actor, order_id=order_id)


def holder(order_id: UUID) -> str:
    with enter(person_id=cast.find("county").person_id):
        return Post.objects.get(pk=matter(order_id).holder_id).role


def test_an_urgent_order_defers_its_ringing_with_the_change_that_places_it() -> None:
    order_id, _receipt = urgent()
    (job,) = waiting_jobs("orders.ring", order_id)
    assert job["number"] == 0
    plain, _receipt = placed()
    assert waiting_jobs("orders.ring", plain) == []


def test_the_first_ring_is_the_handlers_on_duty_even_where_the_platform_is_not_sure() -> None:
    order_id, _receipt = urgent(text="有人要跳楼，快救命")
    ring(order_id, 0)
    (row,) = rings(order_id)
    assert (row.who, row.channel, row.outcome, row.number) == ("handler", "page", "", 0)
    assert matter(order_id).state == "dispatched"
    assert row.post == matter(order_id).holder_id
    assert holder(order_id) == "grid_worker"


def test_the_next_is_rung_when_nobody_accepted_in_time_and_each_step_once() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0)
    (job,) = [each for each in waiting_jobs("orders.ring", order_id) if each["number"] == 1]
    assert timedelta(seconds=110) < job["at"] - timezone.now() <= timedelta(seconds=120)
    ring(order_id, 1, 1, 2, 3)
    assert [each.who for each in rings(order_id)] == ["handler", "village", "township", "county"]
    assert len([each for each in waiting_jobs("orders.ring", order_id) if each["number"] == 2]) == 1
    assert all(each.outcome == "" for each in rings(order_id))


def test_whoever_was_rung_accepts_by_the_flows_own_steps_and_the_others_are_told() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0, 1, 2)
    said = answer("desk", order_id)
    assert said["state"] == "accepted"
    assert holder(order_id) == "desk"
    outcomes = {each.who: each.outcome for each in rings(order_id)}
    assert outcomes == {"handler": "other", "village": "other", "township": "accepted"}
    answered = {each.who: each.answered_at is not None for each in rings(order_id)}
    assert answered == {"handler": False, "village": False, "township": True}
    with enter(person_id=cast.find("county").person_id):
        steps = Event.objects.filter(thread=order_id, data__has_key="step").order_by("id")
        assert [each.data["step"] for each in steps] == ["place", "dispatch", "transfer", "accept"]
        assert not Lesson.objects.filter(order_id=order_id).exists()
    with pytest.raises(Refused, match="已经接了") as told:
        answer("worker", order_id)
    assert told.value.code == "answered"
    ring(order_id, 3)
    assert len(rings(order_id)) == 3


def test_whoever_won_may_press_again_and_nobody_else_may() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0)
    with pytest.raises(Refused, match="not_rung"):
        answer("village", order_id)
    assert answer("worker", order_id)["state"] == "accepted"
    version = matter(order_id).version
    assert answer("worker", order_id)["state"] == "accepted"
    assert matter(order_id).version == version
    with pytest.raises(Refused, match="not_found"):
        answer("outsider", order_id)


def test_whoever_is_given_it_while_it_rings_accepts_it_too() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0, 1)
    with enter(person_id=cast.find("county").person_id):
        outside = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
    step("desk", order_id, "transfer", holder=outside, reason="fitter")
    assert answer("outside_worker", order_id)["state"] == "accepted"
    assert {each.outcome for each in rings(order_id)} == {"other"}


def test_accepting_on_the_orders_page_ends_the_ringing_as_well() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0, 1)
    step("worker", order_id, "accept")
    assert {each.who: each.outcome for each in rings(order_id)} == {"handler": "accepted", "village": "other"}


def test_withdrawing_ends_the_ringing_and_the_next_step_rings_nobody() -> None:
    order_id, receipt = urgent()
    ring(order_id, 0)
    by_receipt(receipt, order_id, "withdraw")
    assert [each.outcome for each in rings(order_id)] == ["ended"]
    ring(order_id, 1)
    assert len(rings(order_id)) == 1


def test_at_the_end_of_the_chain_the_county_is_called_on_and_it_stays_said() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0, 1, 2, 3, 4, 4)
    last = rings(order_id)[-1]
    assert (last.who, last.outcome, last.post) == ("end", "", None)
    assert len([each for each in rings(order_id) if each.who == "end"]) == 1
    with enter(person_id=cast.find("county").person_id):
        task = Task.objects.get(matter=order_id, what="answer_ring")
        assert (task.part, task.region_code, task.done_at) == ("upper", cast.COUNTY, None)
    answer("village", order_id)
    assert rings(order_id)[-1].outcome == "other"
    with enter(person_id=cast.find("county").person_id):
        assert Task.objects.get(matter=order_id, what="answer_ring").done_at is not None


def test_where_nobody_holds_the_post_that_is_kept_and_the_next_rings_at_once() -> None:
    order_id, _receipt = urgent(region_code=cast.NEXT_VILLAGE)
    ring(order_id, 0, 1)
    assert [(each.who, each.outcome, each.post) for each in rings(order_id)] == [
        ("handler", "nobody", None),
        ("village", "nobody", None),
    ]
    (job,) = [each for each in waiting_jobs("orders.ring", order_id) if each["number"] == 2]
    assert job["at"] - timezone.now() < timedelta(seconds=5)
    ring(order_id, 2)
    answer("desk", order_id)
    assert holder(order_id) == "desk"


def test_what_came_too_thick_rings_a_desk_alone_until_somebody_looked(settings: Any) -> None:
    settings.INTAKE_AN_HOUR = (1, 1)
    urgent(address="10.1.1.1")
    order_id, _receipt = urgent(address="10.1.1.1", text="另一处电线掉下来了，要出人命")
    assert matter(order_id).quarantined
    ring(order_id, 0)
    assert [(each.who, each.number) for each in rings(order_id)] == [("township", 2)]
    answer("desk", order_id)
    assert not matter(order_id).quarantined


def test_a_sealed_order_rings_its_own_post_alone_on_the_page_alone_and_no_job_names_it() -> None:
    order_id, _receipt = urgent(sealed=True)
    assert waiting_jobs("orders.ring", order_id) == []
    assert rings(order_id) == []
    (row,) = rings(order_id, "sealed")
    assert (row.who, row.channel, row.post) == ("sealed", "page", matter_sealed_to(order_id))
    with (
        enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor,
        pytest.raises(Refused, match="not_found"),
    ):
        ring_next(actor=actor, order_id=order_id, number=1)
    assert answer("sealed", order_id)["state"] == "accepted"
    assert [each.outcome for each in rings(order_id, "sealed")] == ["accepted"]


def matter_sealed_to(order_id: UUID) -> UUID | None:
    from gongzhi.workflow.models import Matter

    with enter(person_id=cast.find("sealed").person_id):
        return Matter.objects.get(pk=order_id).sealed_to


def test_ringing_is_no_step_of_the_orders_history_and_its_events_name_posts_alone() -> None:
    order_id, _receipt = urgent(phone="13912345678")
    ring(order_id, 0)
    with enter(person_id=cast.find("county").person_id):
        event = Event.objects.get(thread=order_id, name="order.rung")
    assert "step" not in event.data
    assert set(event.data) == {"number", "who", "posts"}


def test_only_the_platform_rings() -> None:
    order_id, _receipt = urgent()
    with enter(person_id=cast.find("county").person_id) as actor, pytest.raises(Refused, match="not_found"):
        ring_next(actor=actor, order_id=order_id, number=0)


def test_the_dispatch_of_an_order_that_rings_already_finds_nothing_to_do() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0)
    dispatch(str(order_id), str(cast.VILLAGE))
    assert matter(order_id).state == "dispatched"
    other, _receipt = urgent()
    dispatched(other)
    ring(other, 0)
    assert [each.who for each in rings(other)] == ["handler"]


def test_a_merged_order_rings_no_longer() -> None:
    from gongzhi.capabilities.orders.commands.merging import merge_orders

    first, _receipt = urgent()
    second, _receipt = urgent()
    ring(first, 0)
    ring(second, 0)
    with enter(person_id=cast.find("desk").person_id) as actor:
        merge_orders(actor=actor, asked=Asked(second), leading=Asked(first))
    assert [each.outcome for each in rings(second)] == ["ended"]
    assert [each.outcome for each in rings(first)] == [""]
    with enter(person_id=cast.find("county").person_id):
        assert Ring.objects.count() == 2
    assert jobs.OURS.max_attempts == 6
