"""Drills: the chain rings without any order; who answered after how long is kept by post, and counts nowhere else."""

from typing import Any
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.commands.drilling import answer_drill, drill_next, start_drill, stop_drill
from gongzhi.capabilities.orders.models import Drill, DrillRing, Order, Ring
from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.ringing import waiting_jobs

pytestmark = pytest.mark.django_db
PLACE = (cast.VILLAGE, 5)


def started(username: str = "desk", place: tuple[int, int] = PLACE) -> UUID:
    with enter(person_id=cast.find(username).person_id) as actor:
        return UUID(start_drill(actor=actor, place=place, client_id=uuid7())["id"])


def drill(drill_id: UUID, *numbers: int) -> None:
    for number in numbers:
        jobs.drill(str(drill_id), str(cast.VILLAGE), number=number)


def rung(drill_id: UUID, who: str = "county") -> list[DrillRing]:
    with enter(person_id=cast.find(who).person_id):
        return list(DrillRing.objects.filter(drill=drill_id).order_by("number", "id"))


def kept(drill_id: UUID) -> Drill:
    with enter(person_id=cast.find("county").person_id):
        return Drill.objects.get(pk=drill_id)


def answer(username: str, drill_id: UUID) -> dict[str, Any]:
    with enter(person_id=cast.find(username).person_id) as actor:
        return answer_drill(actor=actor, drill_id=drill_id)


def test_a_drill_rings_the_chain_and_makes_no_order() -> None:
    drill_id = started()
    assert [job["number"] for job in waiting_jobs("orders.drill", drill_id)] == [0]
    drill(drill_id, 0, 0, 1)
    assert [(each.who, each.outcome) for each in rung(drill_id)] == [("handler", ""), ("village", "")]
    with enter(person_id=cast.find("county").person_id):
        assert not Matter.objects.exists()
        assert not Order.objects.exists()
        assert not Ring.objects.exists()


def test_the_first_answer_ends_it_and_says_after_how_long() -> None:
    drill_id = started()
    drill(drill_id, 0, 1, 2)
    assert answer("village", drill_id)["seconds"] >= 0
    assert kept(drill_id).result == "answered"
    assert {each.who: each.outcome for each in rung(drill_id)} == {
        "handler": "other",
        "village": "accepted",
        "township": "other",
    }
    with pytest.raises(Refused, match="over"):
        answer("worker", drill_id)
    drill(drill_id, 3)
    assert len(rung(drill_id)) == 3


def test_after_the_last_step_a_drill_ends_unanswered() -> None:
    drill_id = started()
    drill(drill_id, 0, 1, 2, 3, 4)
    assert kept(drill_id).result == "nobody"
    assert {each.outcome for each in rung(drill_id)} == {"ended"}


def test_one_drill_at_a_time_in_a_place_and_it_can_be_stopped() -> None:
    drill_id = started()
    with pytest.raises(Refused, match="drill"):
        started("village")
    with enter(person_id=cast.find("desk").person_id) as actor:
        stop_drill(actor=actor, drill_id=drill_id)
    assert kept(drill_id).result == "stopped"
    drill(drill_id, 0)
    assert rung(drill_id) == []
    started()


@pytest.mark.parametrize(
    "username", ["worker", "volunteer", "outsider", "supervisor", "sealed", "admin", "resident"]
)
def test_whoever_holds_no_desk_over_the_place_starts_none(username: str) -> None:
    with pytest.raises(Refused, match="not_found"):
        started(username)


def test_a_desk_of_a_village_does_not_drill_the_township() -> None:
    with pytest.raises(Refused, match="not_found"):
        started("village", (cast.TOWN, 4))


def test_whoever_was_not_rung_answers_none_and_stops_none() -> None:
    drill_id = started()
    drill(drill_id, 0)
    for username in ("village", "outsider", "resident"):
        with pytest.raises(Refused, match="not_found"):
            answer(username, drill_id)
    for username in ("worker", "outsider"):
        with (
            enter(person_id=cast.find(username).person_id) as actor,
            pytest.raises(Refused, match="not_found"),
        ):
            stop_drill(actor=actor, drill_id=drill_id)
    with enter(person_id=cast.find("desk").person_id) as actor, pytest.raises(Refused, match="not_found"):
        drill_next(actor=actor, drill_id=drill_id, number=1)
