"""One order, whole: what its resident may follow, and what those who work on it need."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from gongzhi.capabilities.orders.definitions import Category, OrderKind
from gongzhi.capabilities.orders.models import Message, Order, OrderContact, OrderWords, Photo
from gongzhi.capabilities.orders.queries.proposing import Proposal, propose
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Text
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.definitions import Flow, State, Transition
from gongzhi.workflow.engine import flow_of, parts_of
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import steps_open_to

MOST_EVENTS = 300


@dataclass(frozen=True)
class Line:
    """One line of an order's history: what happened, when it was recorded and claimed, by which post, in which words."""

    at: datetime
    claimed_at: datetime
    event: str
    title: str
    by: str
    reason: str = ""
    words: str = ""
    staff_only: bool = False
    mine: bool = False


@dataclass(frozen=True)
class Shown:
    """One order as its reader may see it. `parts`: what the reader is to it; `steps`: what the reader may do now."""

    matter: Matter
    order: Order
    kind: OrderKind
    flow: Flow
    state: State
    place: str
    category: str
    words: OrderWords | None
    contact: OrderContact | None
    photos: list[Photo]
    lines: list[Line]
    rounds: list[Round]
    tasks: list[Task]
    parts: set[str]
    steps: dict[str, Transition]
    proposal: Proposal | None = None
    posts: dict[UUID, Post] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """What came of it, in words; empty while it is open."""
        words = self.flow.outcomes.get(self.matter.outcome)  # type: ignore[call-overload]
        return _of(words) if words else ""

    @property
    def is_resident(self) -> bool:
        """Whether the reader is the resident who placed it."""
        return "reporter" in self.parts


def order_by_number(actor: Actor, number: str) -> Matter | None:
    """The visible order of that number."""
    return Matter.objects.filter(number=number.upper(), subject="orders").select_related("holder").first()


def order_by_receipt(actor: Actor) -> Matter | None:
    """The order of the receipt that this request presented."""
    if not actor.receipt:
        return None
    return (
        Matter.objects.filter(receipt_hash=actor.receipt, subject="orders").select_related("holder").first()
    )


def order_shown(actor: Actor, matter: Matter, *, suggest: bool = False) -> Shown:
    """All of an order that its reader may see. `suggest` adds the platform's proposal, for the desk."""
    flow, parts = flow_of(matter), parts_of(actor, matter)
    order = Order.objects.select_related("words", "contact").get(pk=matter.id)
    resident_only = parts == {"reporter"}
    events = list(Event.objects.filter(thread=matter.id).order_by("id")[:MOST_EVENTS])
    messages = list(Message.objects.filter(order_id=matter.id).order_by("id")[:MOST_EVENTS])
    posts = Post.objects.in_bulk({each.post for each in events if each.post} | {matter.holder_id} - {None})
    lines = [line for event in events for line in _line(event, flow, messages, posts=posts, actor=actor)]
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    return Shown(
        matter=matter,
        order=order,
        kind=kind,
        flow=flow,
        state=flow.states[matter.state],
        place=regions.labels([matter.region_code]).get(matter.region_code, ""),
        category=category_name(order.category, matter.region_code),
        words=getattr(order, "words", None),
        contact=getattr(order, "contact", None),
        photos=list(Photo.objects.filter(order_id=matter.id, erased_at__isnull=True).order_by("id")),
        lines=[line for line in lines if not (resident_only and line.staff_only)],
        rounds=list(Round.objects.filter(matter=matter).order_by("number")),
        tasks=list(Task.objects.filter(matter=matter, done_at__isnull=True).order_by("id")),
        parts=parts,
        steps=steps_open_to(actor, matter, open_to_helpers=order.open_to_helpers),
        proposal=propose(matter) if suggest and matter.state in {"received", "returned"} else None,
        posts=posts,
    )


def category_name(key: str, region_code: int) -> str:
    """The category's name in the reader's language; empty where there is none."""
    if not key:
        return ""
    try:
        return _of(definitions.get(Category, key, region_code=region_code).body.name)
    except LookupError:
        return key


def _line(
    event: Event, flow: Flow, messages: list[Message], *, posts: dict[UUID, Post], actor: Actor
) -> list[Line]:
    step = event.data.get("step", "")
    transition = flow.transitions.get(step)
    if transition is None:
        return []
    said: Any = next((m for m in messages if m.event_id == event.id), None)
    post = posts.get(event.post) if event.post else None
    reason = transition.reasons.get(event.data.get("reason", ""))
    told = transition.told or transition.name
    return [
        Line(
            at=event.recorded_at,
            claimed_at=event.occurred_at,
            event=event.name,
            title=_of(told),
            by=post.title if post else "",
            reason=_of(reason) if reason else "",
            words=said.text if said is not None and said.erased_at is None else "",
            staff_only=transition.told is None,
            mine=event.actor is not None and event.actor == actor.pseudonym,
        )
    ]


def _of(text: Text) -> str:
    return text.of(get_language() or "zh")
