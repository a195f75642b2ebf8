"""What rings for the reader now, how an order's chain went, and the drills, in which posts are named, never persons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from gongzhi.capabilities.orders.commands.drilling import drilling_post
from gongzhi.capabilities.orders.models import Drill, DrillRing, Ring
from gongzhi.capabilities.orders.queries.paging import PAGE, Page, Turn, counted
from gongzhi.capabilities.orders.ringing.chain import NOBODY, is_ringing
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.models import Matter

MOST = 20
MOST_OF_AN_ORDER = 100
SAID_FOR = timedelta(minutes=10)
"""So long it is said to whoever was rung that somebody else has accepted."""


@dataclass(frozen=True)
class Ringing:
    """An urgent order that nobody has accepted. `mine`: it rings his post; `nobody`: the chain is over."""

    matter: Matter
    place: str
    since: datetime
    mine: bool
    nobody: bool


@dataclass(frozen=True)
class Taken:
    """An order that rang for the reader and that another post has accepted."""

    matter: Matter
    holder: str


@dataclass(frozen=True)
class Drilling:
    """A drill that rings a post of the reader's."""

    drill_id: UUID
    place: str
    since: datetime


@dataclass(frozen=True)
class Now:
    """All that rings for one reader."""

    ringing: tuple[Ringing, ...] = ()
    drills: tuple[Drilling, ...] = ()
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True)
class Line:
    """One post of an order's chain: when it was rung and by what, and what came of it."""

    who: str
    post: Post | None
    rung_at: datetime
    until: datetime
    outcome: str
    answered_at: datetime | None
    ways: tuple[Ring, ...] = ()

    @property
    def waited(self) -> timedelta | None:
        """After how long it answered."""
        return self.answered_at - self.rung_at if self.answered_at else None


@dataclass(frozen=True)
class DrillShown:
    """One drill: its place, and what each post did."""

    drill: Drill
    place: str
    lines: tuple[Line, ...] = field(default=())
    may_stop: bool = False


def rings_for(actor: Actor) -> Now:
    """What rings for the reader: his posts' orders, those that nobody answered, drills. At most eight statements."""
    if not actor.posts:
        return Now()
    mine = Ring.objects.filter(outcome="", post__in=actor.post_ids, channel="page").order_by("-id")[:MOST]
    over = Ring.objects.filter(outcome="", post__isnull=True, who=NOBODY).order_by("-id")[:MOST]
    held = Matter.objects.filter(holder__in=actor.post_ids, state="dispatched", urgent=True).values("id")
    given = Ring.objects.filter(outcome="", order__in=held).order_by("-id")[:MOST]
    rows = list({row.id: row for row in (*mine, *over, *given)}.values())
    recent = timezone.now() - SAID_FOR
    others = Ring.objects.filter(outcome="other", post__in=actor.post_ids, channel="page", at__gt=recent)
    told = list(others.order_by("-id")[:MOST])
    ids = {row.order_id for row in [*rows, *told]}
    matters = Matter.objects.select_related("holder").in_bulk(ids) if ids else {}
    drills = _drills(actor)
    codes = {each.region_code for each in matters.values()} | {each.region_code for each in drills}
    places = regions.labels(codes) if codes else {}
    return Now(
        ringing=tuple(_ringing(actor, rows, matters=matters, places=places)),
        drills=tuple(Drilling(row.drill_id, places.get(row.region_code, ""), row.rung_at) for row in drills),
        taken=tuple(
            Taken(matters[each], _title(matters[each]))
            for each in dict.fromkeys(row.order_id for row in told)
            if each in matters and matters[each].closed_at is None
        ),
    )


def _title(matter: Matter) -> str:
    return matter.holder.title if matter.holder is not None else ""


def _drills(actor: Actor) -> list[DrillRing]:
    mine = DrillRing.objects.filter(outcome="", post__in=actor.post_ids, drill__ended_at__isnull=True)
    return list(mine.order_by("-id")[:MOST])


def _ringing(
    actor: Actor, rows: Sequence[Ring], *, matters: dict[UUID, Matter], places: dict[int, str]
) -> Iterable[Ringing]:
    posts = actor.post_ids
    for order_id in dict.fromkeys(row.order_id for row in rows):
        matter = matters.get(order_id)
        if matter is None or not is_ringing(matter):
            continue
        of = [row for row in rows if row.order_id == order_id]
        mine = matter.holder_id in posts or any(row.post in posts for row in of)
        nobody = any(row.who == NOBODY for row in of)
        if mine or {"desk", "upper"} & parts_of(actor, matter):
            since = min(row.rung_at for row in of)
            yield Ringing(matter, places.get(matter.region_code, ""), since, mine, nobody)


def chain_of(order_id: UUID) -> list[Line]:
    """Who was rung for an order, in order, by which ways, and who accepted. Two statements."""
    rows = list(Ring.objects.filter(order_id=order_id).order_by("number", "id")[:MOST_OF_AN_ORDER])
    posts = Post.objects.in_bulk({row.post for row in rows if row.post is not None})
    return [_line(of, posts) for of in _together(rows)]


def still_rings(matter: Matter, lines: Iterable[Line]) -> bool:
    """Whether the order rings now: one that was reopened waits for its handler, and rings nobody."""
    return is_ringing(matter) and any(line.outcome == "" for line in lines)


def _together(rows: Iterable[Ring]) -> list[list[Ring]]:
    found: dict[tuple[int, UUID | None], list[Ring]] = {}
    for row in rows:
        found.setdefault((row.number, row.post), []).append(row)
    return list(found.values())


def _line(of: list[Ring], posts: dict[UUID, Post]) -> Line:
    first = of[0]
    return Line(
        who=first.who,
        post=posts.get(first.post) if first.post is not None else None,
        rung_at=first.rung_at,
        until=first.until,
        outcome=first.outcome,
        answered_at=first.answered_at,
        ways=tuple(of),
    )


def _drilled(row: DrillRing, drill: Drill, *, posts: dict[UUID, Post]) -> Line:
    """What a post did in a drill; a drill that ended by itself says of each that nobody answered there."""
    return Line(
        who=row.who,
        post=posts.get(row.post) if row.post is not None else None,
        rung_at=row.rung_at,
        until=drill.ended_at or timezone.now() + SAID_FOR,
        outcome="" if row.outcome == "ended" and drill.result == "nobody" else row.outcome,
        answered_at=row.answered_at,
    )


def drills_shown(actor: Actor, *, after: UUID | None = None, limit: int = PAGE) -> Page[DrillShown, UUID]:
    """The drills of the reader's places, the newest first. Five statements."""
    drills = Drill.objects.all()
    page = drills.filter(id__lt=after) if after is not None else drills
    found = list(page.order_by("-id")[: limit + 1])
    turned = Turn(after, None, limit).page(found, key=lambda row: row.id, counted=counted(drills))
    shown = _with_rings(actor, turned.rows)
    return Page(shown, turned.next, turned.previous, turned.total, turned.capped)


def _with_rings(actor: Actor, drills: Sequence[Drill]) -> list[DrillShown]:
    rings = DrillRing.objects.filter(drill__in=[each.id for each in drills]).order_by("number", "id")
    rows = list(rings)
    posts = Post.objects.in_bulk({row.post for row in rows if row.post is not None})
    places = regions.labels({each.region_code for each in drills}) if drills else {}
    return [
        DrillShown(
            drill=each,
            place=places.get(each.region_code, ""),
            lines=tuple(_drilled(row, each, posts=posts) for row in rows if row.drill_id == each.id),
            may_stop=each.ended_at is None
            and drilling_post(actor, (each.region_code, each.region_level)) is not None,
        )
        for each in drills
    ]
