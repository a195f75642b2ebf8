"""One order, whole: what its resident may follow, and what those who work on it need."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.definitions import Category, OrderKind
from gongzhi.capabilities.orders.likeness import PAIRED
from gongzhi.capabilities.orders.models import Message, Order, OrderContact, OrderWords, Photo
from gongzhi.capabilities.orders.queries.duties import Outside, outside, rule_words
from gongzhi.capabilities.orders.queries.gathering import Gathered, gather
from gongzhi.capabilities.orders.queries.holders import Holder, holders_for
from gongzhi.capabilities.orders.queries.proposing import LETTING_GO, Proposal, propose
from gongzhi.capabilities.orders.queries.watched import watch_words
from gongzhi.capabilities.orders.rules import REOPENING
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Text
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.shells.desk.models import PostReply
from gongzhi.workflow.claims import worth_telling
from gongzhi.workflow.clock import deadline_of
from gongzhi.workflow.definitions import Flow, State, Transition
from gongzhi.workflow.engine import flow_of, parts_of
from gongzhi.workflow.handing import HELP
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.queries import nobody_checks, steps_open_to

PHOTOGRAPHED = "order.photographed"
NAMING = ("holder", "hand", "helper")
"""What names a post in the data of an event."""
TOLD_ASIDE = ("order.erased", "order.contact_erased", "order.summary_released", "order.summary_revoked")
"""What moved no state and is told to the reporter too: what was deleted, and what neighbours may know."""
BELONGING = {
    Order: "id",
    OrderWords: "matter_id",
    OrderContact: "matter_id",
    Message: "matter_id",
    Photo: "matter_id",
    Event: "thread",
    Round: "matter_id",
    Task: "matter_id",
}
"""What an order's page shows, with the column that names the matter."""


@dataclass(frozen=True)
class Line:
    """One line of an order's history: what happened, when (recorded and claimed), by which post, in words.

    `to`: the post that it went to. `answers`: the post that answers for it until another accepts. `disowned`: that
    post said that it is not its affair.
    """

    at: datetime
    claimed_at: datetime
    event: str
    title: str
    by: str
    name: str = ""
    reason: str = ""
    words: str = ""
    staff_only: bool = False
    mine: bool = False
    to: str = ""
    answers: str = ""
    disowned: bool = False

    @property
    def claimed(self) -> datetime | None:
        """When the device said that it happened, where that is long before it was recorded."""
        return self.claimed_at if worth_telling(self.at, self.claimed_at) else None


@dataclass(frozen=True)
class Shown:
    """One order as its reader may see it. `parts`: what the reader is to it; `steps`: what he may do now.

    `outside`: the list of duties by which its holder may refuse it. `unchecked`: it is sealed and waits for a
    check, and whoever could make it worked on it himself.
    """

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
    unchecked: bool = False
    outside: Outside | None = None
    proposal: Proposal | None = None
    holders: list[Holder] = field(default_factory=list)
    posts: dict[UUID, Post] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    replies: list[PostReply] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """What came of it, in words; empty while it is open."""
        words = self.flow.outcomes.get(self.matter.outcome)  # type: ignore[call-overload]
        return _of(words) if words else ""

    @property
    def helpers(self) -> list[Post]:
        """The posts that still have a part of the work to do."""
        asked = [each.holder_id for each in self.tasks if each.what == HELP]
        return [self.posts[each] for each in asked if each is not None and each in self.posts]

    @property
    def erased(self) -> bool:
        """Whether the content was deleted at a resident's request."""
        return self.words is not None and self.words.erased_at is not None

    @property
    def is_resident(self) -> bool:
        """Whether the reader is the resident who placed it."""
        return "reporter" in self.parts


def erased_words() -> str:
    """What stands where the words of an erased order stood."""
    return _("内容已删除")


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
    found = gather(matter.id, BELONGING, beside={PostReply: ("post_id", list(actor.post_ids))})
    order, words = found.all(Order)[0], found.one(OrderWords)
    tasks = [task for task in found.all(Task) if task.done_at is None]
    holder = matter.holder if matter.state == "dispatched" else None
    shut = outside(matter, holder, category=order.category)
    steps = steps_open_to(
        actor,
        matter,
        open_to_helpers=order.open_to_helpers,
        outside_duties=shut is not None,
        tasks=tasks,
        rounds=found.all(Round),
    )
    steps = {key: step for key, step in steps.items() if key not in PAIRED}
    if words is not None and words.erased_at is not None:
        steps = {key: step for key, step in steps.items() if key not in REOPENING}
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    choosing = suggest and any({"holder", "helper"} & set(step.needs) for step in steps.values())
    events = found.all(Event)
    spared = _let_go(events, found.all(Round), number=matter.round)
    holders = holders_for(matter, kind, spared=spared, category=order.category) if choosing else []
    posts = {holder.post.id: holder.post for holder in holders}
    named = {each.post for each in events} | {matter.holder_id} | {each.holder_id for each in tasks}
    named |= {UUID(each.data[said]) for each in events for said in NAMING if each.data.get(said)}
    posts |= Post.objects.in_bulk(named - posts.keys() - {None})
    told = _told(found, flow, matter=matter, posts=posts, actor=actor)
    resident_only = parts == {"reporter"}
    places = regions.labels({matter.region_code, *(holder.post.region_code for holder in holders)})
    return Shown(
        matter=matter,
        order=order,
        kind=kind,
        flow=flow,
        state=flow.states[matter.state],
        place=places.get(matter.region_code, ""),
        category=category_name(order.category, matter.region_code),
        words=words,
        contact=found.one(OrderContact),
        photos=[photo for photo in found.all(Photo) if photo.erased_at is None],
        lines=_for_reader(told, resident=resident_only),
        rounds=sorted(found.all(Round), key=lambda each: each.number),
        tasks=tasks,
        parts=parts,
        steps=steps,
        unchecked=nobody_checks(matter, tasks=tasks),
        outside=shut,
        proposal=_proposal(matter, words, holders=holders) if "dispatch" in steps and choosing else None,
        holders=holders,
        posts=posts,
        places=places,
        replies=[each for each in found.all(PostReply) if each.removed_at is None],
    )


def _let_go(events: list[Event], rounds: list[Round], *, number: int) -> set[UUID]:
    """The posts that let it go in its present round."""
    began = next((each.started_at for each in rounds if each.number == number), None)
    gone = (each for each in events if each.data.get("step") in LETTING_GO)
    return {each.post for each in gone if each.post and (began is None or each.recorded_at >= began)}


def category_name(key: str, region_code: int) -> str:
    """The category's name in the reader's language; empty where there is none."""
    if not key:
        return ""
    try:
        return _of(definitions.get(Category, key, region_code=region_code).body.name)
    except LookupError:
        return key


def _proposal(matter: Matter, words: OrderWords | None, *, holders: list[Holder]) -> Proposal:
    among = [holder.candidate for holder in holders if holder.candidate is not None]
    return propose(matter, words=words, among=among)


def _told(
    found: Gathered, flow: Flow, *, matter: Matter, posts: dict[UUID, Post], actor: Actor
) -> list[Line]:
    """The history; the reasons of a pause stand in the deadline, those of other steps in the flow."""
    said = {message.event_id: message for message in found.all(Message)}
    pauses = deadline_of(matter).pauses
    return [
        line
        for event in _photos_once(found.all(Event))
        for line in _line(event, flow, said=said.get(event.id), posts=posts, actor=actor, pauses=pauses)
    ]


def _photos_once(events: list[Event]) -> Iterator[Event]:
    """The events; of photos that one side added one after the other, the first alone."""
    last: tuple[str, UUID | None] | None = None
    for event in events:
        if event.name != PHOTOGRAPHED or (event.name, event.post) != last:
            yield event
        last = (event.name, event.post)


def _line(
    event: Event,
    flow: Flow,
    *,
    said: Message | None,
    posts: dict[UUID, Post],
    actor: Actor,
    pauses: dict[str, Text],
) -> list[Line]:
    step = event.data.get("step", "")
    transition = flow.transitions.get(step)
    if transition is None:
        return _aside(event, posts, actor=actor)
    post = posts.get(event.post) if event.post else None
    given, helps = event.data.get("reason", ""), step == "ask_hand"
    reason = transition.reasons.get(given) or pauses.get(given)
    told = transition.told or transition.name
    return [
        Line(
            at=event.recorded_at,
            claimed_at=event.occurred_at,
            event=event.name,
            title=_of(told),
            name=_of(transition.name),
            by=post.title if post else "",
            reason=_of(reason) if reason else _duty(event) or watch_words(event.data),
            words=said.text if said is not None and said.erased_at is None else "",
            staff_only=transition.told is None,
            mine=event.actor is not None and event.actor == actor.pseudonym,
            to=_title(event.data.get("hand" if helps else "holder") or event.data.get("helper"), posts),
            answers="" if helps else _title(event.data.get("hand"), posts),
            disowned=bool(event.data.get("disowned")),
        )
    ]


def _duty(event: Event) -> str:
    key, category = event.data.get("duty", ""), event.data.get("category", "")
    return rule_words(key, category, region_code=event.region_code or 0) if key else ""


def _title(post_id: str | None, posts: dict[UUID, Post]) -> str:
    post = posts.get(UUID(post_id)) if post_id else None
    return post.title if post is not None else ""


def _for_reader(lines: list[Line], *, resident: bool) -> list[Line]:
    """The resident reads what was told to him, without what is among staff; staff read the plain names of steps."""
    if resident:
        return [replace(line, to="", answers="") for line in lines if not line.staff_only]
    return [replace(line, title=line.name or line.title) for line in lines]


def _aside(event: Event, posts: dict[UUID, Post], *, actor: Actor) -> list[Line]:
    """What moved no state: photos, erasure; for staff alone the platform's look at the words, the desk's correction."""
    if event.name == PHOTOGRAPHED:
        return [_photographed(event, posts)]
    titles = {
        "order.considered": _("平台读了内容，判断类别和经办人"),
        "order.categorised": _("改了类别"),
        "order.category_undone": _("撤销了改类别"),
        "order.note_undone": _("撤回了一条内部备注"),
        "order.erased": _("应居民要求删除了内容、照片和联系方式"),
        "order.contact_erased": _("应居民要求删除了联系方式"),
        "order.summary_released": _("受理员写了一句说明，公开给邻居，方便他们关注这件事"),
        "order.summary_revoked": _("受理员收回了给邻居看的说明"),
        "order.showing_chosen": _("反映人同意公开他的话和照片")
        if event.data.get("given")
        else _("反映人不再同意公开他的话和照片"),
    }
    if event.data.get("reason") == "term_over":
        titles |= {
            "order.erased": _("保存期满，平台删除了内容、照片和联系方式"),
            "order.contact_erased": _("保存期满，平台删除了联系方式"),
        }
    if event.name not in titles:
        return []
    post = posts.get(event.post) if event.post else None
    words = category_name(event.data.get("category", ""), event.region_code or 0)
    return [
        Line(
            at=event.recorded_at,
            claimed_at=event.occurred_at,
            event=event.name,
            title=titles[event.name],
            by=post.title if post else "",
            words=words,
            staff_only=event.name not in TOLD_ASIDE,
            mine=event.actor is not None and event.actor == actor.pseudonym,
        )
    ]


def _photographed(event: Event, posts: dict[UUID, Post]) -> Line:
    post = posts.get(event.post) if event.post else None
    return Line(
        at=event.recorded_at,
        claimed_at=event.occurred_at,
        event=event.name,
        title=_("加了照片") if event.post else _("您补充了照片"),
        name=_("加了照片") if event.post else _("反映人补充了照片"),
        by=post.title if post else "",
    )


def _of(text: Text) -> str:
    return text.of(get_language() or "zh")
