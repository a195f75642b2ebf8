"""One-key response: ringing the next post of an order's chain, and answering."""

from dataclasses import replace
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.commands.dispatching import consider_order
from gongzhi.capabilities.orders.commands.steps import Asked, take_step
from gongzhi.capabilities.orders.models import Ring
from gongzhi.capabilities.orders.queries.proposing import attended_posts
from gongzhi.capabilities.orders.ringing.chain import (
    chain_at,
    channels_of,
    duty_posts,
    is_ringing,
    settle,
    was_rung,
)
from gongzhi.capabilities.orders.ringing.definitions import OUTSIDE, Response, RingStep
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter


def hand_out(*, actor: Actor, order_id: UUID) -> Answer | None:
    """Give an urgent order that still lies with the desk to the fittest post on duty, so that there is one to ring.

    Here the platform does not wait until it is sure of the category. None where nobody is on duty, or where the order
    came too thick and a desk looks first. Refuses what the flow refuses.
    """
    proposal = consider_order(actor=actor, order_id=order_id)
    matter = Matter.objects.filter(pk=order_id, sealed_to__isnull=True).first()
    if proposal is None or matter is None or matter.state != "received" or proposal.choice.holder is None:
        return None
    holder = Post.objects.get(pk=proposal.choice.holder)
    return take_step(actor=actor, asked=Asked(order_id), step="dispatch", given=Given(holder=holder))


def ring_next(*, actor: Actor, order_id: UUID, number: int) -> Answer:
    """Ring one step of an order's chain, and have the next rung when its time is over; after the last, say so.

    Once for each step, however often it is asked for. Nothing rings once somebody has accepted. Where nobody holds a
    post of the step, that is kept, and the next is rung at once. Refuses everybody but the platform, and a sealed
    order.
    """
    matter = Matter.objects.filter(pk=order_id, sealed_to__isnull=True).first()
    if not actor.system or matter is None:
        raise no_such_row()
    chain_id, chain = _chain_of(matter)
    number = max(number, chain.first(set_aside=matter.quarantined))
    if number >= len(chain.steps):
        return _nobody_answered(actor, matter)
    key = uuid5(order_id, f"ring {number}")
    with change(actor, "order.rung", client_id=key, payload={"order": order_id, "number": number}) as c:
        if c.kept is not None:
            return c.kept
        matter = c.lock(Matter, order_id)
        c.about(matter.region_code, thread=matter.id)
        if not is_ringing(matter):
            ended = settle(c, matter)
            return c.answer(matter, rung=0) if ended else c.unchanged(rung=0)
        posts = _posts(chain.steps[number], matter)
        rung: list[Post | None] = [*posts]
        for post in rung or [None]:
            _ring(c, matter, post=post, of=(number, chain.steps[number], chain_id))
        c.data(number=number, who=chain.steps[number].who, posts=[str(post.id) for post in posts])
        after = c.now + chain.steps[number].lasts if posts else c.now
        c.after(lambda: telling.ring_at(order_id, matter.region_code, number=number + 1, at=after))
        return c.answer(matter, rung=len(posts))


def answer_ring(*, actor: Actor, order_id: UUID) -> Answer:
    """Accept an urgent order for the post that was rung: by the flow's own steps it is that post's from now on.

    Whoever it was given to meanwhile may accept it as well. One wins, and the others are told. Asked again by whoever
    won, it stays as it is. Refuses whoever was not rung, and
    (with the winner's post) once somebody else has accepted.
    """
    with transaction.atomic():
        matter = Matter.objects.select_for_update().filter(pk=order_id, subject="orders").first()
        if matter is None:
            raise no_such_row()
        if not matter.urgent:
            raise _not_rung()
        if not is_ringing(matter):
            return _over(actor, matter)
        asked = Asked(order_id)
        if matter.holder_id not in actor.post_ids:  # who was given it meanwhile need not have been rung
            handed = _take_over(actor, matter)
            asked = replace(asked, caused_by=UUID(handed["event"]))
        return {**take_step(actor=actor, asked=asked, step="accept"), "number": matter.number}


def _take_over(actor: Actor, matter: Matter) -> Answer:
    """By the flow's own step the order becomes that of the actor's post that was rung."""
    ring = was_rung(matter.id, actor.post_ids)
    if ring is None or ring.post is None:
        raise _not_rung()
    step, reason = ("transfer", "unanswered") if matter.state == "dispatched" else ("dispatch", "")
    given = Given(holder=Post.objects.get(pk=ring.post), reason=reason)
    return take_step(actor=actor, asked=Asked(matter.id), step=step, given=given)


def _not_rung() -> Refused:
    return Refused("not_rung", _("这件事没有响到您的岗位。"))


def _over(actor: Actor, matter: Matter) -> Answer:
    there = matter.closed_at is None
    if there and matter.holder_id in actor.post_ids:
        return {"id": str(matter.id), "number": matter.number, "state": matter.state}
    if not there or matter.holder_id is None or matter.sealed_to is not None:
        raise Refused("answered", _("这件事已经不响了：有人接了，或者撤回了。"))
    holder = Post.objects.get(pk=matter.holder_id)
    raise Refused("answered", _("“%(post)s”已经接了这件事，您不用再接。") % {"post": holder.title})


def _chain_of(matter: Matter) -> tuple[UUID, Response]:
    """The chain under which the order began to ring, else the one in force."""
    began = Ring.objects.filter(order_id=matter.id).order_by("id").values_list("chain_id", flat=True).first()
    if began is not None:
        return began, definitions.by_id(began).body
    found = chain_at(matter.region_code)
    return found.id, found.body


def _posts(step: RingStep, matter: Matter) -> list[Post]:
    if step.who == "handler":
        held = [matter.holder_id] if matter.holder_id is not None else []
        posts = list(Post.objects.filter(pk__in=held, valid_to__isnull=True))
    else:
        posts = duty_posts(step, (matter.region_code, matter.region_level))
    attended = attended_posts([post.id for post in posts]) if posts else set()
    return [post for post in posts if post.id in attended]


def _ring(c: Change, matter: Matter, *, post: Post | None, of: tuple[int, RingStep, UUID]) -> None:
    number, step, chain_id = of
    for channel in channels_of(step) if post is not None else ["none"]:
        outside = channel in OUTSIDE
        reached = post is not None and bool(post.public_phone.strip())
        row = c.create(
            Ring(
                order_id=matter.id,
                chain_id=chain_id,
                number=number,
                who=step.who,
                post=post.id if post is not None else None,
                channel=channel,
                rung_at=c.now,
                until=c.now + step.lasts if post is not None else c.now,
                outcome="" if post is not None else "nobody",
                state=("queued" if reached else "dropped") if outside else "",
                reason="no_address" if outside and not reached else "",
                at=c.now,
            )
        )
        if outside and reached:
            _call_soon(c, row, region_code=matter.region_code)


def _call_soon(c: Change, row: Ring, *, region_code: int) -> None:
    c.after(lambda: telling.ring_out_at(row.id, region_code, at=c.now))


def _nobody_answered(actor: Actor, matter: Matter) -> Answer:
    """The chain is at its end: the county is called on, and the order says that nobody answered."""
    if not is_ringing(matter):
        return {"rung": 0}
    asked = Asked(matter.id, client_id=uuid5(matter.id, "nobody answered"))
    return take_step(actor=actor, asked=asked, step="unanswered")
