"""Whether matters, their clocks and their tasks are what their events made them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.models import Definition as Version
from gongzhi.core.events.models import Event
from gongzhi.core.events.reconcile import OWNER, Drift, register
from gongzhi.workflow import clock
from gongzhi.workflow.calendar import LAST_ANNOUNCED_YEAR, WorkingCalendar
from gongzhi.workflow.definitions import Flow, OfficeHours
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.handing import DECISION, HAND
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.slow import rounds_of, slow_due
from gongzhi.workflow.slow_watches import history_of, slow_past

BATCH = 500


@dataclass(frozen=True)
class Told:
    """What one event tells of a matter, where and when."""

    data: dict[str, Any]
    place: int | None
    at: datetime

    @property
    def timed(self) -> bool:
        """Whether the due time was reckoned anew."""
        return "clock" in self.data or self.moved

    @property
    def moved(self) -> bool:
        """Whether it brought the matter under other definitions."""
        return "flow_id" in self.data


@dataclass
class Case:
    """A matter with all that belongs to it. `told`: its events, in order."""

    matter: Matter
    told: list[Told] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    @property
    def operations(self) -> list[dict[str, Any]]:
        """What its events did to its clock."""
        return [operation for each in self.told for operation in each.data.get("clock", ())]

    @property
    def moved(self) -> bool:
        """Whether it came under other definitions than those that it began under."""
        return any(each.moved for each in self.told)

    @property
    def calendar(self) -> WorkingCalendar:
        """The calendar by which its due time was last reckoned: that of its place, in force then."""
        last = [each for each in self.told if each.timed][-1]
        return calendar_at(last.place or self.matter.region_code, last.at)


def calendar_at(region_code: int, at: datetime) -> WorkingCalendar:
    """The calendar of a place as it stood at a moment; its first version for anything before that."""
    try:
        present = definitions.get(OfficeHours, "office", region_code=region_code)
    except LookupError:
        return WorkingCalendar()
    if present.number == 1:
        return present.body.calendar()
    versions = Version.objects.using(OWNER).filter(kind=present.kind, key=present.key, pack__key=present.pack)
    then = (
        versions.filter(installed_at__lte=at).order_by("-number").first()
        or versions.order_by("number").first()
    )
    return OfficeHours.model_validate(then.body).calendar() if then else present.body.calendar()


def cases() -> Iterator[Case]:
    """Every matter, some hundred at a time."""
    matters = Matter.objects.using(OWNER).order_by("id").iterator(chunk_size=BATCH)
    while batch := list(islice(matters, BATCH)):
        found = {matter.id: Case(matter) for matter in batch}
        _collect(found)
        yield from found.values()


def _collect(found: dict[UUID, Case]) -> None:
    events = Event.objects.using(OWNER).filter(thread__in=found).order_by("thread", "id")
    for thread, *told in events.values_list("thread", "data", "region_code", "recorded_at"):
        if thread is not None:
            found[thread].told.append(Told(*told))
    for task in Task.objects.using(OWNER).filter(matter__in=found, done_at__isnull=True).order_by("id"):
        found[task.matter_id].tasks.append(task)
    for one in Round.objects.using(OWNER).filter(matter__in=found).order_by("matter", "number"):
        found[one.matter_id].rounds.append(one)


def clock_drifts() -> Iterator[Drift]:
    """Matters whose due time, rounds or pause are not what the slow way finds in their events."""
    for case in cases():
        for words in clock_faults(case):
            yield Drift("workflow_matter", str(case.matter.id), words)


def clock_faults(case: Case) -> Iterator[str]:
    """What is wrong with one matter's clock, in words."""
    matter, clocks = case.matter, rounds_of(case.operations)
    if not clocks:
        if matter.due_at or case.rounds:
            yield "it has a due time, and no event started a clock"
        return
    numbers = [each[0].get("round") for each in clocks]
    if [one.number for one in case.rounds] != numbers or matter.round != numbers[-1]:
        yield f"events started the rounds {numbers}, kept are {[one.number for one in case.rounds]}"
        return
    paused = [each["op"] for each in clocks[-1] if each["op"] in ("pause", "resume")][-1:] == ["pause"]
    if paused != (matter.paused_at is not None):
        yield "it is paused, and its events do not say so" if matter.paused_at else "its events paused it"
    if _since_announced(matter):
        return
    yield from _wrong_times(case, clocks)


def _wrong_times(case: Case, clocks: list[list[dict[str, Any]]]) -> Iterator[str]:
    """Of a matter that was moved only the last due time can be found again: it alone is by the present deadline."""
    matter, calendar = case.matter, case.calendar
    deadline = clock.deadline_of(matter)
    due = [slow_due(each, deadline.solution.term(), calendar=calendar) for each in clocks]
    if due[-1] != matter.due_at:
        yield f"it is due by {_text(matter.due_at)}, by its events {_text(due[-1])}"
    for one, expected in list(zip(case.rounds, due, strict=True))[-1 if case.moved else 0 :]:
        if one.due_at != expected:
            yield f"its round {one.number} was due by {_text(one.due_at)}, by its events {_text(expected)}"
    respond_by = slow_due(clocks[-1][:1], deadline.response.term(), calendar=calendar)
    if respond_by != matter.respond_by and not case.moved:
        yield f"it was to be answered by {_text(matter.respond_by)}, by its events {_text(respond_by)}"


def _since_announced(matter: Matter) -> bool:
    """Whether holidays were announced since that its due time only assumed: it stands by what was known then."""
    years = [step["year"] for step in matter.due_trace if step.get("step") == "assumed"]
    return any(year <= LAST_ANNOUNCED_YEAR for year in years)


def task_drifts() -> Iterator[Drift]:
    """Matters whose state or open tasks are not where the steps told by their events lead."""
    for case in cases():
        for words in task_faults(case):
            yield Drift("workflow_matter", str(case.matter.id), words)


def task_faults(case: Case) -> Iterator[str]:
    """What is wrong with one matter's state and tasks, in words."""
    matter, flow = case.matter, flow_of(case.matter)
    steps = [each.data for each in case.told if "step" in each.data]
    state = steps[-1]["state"] if steps else "none"
    if state != matter.state:
        yield f"its state is {matter.state}, by its events {state}"
    expected = _open_tasks(flow, steps)
    kept = Counter(task.what for task in case.tasks)
    if expected != kept and not case.moved:
        yield f"what waits is {dict(kept)}, by its events {dict(expected)}"
    if flow.states[matter.state].final != (matter.closed_at is not None):
        yield f"in the state {matter.state} it is {'closed' if matter.closed_at else 'not closed'}"
    holder = matter.sealed_to or matter.holder_id
    for task in case.tasks:
        if task.part == "handler" and task.holder_id != holder:
            yield f"its task {task.what} waits for another post than the one that holds it"
    yield from _hand_faults(case)


def _hand_faults(case: Case) -> Iterator[str]:
    """What is wrong with who else has a hand in it, with the level that leads it, and with what was said of both."""
    hands = {task.holder_id for task in case.tasks if task.part == HAND}
    if hands != set(case.matter.hands or ()):
        yield f"{len(case.matter.hands or ())} posts have a hand in it, by its tasks {len(hands)}"
    led = next((each.data["lead"] for each in reversed(case.told) if "lead" in each.data), None)
    if case.matter.lead_level != led:
        yield f"the level {case.matter.lead_level} leads it, by its events {led or 'none'}"
    yield from _said_faults(case)


def _said_faults(case: Case) -> Iterator[str]:
    """Whether the present round keeps who let it go, and whom the level above named."""
    said: list[str] = []
    decided: str | None = None
    for each in case.told:
        if any(one["op"] == "start" for one in each.data.get("clock", ())):
            said, decided = [], None
        if "let_go" in each.data:
            said.append(each.data["let_go"])
        if each.data.get("step") == DECISION:
            said, decided = [], each.data["holder"]
    if not case.rounds:
        return
    present = case.rounds[-1]
    if [each["post"] for each in present.let_go] != said:
        yield f"{len(present.let_go)} posts let it go in this round, by its events {len(said)}"
    if str(present.decided_for or "") != (decided or ""):
        yield "another post was named by the level above than its round says"


def _open_tasks(flow: Flow, steps: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """What is left waiting after these steps, by their effects and what their events say alone."""
    waiting: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for said in steps:
        step = flow.transitions.get(said["step"])
        for name, what in step.taken(said) if step is not None else ():
            if name == "close_task":
                del waiting[what]
            elif name == "close_tasks":
                before, waiting = waiting, Counter()
            elif name == "as_before":
                waiting = before
            else:
                waiting += _more(flow, said, name=name, what=what)
                waiting -= _fewer(said, name=name, what=what)
    return +waiting


def _more(flow: Flow, said: Mapping[str, Any], *, name: str, what: str) -> Counter[str]:
    """What begins to wait by one effect; a post's own task only where the event names the post."""
    opens = name == "open_task" and (flow.tasks[what].who != HAND or "hand" in said)
    return Counter({what: 1} if opens else {})


def _fewer(said: Mapping[str, Any], *, name: str, what: str) -> Counter[str]:
    """What waits no longer by one effect that ends some of a sort, as many as the event says."""
    ends = {
        "see_to": ("watch_over", "seen_to"),
        "close_own": (what, "parts"),
        "close_helper": (what, "parts"),
    }
    task, counted = ends.get(name, ("", ""))
    return Counter({task: said.get(counted, 0)})


def watch_drifts() -> Iterator[Drift]:
    """Open matters whose tasks are not looked at when the slow way says, and those for which nothing waits at all."""
    for case in cases():
        for words in watch_faults(case):
            yield Drift("workflow_matter", str(case.matter.id), words)


def watch_faults(case: Case) -> Iterator[str]:
    """What is wrong with the times at which time does something about one matter, in words.

    A matter that was moved is left out: some of its times are still by the deadline that it began under.
    """
    matter, flow = case.matter, flow_of(case.matter)
    if matter.closed_at is None and matter.state != "rated" and not case.tasks:
        yield f"it stands at {matter.state}, and nothing waits for anybody: it is stuck"
    if case.moved or not case.operations or _since_announced(matter):
        return
    past = slow_past(
        history_of(case.told, flow),
        clock.deadline_of(matter),
        calendar=calendar_at(matter.region_code, case.told[-1].at),
    )
    for task in case.tasks:
        kind = flow.tasks.get(task.what)
        coming = past.coming(kind.watches) if kind is not None and kind.watches else []
        expected = coming[0][0] if coming else None
        if task.watch_at != expected and not _taken_unseen(case, task):
            yield f"its task {task.what} is looked at {_text(task.watch_at)}, by its events {_text(expected)}"


def _taken_unseen(case: Case, task: Task) -> bool:
    """Whether a helper took it, who does not see what time did already: the job sets its next time right."""
    return any(each.data.get("step") == "take" and each.at == task.opened_at for each in case.told)


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "no time"


register("due times and the slow way", clock_drifts)
register("what time does next, and the slow way", watch_drifts)
register("states and tasks, and the steps told by events", task_drifts)
