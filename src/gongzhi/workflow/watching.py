"""What time watches over, for one matter: when each of its open tasks is looked at next, and what fires then.

`Task.watch_at` is what the job reads; it is written with every step and never by itself. What fired stands in the
round, by key, so that it fires once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext as _

from gongzhi.core.command.running import Change, Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.regions.rules import Level
from gongzhi.workflow import clock
from gongzhi.workflow.definitions import Flow
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.watches import LEVELS, Running, Urging, Watch, WatchedTerm, left_of, watch_times

if TYPE_CHECKING:
    from gongzhi.workflow.engine import Run

WORK = "solution"
"""The term that a task stands for when the whole work waits with it."""


@dataclass(frozen=True)
class Fired:
    """A watch that is due, and the task that it is about."""

    task: Task
    watch: Watch


def present_round(matter: Matter) -> Round | None:
    """The clock that the matter runs by now; None where none ever began (an imported matter)."""
    return Round.objects.filter(matter=matter, number=matter.round).first() if matter.due_trace else None


def watches_of(matter: Matter, task: Task, *, round_row: Round | None) -> list[Watch]:
    """What time still has to do about one open task, in order; nothing while the clock stands still."""
    found = _watches(matter, task, round_row=round_row)
    return left_of(found, round_row.passed if round_row is not None else ())


def every_watch(matter: Matter, *, tasks: Iterable[Task], round_row: Round | None) -> list[Watch]:
    """What time did and will do about a matter's open tasks, in order."""
    return sorted({each for task in tasks for each in _watches(matter, task, round_row=round_row)})


def _watches(matter: Matter, task: Task, *, round_row: Round | None) -> list[Watch]:
    deadline = clock.deadline_of(matter)
    kind = cast(Flow, definitions.by_id(matter.flow_id).body).tasks.get(task.what)
    if deadline.escalation is None or kind is None or not kind.watches or matter.paused_at is not None:
        return []
    calendar = clock.calendar_at(matter.region_code)
    running = list(_running(matter, task, terms=kind.watches, round_row=round_row))
    urging = None
    if WORK in kind.watches and round_row is not None:
        urging = Urging(round_row.urged, round_row.urged_at)
    return watch_times(deadline.escalation, running, calendar=calendar, urging=urging)


def _running(
    matter: Matter, task: Task, *, terms: Iterable[WatchedTerm], round_row: Round | None
) -> Iterable[Running]:
    for term in terms:
        if term == "response":
            due = matter.respond_by if matter.responded_at is None else None
        else:
            due = matter.due_at if term == WORK else task.due_at
        whole = term in ("response", WORK)
        start = task.opened_at if not whole else round_row.started_at if round_row is not None else None
        if due is not None:
            yield Running(term, start, due)


def watch(c: Change, matter: Matter, *, tasks: Iterable[Task], round_row: Round | None) -> None:
    """Write when each of these tasks is looked at next, as the matter stands now."""
    for task in tasks:
        if task.done_at is not None:
            continue
        left = watches_of(matter, task, round_row=round_row)
        at = left[0].at if left else None
        if task.watch_at != at:
            c.update(task, watch_at=at)


def first_due(
    matter: Matter, *, tasks: Iterable[Task], round_row: Round | None, now: datetime
) -> Fired | None:
    """The first watch over a matter whose time has come."""
    due = [
        Fired(task, each)
        for task in tasks
        if task.done_at is None
        for each in watches_of(matter, task, round_row=round_row)[:1]
        if each.at <= now
    ]
    return min(due, key=lambda each: (each.watch, str(each.task.id)), default=None)


# -- the effects of a flow


def remind(run: "Run", _argument: str) -> None:
    """The holder is told that a term is about to end. Refuses when nothing of the kind is due."""
    fired = _fire(run, rises=False)
    run.c.update(fired.task, reminded_at=run.c.now)


def escalate(run: "Run", _argument: str) -> None:
    """A level above is called on: the task that the flow opens with this step waits there. Refuses when none is due."""
    fired = _fire(run, rises=True)
    level = Level(LEVELS[fired.watch.to])
    row = cast(Round, run.round_row)
    highest = level if row.raised_to is None else min(level, row.raised_to)
    run.c.update(row, raised_to=int(highest))
    run.c.data(level=int(level))
    run.level = level


def urge(run: "Run", _argument: str) -> None:
    """The resident asks what keeps it: counted in the round, and told to who has it in hand."""
    row = run.round_row
    if row is None:
        raise Refused("clock", _("这件事还没有开始计时，受理员会先确认收件。"))
    run.c.update(row, urged=row.urged + 1, urged_at=run.c.now)
    run.c.data(urged=row.urged)
    run.quiet = True


def see_to(run: "Run", _argument: str) -> None:
    """Whoever acts on it has seen to what was late: the calls on his own level, and on those below, are answered."""
    seen = 0
    for task in run.tasks:
        mine = any(
            post.id == task.holder_id or (f"act_{task.part}" in post.rights and post.covers(task.region_code))
            for post in run.c.actor.posts
        )
        if task.what == "watch_over" and task.done_at is None and mine:
            run.c.update(task, done_at=run.c.now, result="see_to")
            seen += 1
    if seen:
        run.c.data(seen_to=seen)


def _fire(run: "Run", *, rises: bool) -> Fired:
    fired = first_due(run.matter, tasks=run.tasks, round_row=run.round_row, now=run.c.now)
    if fired is None or bool(fired.watch.to) != rises or run.round_row is None:
        raise Refused("watch", _("现在没有到时间要做的事。"))
    key, row = fired.watch.key, run.round_row
    run.c.update(row, passed=[*row.passed, key])
    run.c.data(watch=key, task=fired.task.what, at=fired.watch.at.isoformat())
    run.quiet = True
    return fired
