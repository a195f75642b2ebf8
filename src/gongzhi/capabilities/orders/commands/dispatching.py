"""Dispatch: what an order is about and who should handle it, with reasons; when in doubt, the desk decides."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.commands.steps import Asked, locked, take_step
from gongzhi.capabilities.orders.definitions import Category, OrderKind
from gongzhi.capabilities.orders.models import Lesson, Order, OrderWords
from gongzhi.capabilities.orders.queries.proposing import Proposal, propose
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import floor_code
from gongzhi.workflow.engine import LEVEL_OF_PART, Given, parts_of
from gongzhi.workflow.models import Matter, Task


def consider_order(*, actor: Actor, order_id: UUID) -> Proposal | None:
    """Let the platform look at a received order: keep what it makes of it, and dispatch where it is sure.

    An order that is open to helpers waits for them until half of its response term has passed. Returns what was
    proposed; None for an order that is no longer waiting.
    """
    matter = Matter.objects.filter(pk=order_id, state="received", holder__isnull=True).first()
    if matter is None or matter.quarantined:
        return None
    proposal = propose(matter)
    with change(actor, "order.considered") as c:
        order = c.lock(Order, order_id)
        c.about(matter.region_code, thread=matter.id)
        c.update(
            order,
            category=proposal.category,
            category_by=proposal.by,
            certainty=proposal.certainty,
            reasons=[*proposal.reasons, *_of_place(proposal), *proposal.choice.reasons],
        )
        c.data(category=proposal.category, certainty=round(proposal.certainty, 3), by=proposal.by)
        if proposal.place is not None and proposal.place[1] > matter.region_level:
            _move(c, order_id, place=proposal.place)
        considered = c.event_id
    if proposal.sure and proposal.choice.holder and not waits_for_helpers(matter, order):
        holder = Post.objects.get(pk=proposal.choice.holder)
        asked = Asked(order_id, caused_by=considered)
        take_step(actor=actor, asked=asked, step="dispatch", given=Given(holder=holder))
    return proposal


def _of_place(proposal: Proposal) -> list[str]:
    return [f"place:{proposal.named}"] if proposal.named else []


def _move(c: Change, order_id: UUID, *, place: tuple[int, int]) -> None:
    """The order lies in the place that its words name, and so do its words and what waits for a desk there."""
    code, level = place
    matter = c.lock(Matter, order_id)
    c.update(matter, region_code=code, region_level=level)
    c.about(code, thread=order_id)
    for words in OrderWords.objects.select_for_update().filter(order_id=order_id):
        c.update(words, region_code=code)
    for task in Task.objects.select_for_update().filter(matter_id=order_id, done_at__isnull=True):
        part_level = LEVEL_OF_PART.get(task.part)
        c.update(task, region_code=code if part_level is None else floor_code(code, part_level))


def waits_for_helpers(matter: Matter, order: Order) -> bool:
    """Whether a Party member or volunteer may still come before the platform sends somebody; danger does not wait."""
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    until = helpers_until(matter)
    if matter.urgent or not (order.open_to_helpers and kind.open_to_helpers):
        return False
    return until is not None and timezone.now() < until


def helpers_until(matter: Matter) -> datetime | None:
    """Until when an open order waits for helpers: half of its response term."""
    if matter.respond_by is None:
        return None
    return matter.recorded_at + (matter.respond_by - matter.recorded_at) / 2


def release_order(*, actor: Actor, asked: Asked) -> Answer:
    """Let an order that came too thick go its way: a person of the desk has looked at it.

    Refuses whoever does not work as the desk there, and an order that was not set aside.
    """
    with change(actor, "order.released", client_id=asked.client_id, payload={"order": asked.order_id}) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        if "desk" not in parts_of(actor, matter):
            raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
        if not matter.quarantined:
            raise Refused("released", _("这件事没有被暂时搁置。"))
        c.update(matter, quarantined=False)
        if matter.sealed_to is None:
            c.after(lambda: telling.dispatch_soon(matter.id, matter.region_code))
        return c.answer(matter, id=matter.id, version=matter.version)


def correct_category(*, actor: Actor, asked: Asked, category: str) -> Answer:
    """The desk says what an order is about; the correction is kept as a lesson for dispatch.

    Refuses a category that the pack does not have.
    """
    payload = {"order": asked.order_id, "category": category}
    with change(actor, "order.categorised", client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        known = {found.key for found in definitions.all_of(Category, region_code=matter.region_code)}
        if category not in known:
            raise Refused("category", _("没有这个类别，请从列表中选。"))
        order = c.lock(Order, matter.id)
        if not actor.may("work_matters", matter.region_code) and matter.sealed_to not in actor.post_ids:
            raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
        c.create(
            Lesson(
                order=order,
                region_code=matter.region_code,
                proposed_category=order.category,
                category=category,
                at=c.now,
            )
        )
        c.data(category=category, before=[order.category, order.category_by, order.certainty])
        c.update(order, category=category, category_by="desk", certainty=1.0)
        return c.answer(matter, id=matter.id, category=category)
