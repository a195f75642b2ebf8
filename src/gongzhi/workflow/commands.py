"""Moving open matters to the present version of what governs them: previewed, and never for the worse."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gongzhi.core.command.running import Answer, change
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow import clock
from gongzhi.workflow.definitions import Deadline, Flow
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.rules import worsens

MOST_MOVED = 500


@dataclass(frozen=True)
class Move:
    """What moving one open matter would do. `kept`: the new term would be longer, so the old one stays."""

    matter_id: UUID
    number: str
    old_due: datetime | None
    new_due: datetime | None
    kept: bool


def preview_move(actor: Actor, *, place: tuple[int, int]) -> list[Move]:
    """What would change if the open matters of a place (an interval of codes) came under the present definitions.

    Nothing is written. Matters whose definitions are the present ones already are left out; at most 500.
    """
    return [_move(matter) for matter in _behind(place)]


def move_open_matter(*, actor: Actor, matter_id: UUID) -> Answer:
    """Bring one open matter under the present versions of its flow, kind and deadline.

    The resident's term is never worsened: where the new one would be later, the old deadline goes on governing.
    Refuses a matter that the actor may not work on.
    """
    with change(actor, "matter.moved") as c:
        matter = c.lock(Matter, matter_id)
        c.about(matter.region_code, thread=matter.id)
        move = _move(matter)
        values = {"flow_id": _present_flow(matter), "kind_id": _present(matter.kind_id, matter)}
        if not move.kept:
            values["deadline_id"] = _present(matter.deadline_id, matter)
        c.data(kept=move.kept, **{name: str(value) for name, value in values.items()})
        c.update(matter, **values)
        if not move.kept and move.new_due != move.old_due:
            due_at, trace = _due_under(matter)
            c.update(matter, due_at=due_at, due_trace=trace)
            for task in Task.objects.filter(matter=matter, done_at__isnull=True, due_at=move.old_due):
                c.update(task, due_at=due_at)
            for row in Round.objects.filter(matter=matter, number=matter.round):
                c.update(row, due_at=due_at)
        return c.answer(matter, id=matter.id, version=matter.version, kept=move.kept)


def _behind(place: tuple[int, int]) -> list[Matter]:
    open_ones = Matter.objects.filter(region_code__range=place, closed_at__isnull=True).order_by("id")
    return [
        matter
        for matter in open_ones[:MOST_MOVED]
        if _present(matter.deadline_id, matter) != matter.deadline_id
        or _present(matter.kind_id, matter) != matter.kind_id
        or _present_flow(matter) != matter.flow_id
    ]


def _move(matter: Matter) -> Move:
    new_due = matter.due_at
    if matter.due_trace:
        new_due = _due_under(matter, _present(matter.deadline_id, matter))[0]
    kept = worsens(matter.due_at, new_due)
    return Move(matter.id, matter.number, matter.due_at, matter.due_at if kept else new_due, kept)


def _due_under(matter: Matter, deadline_id: UUID | None = None) -> clock.Due:
    deadline: Deadline = definitions.by_id(deadline_id or matter.deadline_id).body
    running = clock.clock_of(matter)
    if running is None:
        return None, []
    return running.due(deadline, clock.calendar_at(matter.region_code))


def _present(definition_id: UUID, matter: Matter) -> UUID:
    """The version in force today of a definition that governs a matter; itself where it is gone."""
    past = definitions.by_id(definition_id)
    try:
        return definitions.get(past.kind, past.key, region_code=matter.region_code).id
    except LookupError:
        return past.id


def _present_flow(matter: Matter) -> UUID:
    """The flow in force, unless it no longer has the state in which the matter stands."""
    present = _present(matter.flow_id, matter)
    flow: Flow = definitions.by_id(present).body
    return present if matter.state in flow.states else matter.flow_id
