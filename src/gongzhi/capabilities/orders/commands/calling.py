"""Calling residents back: what the platform puts on the list, and what came of a call."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.calling import follow_up, reopens
from gongzhi.capabilities.orders.commands.steps import Asked, locked, say, take_step
from gongzhi.core.command.running import Answer, Refused, change, no_such_row
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.engine import Given, parts_of, worked_on
from gongzhi.workflow.models import Matter, Task

MISSED = "order.call_missed"


@dataclass(frozen=True)
class Call:
    """What came of a call: the resident was reached, not reached, or did not wish to answer; and what he said."""

    outcome: Literal["reached", "missed", "refused"]
    given: Given


def record_call(*, actor: Actor, asked: Asked, call: Call) -> Answer:
    """Keep what came of a call to a resident, who may rate by it; one that was not solved is reopened.

    Who was not reached is called again, as often as the pack says. What the resident rated himself stays.
    Refuses whoever handled the order or helped to place it, one that waits for no call, and whoever is not its desk.
    """
    if call.outcome == "missed":
        return _missed(actor, asked, words=call.given.words)
    if call.outcome == "refused":
        given = Given(words=call.given.words, reason="refused")
        return take_step(actor=actor, asked=asked, step="call_over", given=given)
    answer = take_step(actor=actor, asked=asked, step="called", given=call.given)
    matter = Matter.objects.get(pk=asked.order_id)
    if matter.state != "closed" or not reopens(follow_up(matter.region_code), call.given):
        return answer
    again = Asked(asked.order_id, caused_by=UUID(answer["event"]))
    step = "reopen" if matter.holder_id is not None else "reopen_unheld"
    try:
        return {**answer, **take_step(actor=actor, asked=again, step=step), "reopened": True}
    except Refused as refused:  # the days for it have passed: the desk is told, and what was said is kept
        return {**answer, "reopened": False, "why": refused.message}


def _missed(actor: Actor, asked: Asked, *, words: str) -> Answer:
    payload = {"order": asked.order_id, "words": words}
    with change(actor, MISSED, client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        _may_call(actor, matter)
        tries = _misses(matter.id) + 1
        c.data(tries=tries)
        say(c, matter, step="called", words=words)
        answer = c.answer(matter, id=matter.id, version=matter.version, state=matter.state, tries=tries)
    if tries >= follow_up(matter.region_code).most_calls:
        over = Asked(asked.order_id, caused_by=UUID(answer["event"]))
        return {
            **answer,
            **take_step(actor=actor, asked=over, step="call_over", given=Given(reason="not_reached")),
        }
    return answer


def _misses(order_id: UUID) -> int:
    """How often nobody answered since the call came due."""
    due = Event.objects.filter(thread=order_id, name="order.call_due").order_by("-id")
    since = due.values_list("id", flat=True)[:1]
    return Event.objects.filter(thread=order_id, name=MISSED, id__gt=since).count()


def _may_call(actor: Actor, matter: Matter) -> None:
    if not {"desk", "upper"} & parts_of(actor, matter):
        raise no_such_row()
    if not Task.objects.filter(matter=matter, what="call_back", done_at__isnull=True).exists():
        raise Refused("call_is_due", _("这件事没有等着回访。"))
    if worked_on(actor, matter):
        raise Refused("not_own_work", _("自己办的或代填的事，不能自己回访。"))
