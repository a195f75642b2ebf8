"""The field app's side of one-key response: what rings for its posts, and answering."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from gongzhi.capabilities.orders.commands.drilling import answer_drill
from gongzhi.capabilities.orders.commands.ringing import answer_ring
from gongzhi.capabilities.orders.desk.words import kind_name
from gongzhi.capabilities.orders.field_schema import REFUSED
from gongzhi.capabilities.orders.queries.ringing import rings_for
from gongzhi.capabilities.orders.ringing.chain import gateways
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor

router = Router()


class RingOut(Schema):
    """An order that rings for a post of the actor, or (`nobody`) that nobody has answered; `mine`: he may accept it."""

    id: UUID
    number: str
    kind_name: str
    place: str
    since: str
    mine: bool
    nobody: bool


class DrillOut(Schema):
    """A drill that rings for a post of the actor."""

    id: UUID
    place: str
    since: str


class TakenOut(Schema):
    """An order that rang for a post of the actor and that another has accepted."""

    number: str
    holder: str


class RingsOut(Schema):
    """All that rings. `outside`: whether telephones are rung too, or open pages alone."""

    rings: list[RingOut]
    drills: list[DrillOut]
    taken: list[TakenOut]
    outside: bool


class AnsweredOut(Schema):
    """The order that is now the actor's post's."""

    id: UUID
    state: str


class DrilledOut(Schema):
    """A drill answered, after so many seconds."""

    id: UUID
    seconds: int


@router.get("/rings", response={200: RingsOut, **REFUSED})
def rings(request: HttpRequest) -> dict[str, Any]:
    """What rings for the actor's posts now."""
    now = rings_for(actor_of(request))
    definitions.by_ids({each.matter.kind_id for each in now.ringing})
    return {
        "rings": [
            {
                "id": each.matter.id,
                "number": each.matter.number,
                "kind_name": kind_name(each.matter),
                "place": each.place,
                "since": each.since.isoformat(),
                "mine": each.mine,
                "nobody": each.nobody,
            }
            for each in now.ringing
        ],
        "drills": [
            {"id": each.drill_id, "place": each.place, "since": each.since.isoformat()} for each in now.drills
        ],
        "taken": [{"number": each.matter.number, "holder": each.holder} for each in now.taken],
        "outside": bool(gateways()),
    }


@router.post("/rings/{order_id}", response={200: AnsweredOut, **REFUSED})
def answer(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """Accept an order that rings. Given twice, it is accepted once."""
    return answer_ring(actor=actor_of(request), order_id=order_id)


@router.post("/drills/{drill_id}", response={200: DrilledOut, **REFUSED})
def answer_a_drill(request: HttpRequest, drill_id: UUID) -> dict[str, Any]:
    """Answer a drill that rings."""
    return answer_drill(actor=actor_of(request), drill_id=drill_id)


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
