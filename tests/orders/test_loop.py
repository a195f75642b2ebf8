"""点单 → 派单 → 落单 → 查单 → 评单: the five steps through the commands, by the people who may take them."""

import pytest

from gongzhi.capabilities.orders.commands import (
    Asked,
    place_order,
    rate_order,
    take_step,
)
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command.running import Conflict, Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import tasks_for
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, matter, new_order, placed, step

pytestmark = pytest.mark.django_db


def test_an_order_goes_from_the_resident_to_the_rating() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    assert matter(order_id).state == "dispatched"
    step("worker", order_id, "accept")
    step("worker", order_id, "fulfil", outcome="solved", words="换了灯泡")
    step("desk", order_id, "check")
    with enter(receipt=hash_receipt(receipt)) as actor:
        rate_order(actor=actor, asked=Asked(order_id, client_id=uuid7()), given=Given(stars=5, solved="yes"))
    post = platform_posts(cast.VILLAGE)[0]
    with enter_as_system(post.id) as actor:
        take_step(actor=actor, asked=Asked(order_id), step="close")
    with enter(receipt=hash_receipt(receipt)):
        found = Matter.objects.get(pk=order_id)
        names = list(Event.objects.filter(thread=order_id).order_by("id").values_list("name", flat=True))
    assert (found.state, found.outcome) == ("closed", "solved")
    assert names == [
        "order.placed",
        "order.considered",
        "order.dispatched",
        "order.accepted",
        "order.fulfilled",
        "order.checked",
        "order.rated",
        "order.closed",
    ]


def test_an_unsolved_one_comes_back_to_the_same_handler_with_a_second_clock() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    step("worker", order_id, "fulfil", outcome="solved")
    step("desk", order_id, "check")
    with enter(receipt=hash_receipt(receipt)) as actor:
        rate_order(actor=actor, asked=Asked(order_id, client_id=uuid7()), given=Given(stars=1, solved="no"))
    with enter(person_id=cast.find("county").person_id):
        found = Matter.objects.get(pk=order_id)
        assert (found.state, found.round, found.outcome) == ("dispatched", 2, "")
        assert list(
            Round.objects.filter(matter=found).order_by("number").values_list("number", "outcome")
        ) == [(1, "not_solved"), (2, "")]
        assert Task.objects.filter(matter=found, done_at=None, what="accept", holder=found.holder).exists()


def test_a_reopened_order_waits_for_the_level_above_too() -> None:
    order_id, receipt = placed()
    checked(order_id)
    by_receipt(receipt, order_id, "reopen", words="灯又灭了")
    with enter(person_id=cast.find("county").person_id) as actor:
        assert [task.what for task in tasks_for(actor).filter(matter=order_id)] == ["oversee"]


def test_it_refuses_an_outsider_a_neighbour_and_nobody() -> None:
    order_id, _receipt = placed()
    for username in ("outsider", "outside_worker", "resident", "admin"):
        with enter(person_id=cast.find(username).person_id):
            assert not Matter.objects.filter(pk=order_id).exists(), username
    with enter(), pytest.raises(Refused), enter() as nobody:
        take_step(actor=nobody, asked=Asked(order_id), step="withdraw")


def test_whoever_fulfilled_never_checks() -> None:
    order_id, _receipt = placed()
    with enter(person_id=cast.find("desk").person_id) as actor:
        holder = Post.objects.get(role="village_officer", region_code=cast.VILLAGE)
        take_step(actor=actor, asked=Asked(order_id), step="dispatch", given=Given(holder=holder))
    step("village", order_id, "accept")
    step("village", order_id, "fulfil", outcome="solved")
    with pytest.raises(Refused, match="not_own_work"):
        step("village", order_id, "check")
    step("desk", order_id, "check")


def test_the_same_key_answers_once_and_another_payload_is_a_conflict() -> None:
    receipt, key = receipt_code(), uuid7()
    new, other = new_order(receipt, text="灯坏了"), new_order(receipt, text="另一件事")
    with enter(receipt=hash_receipt(receipt)) as actor:
        first = place_order(actor=actor, new=new, client_id=key)
        assert place_order(actor=actor, new=new, client_id=key) == first
        with pytest.raises(Conflict):
            place_order(actor=actor, new=other, client_id=key)
        assert Matter.objects.count() == 1


def test_a_sealed_order_is_seen_by_the_county_post_alone() -> None:
    order_id, receipt = placed(sealed=True)
    for username in ("worker", "village", "desk", "county", "admin", "supervisor", "outsider"):
        with enter(person_id=cast.find(username).person_id):
            assert not Matter.objects.filter(pk=order_id).exists(), username
            assert not Event.objects.filter(thread=order_id).exists(), username
    with enter(person_id=cast.find("sealed").person_id):
        assert Matter.objects.filter(pk=order_id).exists()
    with enter(receipt=hash_receipt(receipt)):
        assert Matter.objects.filter(pk=order_id).exists()


def test_a_returned_order_leaves_the_worker_and_waits_for_the_desk() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "return", reason="cannot", words="要吊车")
    with enter(person_id=cast.find("desk").person_id):
        task = Task.objects.get(matter=order_id, done_at=None, what="dispatch")
        assert Matter.objects.get(pk=order_id).holder_id is None
        assert (task.what, task.part, task.holder_id, task.region_code) == (
            "dispatch",
            "desk",
            None,
            cast.TOWN,
        )


def test_the_kind_that_the_resident_chose_speaks_too() -> None:
    order_id, _receipt = placed(text="村口的路灯坏了三天，晚上老人出门看不见")
    dispatched(order_id)
    assert matter(order_id).state == "dispatched"
