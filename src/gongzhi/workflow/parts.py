"""Who an actor is to a matter, and what the conditions of its flow may ask about it now."""

from datetime import timedelta
from typing import cast

from django.utils import timezone

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level
from gongzhi.workflow import clock, handing
from gongzhi.workflow.conditions import Facts
from gongzhi.workflow.definitions import Flow
from gongzhi.workflow.leading import led_by
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.rules import may_urge_again


def flow_of(matter: Matter) -> Flow:
    """The version of the flow that governs this matter."""
    return cast(Flow, definitions.by_id(matter.flow_id).body)


def parts_of(actor: Actor, matter: Matter) -> set[str]:
    """Which parts the actor may play towards this matter: the reporter's, and those of the posts over its place."""
    parts: set[str] = set()
    if (matter.reporter and matter.reporter == actor.pseudonym) or (
        matter.receipt_hash and matter.receipt_hash == actor.receipt
    ):
        parts.add("reporter")
    for post in actor.posts:
        acts = {right.removeprefix("act_") for right in post.rights if right.startswith("act_")}
        acts.discard("handler")
        if matter.sealed_to is not None and post.id != matter.sealed_to:
            acts &= (
                {"checker"} if post.sealed else set()
            )  # another sealed post of the county checks, and no more
        if post.id == matter.holder_id:
            acts.add("handler")  # whoever holds it handles it, whatever the role
        if post.covers(matter.region_code) or post.id == matter.holder_id:
            parts |= acts
    if actor.post_ids & set(matter.hands or ()):
        parts.add("hand")
    if actor.system:
        parts.add("platform")
    return parts


def facts_of(
    actor: Actor,
    matter: Matter,
    *,
    tasks: list[Task],
    open_to_helpers: bool = False,
    outside_duties: bool = False,
    round_row: Round | None = None,
) -> Facts:
    """What the conditions of a flow may ask, now. `tasks`: the matter's open ones; `round_row`: its present one."""
    urged_at = round_row.urged_at if round_row is not None else None
    now = timezone.now()
    deadline = clock.deadline_of(matter)
    due = {task.what: task.due_at for task in tasks}
    extended = sum(1 for step in matter.due_trace if step.get("step") == "extended")
    rating_due = due.get("rate")
    leader = led_by(matter)
    ended = leader.closed_at if leader else matter.closed_at  # a merged matter ends with the leading one
    reopening = ended + timedelta(days=deadline.reopen_days) if ended else None
    return Facts(
        own_work=actor.pseudonym is not None and actor.pseudonym in (matter.fulfilled_by, matter.assisted_by),
        held=matter.holder_id is not None,
        clock_started=bool(matter.due_trace),
        paused=matter.paused_at is not None,
        extension_asked="decide_extension" in due,
        extension_left=deadline.extension is not None and extended < deadline.extension.times,
        pause_asked="decide_pause" in due,
        open_to_helpers=open_to_helpers,
        rating_over=rating_due is not None and now >= rating_due,
        reopening_over=reopening is not None and now > reopening,
        merged=leader is not None and leader.closed_at is None,
        urged_lately=urged_at is not None and not may_urge_again(urged_at, now, days=deadline.urge_days),
        overseen="answer_oversight" in due,
        call_due="call_back" in due,
        contested=handing.contested(round_row),
        decided=handing.decided(matter, round_row),
        disputed=handing.DECISION in due,
        decides=handing.decides(actor, tasks),
        outside_duties=outside_duties,
        asked_to_help=bool(handing.own_parts(actor, tasks)),
        helped=handing.HELP in due,
        at_county=matter.lead_level == Level.COUNTY,
        leads=handing.leads(actor, matter),
        sealed=matter.sealed_to is not None,
        sent_down=round_row is not None and round_row.sent_down,
    )
