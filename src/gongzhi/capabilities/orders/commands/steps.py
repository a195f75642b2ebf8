"""The steps of an order after it was placed: `take_step`, and a function of its own where a step does more."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import rules, telling
from gongzhi.capabilities.orders.calling import follow_up, reopens
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.models import Lesson, Message, Order, OrderWords
from gongzhi.capabilities.orders.queries.duties import outside
from gongzhi.capabilities.orders.queries.holders import handling_roles
from gongzhi.capabilities.orders.queries.offers import offer
from gongzhi.capabilities.orders.queries.proposing import attended_posts, propose
from gongzhi.capabilities.orders.ringing.chain import settle, was_rung
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow import engine
from gongzhi.workflow.engine import Given, Stepped
from gongzhi.workflow.handing import let_go_by
from gongzhi.workflow.models import Matter
from gongzhi.workflow.watching import present_round

EVENTS = {
    "take_in": "order.taken_in",
    "dispatch": "order.dispatched",
    "accept": "order.accepted",
    "start": "order.started",
    "fulfil": "order.fulfilled",
    "check": "order.checked",
    "send_back": "order.sent_back",
    "rate": "order.rated",
    "call_due": "order.call_due",
    "called": "order.called_back",
    "call_over": "order.call_ended",
    "close": "order.closed",
    "close_unrated": "order.closed_unrated",
    "decline": "order.declined",
    "return": "order.returned",
    "recall": "order.recalled",
    "undo_dispatch": "order.dispatch_undone",
    "transfer": "order.transferred",
    "pass_on": "order.passed_on",
    "refuse": "order.refused",
    "report_up": "order.reported_up",
    "hand_down": "order.handed_down",
    "ask_hand": "order.hand_asked",
    "part_done": "order.part_done",
    "release_hand": "order.hand_released",
    "ask_decision": "order.decision_asked",
    "decide_competence": "order.competence_decided",
    "hand_up": "order.handed_up",
    "ask_help": "order.help_asked",
    "answer_help": "order.help_answered",
    "pause": "order.paused",
    "ask_pause": "order.pause_asked",
    "refuse_pause": "order.pause_refused",
    "resume": "order.resumed",
    "ask_extension": "order.extension_asked",
    "grant_extension": "order.extended",
    "refuse_extension": "order.extension_refused",
    "add": "order.added_to",
    "message": "order.answered",
    "note": "order.noted",
    "chase": "order.chased",
    "urge": "order.urged",
    "oversee": "order.overseen",
    "answer_oversight": "order.oversight_answered",
    "remind": "order.reminded",
    "escalate": "order.escalated",
    "unanswered": "order.unanswered",
    "withdraw": "order.withdrawn",
    "void": "order.voided",
    "restore": "order.restored",
    "reopen": "order.reopened",
    "reopen_unheld": "order.reopened",
}
"""Each step of the flow `order`, and the event that records it."""

STAFF_WORDS = {
    "called",
    "call_over",
    "note",
    "ask_help",
    "answer_help",
    "ask_decision",
    "hand_down",
    "ask_hand",
    "part_done",
    "release_hand",
    "chase",
    "oversee",
    "answer_oversight",
    "ask_extension",
    "refuse_extension",
    "ask_pause",
    "refuse_pause",
}
"""Steps whose words stay among staff; the words of any other step are told to the resident."""


@dataclass(frozen=True)
class Asked:
    """Which order, as the actor saw it, and under which key of the client."""

    order_id: UUID
    seen: int | None = None
    client_id: UUID | None = None
    occurred_at: datetime | None = None
    caused_by: UUID | None = None


def take_step(*, actor: Actor, asked: Asked, step: str, given: Given | None = None) -> Answer:
    """Take a step of the flow on an order, with its words as a message.

    Refuses what the flow refuses (see `engine.step`), to reopen an order whose content was deleted, and (Conflict) an
    order that changed since it was seen.
    """
    given = given or Given()
    if step not in EVENTS:
        raise Refused("step", _("没有这一步。"))
    payload = _payload(asked, given, step=step)
    with change(
        actor,
        EVENTS[step],
        client_id=asked.client_id,
        payload=payload,
        occurred_at=asked.occurred_at,
        caused_by=asked.caused_by,
    ) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        _must_have_words(matter, step=step)
        given = _by_duties(c, matter, given=given) if step == "refuse" else given
        taken = engine.step(c, matter, key=step, given=_fitting(matter, given, step=step))
        _beyond_the_flow(c, matter, step=step, given=given)
        settle(c, matter, step=step)
        say(c, matter, step=step, words=given.words)
        telling.tell(c, matter, taken=taken)
        return c.answer(matter, id=matter.id, version=matter.version, state=matter.state)


def take_open_order(*, actor: Actor, order_id: UUID, client_id: UUID | None = None) -> Answer:
    """A Party member or volunteer takes an order that is open to helpers (党员接单).

    Before this, kind and village are all that is known of it. Refuses when it is no longer open, or the actor holds
    no helper's post there.
    """
    with change(actor, "order.taken", client_id=client_id, payload={"order": order_id}) as c:
        if c.kept is not None:
            return c.kept
        offered = offer(order_id)
        if offered is None:
            raise Refused("not_open", _("这件事已经有人办理，或不再开放认领。"))
        post = actor.post_for("act_volunteer", offered.region_code)
        if post is None:
            raise no_such_row()
        matter = offered.as_matter()
        c.about(matter.region_code, thread=matter.id)
        c.by_post(post.id)
        holder = Post.objects.get(pk=post.id)
        taken = engine.step(
            c, matter, key="take", given=Given(holder=holder, open_to_helpers=True), tasks=offered.tasks()
        )
        c.through("orders_take")
        telling.tell(c, matter, taken=taken)
        return c.answer(matter, id=matter.id, version=matter.version, state=matter.state)


def rate_order(*, actor: Actor, asked: Asked, given: Given) -> Answer:
    """Rate an order (1 to 5 stars, whether it was solved, what was wrong); one that was not solved is reopened at once.

    Reopened, it reaches the same handler and the level above. Refuses the handler, and the helper who placed it.
    """
    answer = take_step(actor=actor, asked=asked, step="rate", given=given)
    matter = Matter.objects.get(pk=asked.order_id)
    if matter.state == "rated" and reopens(follow_up(matter.region_code), given):
        again = Asked(asked.order_id, caused_by=UUID(answer["event"]))
        return {**answer, **take_step(actor=actor, asked=again, step="reopen")}
    return answer


def locked(c: Change, asked: Asked) -> Matter:
    """The order's matter, locked, with the event told where it belongs and by which post."""
    matter = c.lock(Matter, asked.order_id, seen=asked.seen)
    c.about(matter.region_code, thread=matter.id)
    c.by_post(acting_post(c.actor, matter))
    return matter


def acting_post(actor: Actor, matter: Matter) -> UUID | None:
    """The post by which the actor works on the matter; None for the resident."""
    if matter.holder_id in actor.post_ids:
        return matter.holder_id
    if matter.sealed_to in actor.post_ids:
        return matter.sealed_to
    for hand in matter.hands or ():
        if hand in actor.post_ids:
            return hand
    right = "work_matters" if matter.sealed_to is None else "sealed"
    post = actor.post_for(right, matter.region_code)
    return post.id if post else None


def say(c: Change, matter: Matter, *, step: str, words: str) -> None:
    """Keep the words of a step where they can be erased; the event holds none."""
    if not words.strip():
        return
    is_reporter = "reporter" in engine.parts_of(c.actor, matter)
    direction = "note" if step in STAFF_WORDS else "in" if is_reporter else "out"
    c.create(
        Message(
            order_id=matter.id,
            direction=direction,
            step=step,
            text=words.strip()[:4000],
            author=c.actor.pseudonym,
            post=acting_post(c.actor, matter),
            at=c.now,
        )
    )


def _payload(asked: Asked, given: Given, *, step: str) -> dict[str, Any]:
    return {
        "order": asked.order_id,
        "step": step,
        "words": given.words,
        "reason": given.reason,
        "outcome": given.outcome,
        "holder": given.holder.id if given.holder else None,
        "helper": given.helper.id if given.helper else None,
        "stars": given.stars,
        "solved": given.solved,
        "complaints": list(given.complaints),
        "days": given.days,
    }


def _fitting(matter: Matter, given: Given, *, step: str) -> Given:
    """What was given, once what the flow cannot know has been checked: that the new holder can take the order."""
    asked = given.helper if step == "ask_hand" else None
    if asked is not None and asked.id != matter.holder_id and not _can_take(asked, matter):
        raise Refused("helper", _("这个岗位不能协办这件事，请另选。"))
    if given.holder is None:
        return given
    if matter.sealed_to is not None and given.holder.id != matter.sealed_to:
        raise Refused("sealed", _("保密事项只能由指定的县级岗位办理。"))
    if matter.sealed_to is None and not _can_take(given.holder, matter):
        raise Refused("holder", _("这个岗位不能接这件事，请另选。"))
    if step == "pass_on" and given.holder.id in let_go_by(present_round(matter)):
        raise Refused("passed_back", _("这个岗位刚转出或退回过这件事。请退回给受理员，由受理员安排。"))
    return given


def _by_duties(c: Change, matter: Matter, *, given: Given) -> Given:
    """What was given, with whether the holder's list of duties leaves the order out; the event names the list."""
    category = Order.objects.values_list("category", flat=True).get(pk=matter.id)
    found = outside(matter, matter.holder, category=category)
    if found is not None:
        c.data(duty=found.key, category=category)
    return replace(given, outside_duties=found is not None)


def _can_take(post: Post, matter: Matter) -> bool:
    """Whether a post of the same county handles orders, stands, is held by somebody, and has not this one already.

    A post that an urgent order rings may take it, whatever it handles else.
    """
    county = floor_code(matter.region_code, Level.COUNTY)
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    if post.valid_to is not None or post.id == matter.holder_id:
        return False
    if floor_code(post.region_code, Level.COUNTY) != county:
        return False
    handles = post.role in kind.holders or post.role in handling_roles(matter.region_code)
    if not handles and not (matter.urgent and was_rung(matter.id, [post.id])):
        return False
    return post.id in attended_posts([post.id])


def _must_have_words(matter: Matter, *, step: str) -> None:
    if step not in rules.REOPENING:
        return
    if OrderWords.objects.filter(order_id=matter.id, erased_at__isnull=False).exists():
        raise Refused("erased", _("这件事的内容已经删除，不能重办，请重新提交。"))


def _beyond_the_flow(c: Change, matter: Matter, *, step: str, given: Given) -> None:
    if step == "fulfil":
        c.update(matter, fulfilled_by=c.actor.pseudonym)
    elif step == "accept" and matter.responded_at is None:
        c.update(matter, responded_at=c.now)
    elif step == "dispatch":
        if matter.quarantined:
            c.update(matter, quarantined=False)
        _learn(c, matter)
    elif step in {"rate", "called"}:
        _rate(c, matter, given=given, by_call=step == "called")
    elif step in rules.REOPENING and matter.leading is not None:
        c.update(matter, leading=None)
    elif step in telling.ENDING:
        telling.part_soon(c, matter)


def _learn(c: Change, matter: Matter) -> None:
    """Where the desk chose another holder than the platform would have, that is kept as a lesson."""
    if c.actor.system or matter.sealed_to is not None:
        return
    if matter.urgent and matter.holder_id is not None and was_rung(matter.id, [matter.holder_id]):
        return  # whoever answered a ring took it because it rang, not because it was his to do
    proposed = propose(matter).choice.holder
    if proposed is None or proposed == matter.holder_id:
        return
    category = Order.objects.values_list("category", flat=True).get(pk=matter.id)
    c.create(
        Lesson(
            order_id=matter.id,
            region_code=matter.region_code,
            proposed_category=category,
            category=category,
            proposed_holder=proposed,
            holder=matter.holder_id,
            at=c.now,
        )
    )


def _rate(c: Change, matter: Matter, *, given: Given, by_call: bool) -> None:
    """Keep the resident's judgement. What he gave himself stays, whatever is said in a call."""
    if given.stars not in range(1, 6) or given.solved not in {"yes", "partly", "no"}:
        raise Refused("stars", _("请选一到五颗星，并告诉我们解决了没有。"))
    following = follow_up(matter.region_code)
    complaints = [key for key in following.complaints if key in given.complaints]
    if len(complaints) != len(set(given.complaints)):
        raise Refused("complaint", _("请从所列的原因中选择。"))
    order = c.lock(Order, matter.id)
    c.data(stars=given.stars, solved=given.solved, complaints=complaints)
    if not by_call or order.stars is None:
        said = {"stars": given.stars, "solved": given.solved, "complaints": complaints}
        c.update(order, rated_at=c.now, rated_by_call=by_call, **said)
        c.update(matter, outcome=rules.outcome_of(matter.outcome, given.solved))
    if not by_call and not reopens(following, given) and matter.sealed_to is None:
        c.after(lambda: telling.close_soon(matter.id, matter.region_code))


__all__ = [
    "EVENTS",
    "Asked",
    "Stepped",
    "acting_post",
    "locked",
    "rate_order",
    "say",
    "take_open_order",
    "take_step",
]
