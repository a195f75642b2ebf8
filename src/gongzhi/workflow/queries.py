"""Reading matters and tasks: what waits for whom."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gongzhi.core.permissions.actor import Actor, HeldPost
from gongzhi.workflow.conditions import Facts
from gongzhi.workflow.definitions import Transition
from gongzhi.workflow.engine import facts_of, flow_of, parts_of
from gongzhi.workflow.hands import hands_of
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.rules import available_transitions, unmet

MOST_TASKS = 200
WORK_DONE = ("fulfilled", "checked", "rated")
"""States of an open matter whose work is done: its due time is behind it, kept or not."""


def tasks_for(actor: Actor) -> QuerySet[Task]:
    """Every open task of the actor: those of a post held, and those that wait for a part that it plays.

    In order of due time; what has none comes last. Slice it: the list of a busy desk is long.
    """
    waiting = Q(holder__in=actor.post_ids)
    for post in actor.posts:
        for part in parts_played(post):
            for low, high in post.reach:
                waiting |= Q(holder__isnull=True, part=part, region_code__range=(low, high))
    open_tasks = Task.objects.filter(waiting, done_at__isnull=True) if actor.posts else Task.objects.none()
    return open_tasks.select_related("matter").order_by(F("due_at").asc(nulls_last=True), "id")


def present_rounds(matters: Iterable[Matter]) -> dict[UUID, Round]:
    """The clocks that these matters run by now, by matter, in one statement; those without one are left out."""
    numbers = {matter.id: matter.round for matter in matters}
    rows = Round.objects.filter(matter__in=numbers)
    return {row.matter_id: row for row in rows if row.number == numbers[row.matter_id]}


def parts_played(post: HeldPost) -> list[str]:
    """The parts of a flow that a post may play."""
    return sorted(right.removeprefix("act_") for right in post.rights if right.startswith("act_"))


def steps_open_to(
    actor: Actor,
    matter: Matter,
    *,
    open_to_helpers: bool = False,
    outside_duties: bool = False,
    tasks: list[Task] | None = None,
    rounds: Iterable[Round] | None = None,
) -> dict[str, Transition]:
    """The steps that the actor may take on a matter now, in order. `tasks` (open), `rounds`: its own, if read."""
    if tasks is None:
        tasks = list(Task.objects.filter(matter=matter, done_at__isnull=True))
    if rounds is None:
        rounds = Round.objects.filter(matter=matter, number=matter.round)
    present = next((each for each in rounds if each.number == matter.round), None)
    known = {"open_to_helpers": open_to_helpers, "outside_duties": outside_duties}
    facts = facts_of(actor, matter, tasks=tasks, round_row=present, **known)
    parts = parts_of(actor, matter)
    steps = available_transitions(flow_of(matter), matter.state, parts=parts, facts=facts)
    return {key: _with_open_reasons(step, facts) for key, step in steps.items()}


def _with_open_reasons(step: Transition, facts: Facts) -> Transition:
    """The step with those of its reasons that may be given now."""
    if not step.reason_conditions:
        return step
    reasons = {key: words for key, words in step.reasons.items() if unmet(step, facts, reason=key) is None}
    return step.model_copy(update={"reasons": reasons})


def open_tasks_of(post_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many open tasks each post has, for whoever manages it; sealed matters are not counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT post_id, open_tasks FROM workflow_open_tasks(%s)", [list(post_ids)])
        return dict(cursor.fetchall())


def open_matters_in(places: Iterable[tuple[int, int]]) -> int:
    """How many matters are open in these places, for whoever manages them; sealed ones are not counted."""
    codes, levels = zip(*places, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT workflow_open_matters(%s::bigint[], %s::integer[])", [list(codes), list(levels)]
        )
        return int(cursor.fetchone()[0])


def nobody_checks(matter: Matter, *, tasks: Iterable[Task]) -> bool:
    """Whether a sealed matter waits for a check that nobody may make: all who hold the right worked on it."""
    if matter.sealed_to is None or not any(task.part == "checker" for task in tasks):
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT permissions_another_sealed(%s, %s, %s::uuid[])",
            [matter.sealed_to, timezone.localdate(), list(hands_of(matter))],
        )
        return not cursor.fetchone()[0]


def work_due(matter: Matter) -> datetime | None:
    """By when the work of the matter is due; None once it is done, or while its clock stands."""
    return matter.due_at if matter.closed_at is None and matter.state not in WORK_DONE else None


def overdue(matter: Matter) -> bool:
    """Whether the matter waits for its work and is past its due time."""
    due_at = work_due(matter)
    return due_at is not None and due_at < timezone.now()
