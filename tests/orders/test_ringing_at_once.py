"""Ringing with real commits: two answer at the same moment and one wins; a worker that is killed rings nobody twice."""

from typing import Any
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.commands.ringing import answer_ring, ring_next
from gongzhi.capabilities.orders.commands.ringing_out import begin_ringing_out
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.permissions.actor import enter, enter_as_system
from tests import cast
from tests.orders.acting import matter
from tests.orders.ringing import ring, rings, urgent, waiting_jobs
from tests.orders.stub_provider import provider
from tests.orders.test_at_once import at_once
from tests.orders.test_ringing_out import give_telephone

both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def answering(username: str, order_id: UUID) -> Any:
    def run() -> dict[str, Any]:
        with enter(person_id=cast.find(username).person_id) as actor:
            return answer_ring(actor=actor, order_id=order_id)

    return run


@both_connections
def test_of_those_who_answer_at_once_one_wins_and_the_others_are_told() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0, 1, 2)
    names = ("worker", "village", "desk")
    answers = at_once(*(answering(name, order_id) for name in names))
    won = [name for name, said in zip(names, answers, strict=True) if isinstance(said, dict)]
    assert len(won) == 1
    assert sorted(said for said in answers if isinstance(said, str)) == ["answered", "answered"]
    assert [each.outcome for each in rings(order_id)].count("accepted") == 1
    with enter(person_id=cast.find(won[0]).person_id) as actor:
        assert matter(order_id).holder_id in actor.post_ids


@both_connections
def test_a_step_that_two_workers_take_up_at_once_rings_once() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0)

    def again() -> dict[str, Any]:
        with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
            return ring_next(actor=actor, order_id=order_id, number=1)

    at_once(again, again, again)
    assert [each.who for each in rings(order_id)] == ["handler", "village"]
    assert [each["number"] for each in waiting_jobs("orders.ring", order_id)].count(2) == 1


@both_connections
def test_accepting_and_ringing_the_next_at_once_leaves_nobody_ringing() -> None:
    order_id, _receipt = urgent()
    ring(order_id, 0)

    def next_step() -> dict[str, Any]:
        with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
            return ring_next(actor=actor, order_id=order_id, number=1)

    said = at_once(answering("worker", order_id), next_step)
    assert isinstance(said[0], dict)
    assert [each for each in rings(order_id) if each.outcome == ""] == []
    assert matter(order_id).state == "accepted"


@both_connections
def test_who_is_killed_between_asking_the_gateway_and_writing_leaves_it_uncertain(settings: Any) -> None:
    give_telephone()
    with provider() as stub:
        stub.say(202)
        settings.VOICE = {"url": f"{stub.url}/call", "account": "a", "key": "k", "knows_keys": False}
        order_id, _receipt = urgent()
        ring(order_id, 0)
        call = next(each for each in rings(order_id) if each.channel == "voice")
        with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
            assert begin_ringing_out(actor=actor, ring_id=call.id) is not None
        jobs.ring_out(str(call.id), str(cast.VILLAGE))  # the job is taken up again
        assert stub.asked == []
    kept = next(each for each in rings(order_id) if each.channel == "voice")
    assert (kept.state, kept.tries) == ("uncertain", 1)
