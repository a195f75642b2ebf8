"""Orders on one matter go on as one: merging, undoing it, and telling apart what only looks alike."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.commands.steps import Asked, acting_post
from gongzhi.capabilities.orders.likeness import Clocked, leader_of
from gongzhi.capabilities.orders.models import Different, OrderWords
from gongzhi.capabilities.orders.ringing.chain import settle
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow import engine
from gongzhi.workflow.models import Matter

EVENTS = {
    "merge": "order.merged",
    "join": "order.joined",
    "unmerge": "order.unmerged",
    "part": "order.parted",
}
"""Each step that two orders take together, and the event that records it."""
JUDGES = {"desk", "upper"}
"""The parts that may say whether two orders are the same."""


def merge_orders(*, actor: Actor, asked: Asked, leading: Asked) -> Answer:
    """Close an order as a duplicate of another, which goes on for both; both reporters are told, both numbers stay.

    The leading order is the one due first: so its term is the earlier of the two, and nobody waits longer.

    Refuses whoever is not the desk of both, sealed orders and those that came too thick, one that was merged already
    or that others were merged into, a clock that stands still, the wrong one as leading, and (Conflict) an order that
    changed since it was seen.
    """
    payload = {"order": asked.order_id, "leading": leading.order_id}
    with transaction.atomic():  # one is not merged without the other taking it in
        with change(actor, EVENTS["merge"], client_id=asked.client_id, payload=payload) as c:
            if c.kept is not None:
                return c.kept
            matter, leader = _both(c, asked, other=leading)
            _may_merge(matter, leader)
            _about(c, matter)
            taken = engine.step(c, matter, key="merge")
            c.update(matter, leading=leader.id)
            c.data(leading=str(leader.id))
            settle(c, matter, step="merge")
            telling.tell(c, matter, taken=taken)
            answer = c.answer(matter, id=matter.id, number=matter.number, leading=leader.number)
        _second(actor, leader, key="join", other=matter, caused_by=UUID(answer["event"]))
        return answer


def unmerge_orders(*, actor: Actor, asked: Asked) -> Answer:
    """Undo a merger: the order stands where it stood, with its tasks and its holder.

    Its due time is what it was: the time in between counts, as the resident never stopped waiting.

    Refuses whoever is not the desk of both, an order that was not merged, one whose content was deleted since, and
    (Conflict) one that changed since it was seen.
    """
    with transaction.atomic():
        with change(
            actor, EVENTS["unmerge"], client_id=asked.client_id, payload={"order": asked.order_id}
        ) as c:
            if c.kept is not None:
                return c.kept
            matter = c.lock(Matter, asked.order_id, seen=asked.seen)
            if matter.leading is None:
                raise Refused("not_merged", _("这件事没有并入别的事项。"))
            leader = c.lock(Matter, matter.leading)
            if OrderWords.objects.filter(order_id=matter.id, erased_at__isnull=False).exists():
                raise Refused("erased", _("这件事的内容已经删除，不能再单独办理。"))
            _about(c, matter)
            taken = engine.step(c, matter, key="unmerge")
            c.update(matter, leading=None)
            c.data(left=str(leader.id))
            telling.tell(c, matter, taken=taken)
            answer = c.answer(matter, id=matter.id, number=matter.number, state=matter.state)
        _second(actor, leader, key="part", other=matter, caused_by=UUID(answer["event"]))
        return answer


def tell_apart(*, actor: Actor, asked: Asked, other_id: UUID) -> Answer:
    """Keep that two orders are not the same, so that they are not shown as alike again.

    Refuses whoever is not the desk of both.
    """
    payload = {"order": asked.order_id, "other": other_id}
    with change(actor, "order.told_apart", client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter, other = _both(c, asked, other=Asked(other_id))
        if not (engine.parts_of(actor, matter) & JUDGES and engine.parts_of(actor, other) & JUDGES):
            raise no_such_row()
        _about(c, matter)
        first, second = sorted((matter.id, other.id))
        if Different.objects.filter(order_id=first, other=second).exists():
            return c.unchanged(id=matter.id)
        c.create(Different(order_id=first, other=second, at=c.now))
        c.data(other=str(other.id))
        return c.answer(matter, id=matter.id)


def _both(c: Change, one: Asked, *, other: Asked) -> tuple[Matter, Matter]:
    """The two matters, locked in one order whoever asks, so that nobody waits for whom he holds up."""
    asked = {each.order_id: each for each in (one, other)}
    if len(asked) < 2:
        raise Refused("itself", _("不能与自己合并。"))
    found = {key: c.lock(Matter, key, seen=asked[key].seen) for key in sorted(asked)}
    if any(each.sealed_to is not None for each in found.values()):
        raise Refused("sealed", _("密件不能合并。"))
    return found[one.order_id], found[other.order_id]


def _may_merge(matter: Matter, leader: Matter) -> None:
    if matter.quarantined or leader.quarantined:
        raise Refused("quarantined", _("待甄别的点单先放行，再合并。"))
    if leader.leading is not None:
        raise Refused("led", _("那一件已经并入别的事项，请并到它的主件里。"))
    if Matter.objects.filter(leading=matter.id).exists():
        raise Refused("leads", _("这一件是主件，别的事项已经并进来。请先撤销那些合并。"))
    both = [Clocked(each.id, each.due_at, each.recorded_at) for each in (matter, leader)]
    if leader.paused_at is None and matter.paused_at is None and leader_of(both) != leader.id:
        raise Refused("leader", _("期限早的一件应当作主件，请反过来合并，反映人才不会多等。"))


def _second(actor: Actor, leader: Matter, *, key: str, other: Matter, caused_by: UUID) -> None:
    """The other half of it, told among the leading order's own events."""
    with change(actor, EVENTS[key], caused_by=caused_by) as c:
        leader = c.lock(Matter, leader.id)
        _about(c, leader)
        taken = engine.step(c, leader, key=key)
        c.data(merged=str(other.id))
        telling.tell(c, leader, taken=taken)


def _about(c: Change, matter: Matter) -> None:
    c.about(matter.region_code, thread=matter.id)
    c.by_post(acting_post(c.actor, matter))
