"""Drills of one-key response (演练): the chain is rung without any order, and who answered after how long is kept."""

from datetime import timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.models import Drill, DrillRing
from gongzhi.capabilities.orders.queries.proposing import attended_posts, candidates
from gongzhi.capabilities.orders.ringing.chain import chain_at, duty_posts
from gongzhi.capabilities.orders.ringing.definitions import Response, RingStep
from gongzhi.capabilities.orders.ringing.kinds import one_key_kind
from gongzhi.capabilities.orders.rules import choose_holder
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor, HeldPost


def drilling_post(actor: Actor, place: tuple[int, int]) -> HeldPost | None:
    """The desk post by which the actor may drill a place."""
    fitting = [
        post
        for post in actor.with_right("act_desk")
        if "work_matters" in post.rights and post.covers(place[0]) and post.region_level <= place[1]
    ]
    return max(fitting, key=lambda post: post.region_level, default=None)


def start_drill(*, actor: Actor, place: tuple[int, int], client_id: UUID | None = None) -> Answer:
    """Begin a drill in a place (code, level): the first step of its chain rings within seconds, by the page alone.

    Refuses whoever holds no desk over the place, and a place where a drill is under way.
    """
    post = drilling_post(actor, place)
    if post is None:
        raise no_such_row()
    with change(actor, "drill.started", client_id=client_id, payload={"place": list(place)}) as c:
        if c.kept is not None:
            return c.kept
        if Drill.objects.filter(region_code=place[0], region_level=place[1], ended_at__isnull=True).exists():
            raise Refused("drill", _("这个地方正在演练，请等它结束，或者先停止。"))
        row = c.create(
            Drill(
                region_code=place[0],
                region_level=place[1],
                chain_id=chain_at(place[0]).id,
                started_at=c.now,
                started_by=post.id,
            )
        )
        c.about(place[0])
        c.by_post(post.id)
        c.after(lambda: telling.drill_at(row.id, place[0], number=0, at=c.now))
        return c.answer(row, id=row.id)


def drill_next(*, actor: Actor, drill_id: UUID, number: int) -> Answer:
    """Ring one step of a drill, and the next when its time is over; after the last it ends.

    Once for each step, however often it is asked for; nothing rings once somebody answered or the drill was stopped.
    Refuses everybody but the platform.
    """
    if not actor.system:
        raise no_such_row()
    key = uuid5(drill_id, f"ring {number}")
    with change(actor, "drill.rung", client_id=key, payload={"drill": drill_id, "number": number}) as c:
        if c.kept is not None:
            return c.kept
        row = c.lock(Drill, drill_id)
        if row.ended_at is not None:
            return c.unchanged(rung=0)
        c.about(row.region_code)
        chain: Response = definitions.by_id(row.chain_id).body
        if number >= len(chain.steps):
            _end(c, row, result="nobody")
            return c.answer(row, rung=0)
        step = chain.steps[number]
        posts = _posts(step, (row.region_code, row.region_level))
        rung: list[UUID | None] = [*posts]
        for post in rung or [None]:
            _ring(c, row, post=post, of=(number, step))
        c.data(number=number, who=step.who, posts=[str(post) for post in posts])
        after = c.now + (step.lasts if posts else timedelta())
        c.after(lambda: telling.drill_at(row.id, row.region_code, number=number + 1, at=after))
        return c.answer(row, rung=len(posts))


def answer_drill(*, actor: Actor, drill_id: UUID) -> Answer:
    """Answer a drill for the post that was rung. The first answer ends it, as it would a real ringing.

    Refuses whoever was not rung, and once the drill is over.
    """
    with transaction.atomic(), change(actor, "drill.answered") as c:
        row = c.lock(Drill, drill_id)
        mine = DrillRing.objects.filter(drill=row, post__in=list(actor.post_ids)).order_by("-number").first()
        if mine is None:
            raise no_such_row()
        if row.ended_at is not None:
            raise Refused("over", _("这次演练已经结束。"))
        c.about(next(post.region_code for post in actor.posts if post.id == mine.post))
        c.by_post(mine.post)
        c.data(number=mine.number)
        answered = c.lock(DrillRing, mine.id)
        c.update(answered, outcome="accepted", answered_at=c.now)
        _end(c, row, result="answered", spared=mine.id)
        return c.answer(row, id=row.id, seconds=int((c.now - mine.rung_at).total_seconds()))


def stop_drill(*, actor: Actor, drill_id: UUID) -> Answer:
    """Stop a drill. Refuses whoever holds no desk over its place, and one that is over."""
    with change(actor, "drill.stopped") as c:
        row = c.lock(Drill, drill_id)
        post = drilling_post(actor, (row.region_code, row.region_level))
        if post is None:
            raise no_such_row()
        if row.ended_at is not None:
            raise Refused("over", _("这次演练已经结束。"))
        c.about(row.region_code)
        c.by_post(post.id)
        _end(c, row, result="stopped")
        return c.answer(row, id=row.id)


def _end(c: Change, row: Drill, *, result: str, spared: UUID | None = None) -> None:
    c.update(row, ended_at=c.now, result=result)
    for ring in DrillRing.objects.filter(drill=row, outcome="").exclude(pk=spared or row.id).order_by("id"):
        c.update(ring, outcome="other" if result == "answered" else "ended")


def _ring(c: Change, row: Drill, *, post: UUID | None, of: tuple[int, RingStep]) -> None:
    number, step = of
    c.create(
        DrillRing(
            drill=row,
            region_code=row.region_code,
            number=number,
            who=step.who,
            post=post,
            rung_at=c.now,
            outcome="" if post is not None else "nobody",
        )
    )


def _posts(step: RingStep, place: tuple[int, int]) -> list[UUID]:
    """Who would be rung for an urgent order there: as handler, the post to which the platform would give it."""
    if step.who == "handler":
        kind = one_key_kind(place[0])
        holder = choose_holder(candidates(kind.body, place)).holder if kind is not None else None
        return [holder] if holder is not None else []
    posts = [post.id for post in duty_posts(step, place)]
    attended = attended_posts(posts) if posts else set()
    return [post for post in posts if post in attended]
