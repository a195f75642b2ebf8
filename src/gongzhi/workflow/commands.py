"""Moving open matters to the present version of what governs them: previewed, and never for the worse."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.core.command.running import Answer, change, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level, span
from gongzhi.workflow import clock, watching
from gongzhi.workflow.definitions import Deadline, Flow
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.rules import worsens

PAGE = 50
MOVERS = {"desk", "upper"}
"""The parts that may bring a matter under another version."""


@dataclass(frozen=True)
class Move:
    """What moving one open matter would do.

    `kept`: the new term would be longer, so the old one stays. `flow_kept`: the new flow has no place for where it
    stands. `refused`: why the actor may not move it.
    """

    matter: Matter
    old_due: datetime | None
    new_due: datetime | None
    kept: bool
    flow_kept: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Moves:
    """One page of what would be moved, and the key of the next."""

    rows: list[Move]
    next: UUID | None = None


@dataclass
class Behind:
    """The open matters of one kind that older versions govern: how many, and by which versions."""

    kind: str
    name_of: UUID
    count: int = 0
    governed: set[tuple[UUID, UUID, UUID]] = field(default_factory=set)


def behind(actor: Actor, *, place: tuple[int, int] | None = None) -> list[Behind]:
    """The kinds whose open matters are governed by older versions, as far as the actor sees them; one statement.

    `place` is an interval of codes.
    """
    groups = _open(place).annotate(village=F("region_code") - F("region_code") % span(Level.VILLAGE))
    rows = (
        groups.order_by()
        .values_list("kind", "kind_id", "flow_id", "deadline_id", "village")
        .annotate(n=Count("id"))
    )
    versions = list(rows)
    definitions.by_ids({each for row in versions for each in row[1:4]})
    found: dict[str, Behind] = {}
    for kind, kind_id, flow_id, deadline_id, village, count in versions:
        governed = (kind_id, flow_id, deadline_id)
        if any(_present(each, village) != each for each in governed):
            group = found.setdefault(kind, Behind(kind, _present(kind_id, village)))
            group.count += count
            group.governed.add(governed)
    return sorted(found.values(), key=lambda each: each.kind)


def preview_move(
    actor: Actor,
    *,
    place: tuple[int, int] | None = None,
    groups: list[Behind] | None = None,
    after: UUID | None = None,
    only: Iterable[str] | None = None,
) -> Moves:
    """What would change if open matters came under the present definitions: one page of them. Nothing is written.

    `place` is an interval of codes; `groups` are those of `behind` that are asked for (all); `only` narrows to some
    numbers. What the present definitions govern already is left out.
    """
    condition = Q(pk__in=[])
    for group in behind(actor, place=place) if groups is None else groups:
        for kind_id, flow_id, deadline_id in group.governed:
            condition |= Q(kind=group.kind, kind_id=kind_id, flow_id=flow_id, deadline_id=deadline_id)
    found = _open(place).filter(condition).order_by("id")
    if after is not None:
        found = found.filter(id__gt=after)
    if only is not None:
        found = found.filter(number__in=list(only)[:PAGE])
    matters = list(found[: PAGE + 1])
    page = matters[:PAGE]
    return Moves(_moves(page, actor), page[-1].id if len(matters) > PAGE else None)


def move_open_matter(*, actor: Actor, matter_id: UUID, seen: int | None = None) -> Answer:
    """Bring one open matter under the present versions of its flow, kind and deadline.

    The resident's term is never worsened: where the new one would be later, the old deadline goes on governing; the old
    flow does where the new one has no place for where the matter stands. Refuses a matter over which the actor has no
    desk, (Conflict) one that changed since it was seen, and a closed one.
    """
    with change(actor, "matter.moved") as c:
        matter = c.lock(Matter, matter_id, seen=seen)
        if not parts_of(actor, matter) & MOVERS or matter.closed_at is not None:
            raise no_such_row()
        c.about(matter.region_code, thread=matter.id)
        (move,) = _moves([matter], actor)
        values = {"kind_id": _present(matter.kind_id, matter.region_code)}
        if not move.flow_kept:
            values["flow_id"] = _present(matter.flow_id, matter.region_code)
        if not move.kept:
            values["deadline_id"] = _present(matter.deadline_id, matter.region_code)
        c.data(kept=move.kept, **{name: str(value) for name, value in values.items()})
        c.update(matter, **values)
        if not move.kept and move.new_due != move.old_due:
            due_at, trace = _due_under(matter, clock.operations_of(matter.id))
            c.update(matter, due_at=due_at, due_trace=trace)
            for task in Task.objects.filter(matter=matter, done_at__isnull=True, due_at=move.old_due):
                c.update(task, due_at=due_at)
            for row in Round.objects.filter(matter=matter, number=matter.round):
                c.update(row, due_at=due_at)
        waiting = Task.objects.filter(matter=matter, done_at__isnull=True)
        watching.watch(c, matter, tasks=waiting, round_row=watching.present_round(matter))
        return c.answer(matter, id=matter.id, version=matter.version, kept=move.kept)


def _open(place: tuple[int, int] | None) -> QuerySet[Matter]:
    found = Matter.objects.filter(closed_at__isnull=True)
    return found.filter(region_code__range=place) if place is not None else found


def _moves(matters: list[Matter], actor: Actor) -> list[Move]:
    """What moving each would do, in two statements at most for all."""
    operations = clock.operations_of_all([matter.id for matter in matters])
    new_flow = [each.id for each in matters if _present(each.flow_id, each.region_code) != each.flow_id]
    waiting: dict[UUID, set[str]] = defaultdict(set)
    if new_flow:
        tasks = Task.objects.filter(matter__in=new_flow, done_at=None)
        for matter_id, what in tasks.values_list("matter", "what"):
            waiting[matter_id].add(what)
    return [
        _move(matter, operations.get(matter.id, []), waiting=waiting[matter.id], actor=actor)
        for matter in matters
    ]


def _move(matter: Matter, operations: list[clock.Operation], *, waiting: set[str], actor: Actor) -> Move:
    new_due = matter.due_at
    if matter.due_trace:
        new_due = _due_under(
            matter, operations, deadline_id=_present(matter.deadline_id, matter.region_code)
        )[0]
    kept = worsens(matter.due_at, new_due)
    flow: Flow = definitions.by_id(_present(matter.flow_id, matter.region_code)).body
    mine = bool(parts_of(actor, matter) & MOVERS)
    return Move(
        matter=matter,
        old_due=matter.due_at,
        new_due=matter.due_at if kept else new_due,
        kept=kept,
        flow_kept=matter.state not in flow.states or not waiting <= flow.tasks.keys(),
        refused="" if mine else _("您看得到这件事，但要由它的受理员来换。"),
    )


def _due_under(
    matter: Matter, operations: list[clock.Operation], *, deadline_id: UUID | None = None
) -> clock.Due:
    deadline: Deadline = definitions.by_id(deadline_id or matter.deadline_id).body
    running = clock.read_clock(operations)
    if running is None:
        return None, []
    return running.due(deadline, clock.calendar_at(matter.region_code))


def _present(definition_id: UUID, region_code: int) -> UUID:
    """The version in force today of a definition that governs a place; itself where it is gone."""
    past = definitions.by_id(definition_id)
    try:
        return definitions.get(past.kind, past.key, region_code=region_code).id
    except LookupError:
        return past.id
