"""Whom a step of the chain rings, by what, and when the ringing of an order is over."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from gongzhi.capabilities.orders.ringing.definitions import OUTSIDE, Channel, Response, RingStep
from gongzhi.capabilities.orders.ringing.models import Ring
from gongzhi.core.command.running import Change
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.queries import Found
from gongzhi.core.people.models import Post
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level
from gongzhi.workflow.models import Matter

WAITING = frozenset({"received", "dispatched", "returned"})
"""The states in which nobody has accepted an order."""
NOBODY = "end"
"""Who a ring is for once the whole chain was rung and nobody answered: the order itself says so."""
LEVELS = {"village": Level.VILLAGE, "township": Level.TOWNSHIP, "county": Level.COUNTY}
MOST_POSTS = 12


def chain_at(region_code: int) -> Found[Response]:
    """What governs one-key response in a place."""
    return definitions.get(Response, "urgent", region_code=region_code)


def channels_of(step: RingStep) -> list[Channel]:
    """By what a step rings in this installation: the page always, telephones where a gateway is configured."""
    there = {"page", *gateways()}
    return [channel for channel in step.channels if channel in there]


def gateways() -> list[Channel]:
    """The ways to a telephone that the installation has; none unless the environment names them."""
    urls = {"sms": settings.SMS["url"], "voice": settings.VOICE["url"]}
    return [channel for channel in OUTSIDE if urls[channel]]


def duty_posts(step: RingStep, place: tuple[int, int]) -> list[Post]:
    """The posts on duty of a step above the handler, held by somebody or not: at its level, in charge of the place."""
    level = LEVELS[step.who]
    codes = {code for code, each in regions.line_of(*place) if each == level}
    posts = Post.objects.filter(
        role__in=step.roles, region_code__in=codes, region_level=level, on_duty=True, valid_to__isnull=True
    )
    return sorted(posts.order_by("id")[:MOST_POSTS], key=lambda post: step.roles.index(post.role))


def is_ringing(matter: Matter) -> bool:
    """Whether an urgent order still waits for somebody to accept it."""
    return matter.urgent and matter.state in WAITING and matter.closed_at is None


def open_rings(order_id: UUID) -> list[Ring]:
    """What still rings for an order, locked."""
    return list(Ring.objects.select_for_update().filter(order_id=order_id, outcome="").order_by("id"))


def was_rung(order_id: UUID, post_ids: Iterable[UUID]) -> Ring | None:
    """The last open ring of one of these posts for an order."""
    mine = Ring.objects.filter(order_id=order_id, post__in=list(post_ids), outcome="")
    return mine.order_by("-number", "id").first()


def nobody_answered(c: Change, matter: Matter) -> Ring:
    """Keep that the whole chain was rung and nobody answered: so it is said on top of the desks until somebody does."""
    last = (
        Ring.objects.filter(order_id=matter.id).order_by("-number").values_list("number", flat=True).first()
    )
    return c.create(
        Ring(
            order_id=matter.id,
            number=(last or 0) + 1,
            who=NOBODY,
            channel="none",
            rung_at=c.now,
            until=c.now,
            at=c.now,
        )
    )


def settle(c: Change, matter: Matter, *, step: str = "") -> int:
    """End the ringing of an order that no longer waits for anybody: how many rings that ends.

    The step that says that nobody answered ends nothing: it is kept, and it goes on ringing. Whose post holds it by
    `accept` is the one who answered; to the others it is said that somebody did.
    """
    if step == "unanswered":
        nobody_answered(c, matter)
    if not matter.urgent or matter.state in WAITING:
        return 0
    rows = open_rings(matter.id)
    for row in rows:
        mine = step == "accept" and row.post is not None and row.post == matter.holder_id
        outcome = "accepted" if mine else "other" if step == "accept" else "ended"
        c.update(row, outcome=outcome, answered_at=c.now if mine else None, at=c.now)
    return len(rows)


def ring_sealed(c: Change, matter: Matter) -> None:
    """A sealed order rings its own post alone, and only the page, with the change that places it: no job names it."""
    chain = chain_at(matter.region_code)
    c.create(
        Ring(
            order_id=matter.id,
            chain_id=chain.id,
            number=0,
            who="sealed",
            post=matter.sealed_to,
            channel="page",
            rung_at=c.now,
            until=c.now + chain.body.lasts,
            at=c.now,
        )
    )
