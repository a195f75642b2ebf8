"""Taking one step of a flow: who may, what it needs, and what it does to the matter, its clock and its tasks."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.core.command.running import Change, Refused
from gongzhi.core.events.models import Event
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow import clock, handing, watching
from gongzhi.workflow.definitions import Flow, Transition
from gongzhi.workflow.given import Given, reasons_of, require
from gongzhi.workflow.hands import worked_on
from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.parts import facts_of, flow_of, parts_of
from gongzhi.workflow.rules import deadline_for, may, unmet

LEVEL_OF_PART = {
    "desk": Level.TOWNSHIP,
    "checker": Level.TOWNSHIP,
    "upper": Level.COUNTY,
    "volunteer": Level.VILLAGE,
}


@dataclass(frozen=True)
class Stepped:
    """A step that was taken: from which state, and who is to be told."""

    key: str
    transition: Transition
    origin: str
    notify: list[str]


def step(
    c: Change, matter: Matter, *, key: str, given: Given | None = None, tasks: list[Task] | None = None
) -> Stepped:
    """Take the step `key` on a matter that `c.lock` returned, and collect all that it changes.

    `tasks` are its open ones, where the actor cannot read them yet.

    Refuses when the flow has no such step from here, when the actor plays none of its parts, when a condition does not
    hold (in the flow's words), and when something that the step needs is missing.
    """
    given = given or Given()
    flow = flow_of(matter)
    transition = flow.transitions.get(key)
    if transition is None or not may(transition, matter.state, parts=parts_of(c.actor, matter)):
        state = flow.states[matter.state].name.of(get_language() or "zh")
        raise Refused("step", _("这件事现在是“%(state)s”，您不能这样办理。") % {"state": state})
    if tasks is None:
        tasks = list(Task.objects.select_for_update().filter(matter=matter, done_at__isnull=True))
    round_row = None if given.open_to_helpers else watching.present_round(matter)  # a helper sees none yet
    known = {"open_to_helpers": given.open_to_helpers, "outside_duties": given.outside_duties}
    facts = facts_of(c.actor, matter, tasks=tasks, round_row=round_row, **known)
    if "not_own_work" in transition.conditions and worked_on(c.actor, matter):
        facts = replace(facts, own_work=True)
    if facts.decides and handing.took_part(c.actor, matter):
        facts = replace(facts, decides=False)
    broken = unmet(transition, facts, reason=given.reason)
    if broken is not None:
        raise Refused(broken, flow.conditions[broken].of(get_language() or "zh"))
    require(transition, given, reasons=reasons_of(transition, matter))
    origin = matter.state
    run = Run(c, matter, flow=flow, transition=transition, tasks=tasks, given=given, round_row=round_row)
    run.do()
    return Stepped(key, transition, origin, transition.named("notify"))


def begin(c: Change, matter: Matter, *, key: str) -> Stepped:
    """Open a new matter by a step without origin, and collect it with its first round and tasks.

    Refuses when the flow has no such opening, or the actor plays none of its parts.
    """
    flow = flow_of(matter)
    transition = flow.transitions.get(key)
    parts = parts_of(c.actor, matter)
    if transition is None or not may(transition, None, parts=parts):
        raise Refused("step", _("您不能这样登记。"))
    c.create(matter)
    Run(c, matter, flow=flow, transition=transition, tasks=[], given=Given()).do()
    return Stepped(key, transition, "", transition.named("notify"))


@dataclass
class Run:
    """One step while it is being taken: collects the new values of the matter, and the tasks and rounds it touches.

    `level`: whom an escalation calls on. `quiet`: the matter itself stays as it was seen, so that what somebody
    prepared without a signal still fits.
    """

    c: Change
    matter: Matter
    flow: Flow = field(kw_only=True)
    transition: Transition = field(kw_only=True)
    tasks: list[Task] = field(kw_only=True)
    given: Given = field(kw_only=True)
    values: dict[str, Any] = field(default_factory=dict)
    clock_did: list[clock.Operation] = field(default_factory=list)
    round_row: Round | None = None
    opened: list[Task] = field(default_factory=list)
    level: Level | None = None
    quiet: bool = False

    def do(self) -> None:
        """Apply the step: state, outcome, holder, then the effects in the flow's order."""
        self._state()
        handing.keep_lead(self)
        disputed = handing.disputes(self)
        if disputed:
            self.c.data(disputed=True)
        for name, argument in self.transition.taken({"disputed": disputed}):
            handler = EFFECTS.get(name)
            if handler is not None:
                handler(self, argument)
        self._follow()
        handing.keep_hands(self)
        if self.clock_did:
            self.c.data(clock=self.clock_did)
        if {"holder_id", "region_code", "hands"} & self.values.keys() and "reporter" not in parts_of(
            self.c.actor, self.matter
        ):
            self.c.through("workflow_give")
        if self.values or not self.quiet:
            self.c.update(self.matter, **self.values)
        watching.watch(self.c, self.matter, tasks=[*self.tasks, *self.opened], round_row=self.round_row)

    def _follow(self) -> None:
        """What still waits for the handler waits for whoever holds the matter now."""
        if "holder_id" not in self.values:
            return
        for task in self.tasks:
            if task.part == "handler" and task.done_at is None:
                self.c.update(task, holder_id=self._task_holder(task.part))

    def _state(self) -> None:
        if self.transition.to is not None:
            self.values["state"] = self.transition.to
            if self.flow.states[self.matter.state or self.transition.to].final:
                self.values |= {"outcome": "", "closed_at": None}
        outcome = self.transition.sets_outcome or self.given.outcome
        if outcome:
            self.values["outcome"] = outcome
            self.c.data(outcome=outcome)
        if self.given.holder is not None:
            self.values["holder_id"] = self.given.holder.id
            self.c.data(holder=str(self.given.holder.id))
        if self.given.reason:
            self.c.data(reason=self.given.reason)
        if self.given.days:
            self.c.data(days=self.given.days)
        self.c.data(step=self._key(), state=self.values.get("state", self.matter.state))

    def _key(self) -> str:
        return next(key for key, each in self.flow.transitions.items() if each is self.transition)

    # -- the clock

    def start_clock(self, _argument: str) -> None:
        """Begin this round: first response and solution are due from now, by what was recorded, not claimed."""
        deadline = clock.deadline_of(self.matter)
        calendar = clock.calendar_at(self.matter.region_code)
        number = self.values.get("round", self.matter.round)
        self._operate("start", round=number)
        due_at, trace = clock.Clock(self.c.now).due(deadline, calendar)
        respond_by, _steps = deadline_for(deadline.response.term(), self.c.now, calendar=calendar)
        self.values |= {"due_at": due_at, "due_trace": trace, "respond_by": respond_by, "paused_at": None}
        self.round_row = self.c.create(
            Round(matter=self.matter, number=number, started_at=self.c.now, due_at=due_at)
        )

    def begin_clock(self, argument: str) -> None:
        """Whoever sends an imported matter to somebody takes it in by that: its clock begins, if it has none."""
        if not self.matter.due_trace:
            self.start_clock(argument)

    def stop_clock(self, _argument: str) -> None:
        """The work is done: what is due by now stays as it was."""
        self._operate("stop")
        if self.matter.responded_at is None:
            self.values["responded_at"] = self.c.now
        self._round(fulfilled_at=self.c.now, outcome=self.values.get("outcome", self.matter.outcome))

    def continue_clock(self, _argument: str) -> None:
        """The work was not done after all: the due time is what it was."""
        self._operate("continue")
        self._round(fulfilled_at=None, closed_at=None, outcome="")

    def pause_clock(self, _argument: str) -> None:
        """The clock stands still, for a reason that the deadline allows."""
        self._operate("pause", reason=self.given.reason)
        self.values["paused_at"] = self.c.now
        self._due_again()

    def resume_clock(self, _argument: str) -> None:
        """The clock goes on; the pause is given back."""
        self._operate("resume")
        self.values["paused_at"] = None
        self._due_again()

    def extend_clock(self, _argument: str) -> None:
        """More time: as much as was asked for, and no more than the deadline allows."""
        extension = clock.deadline_of(self.matter).extension
        if extension is None:
            raise Refused("extension", _("这类事项不能延期。"))
        amount = min(self.given.days or self._days_asked() or extension.amount, extension.amount)
        self._operate("extend", amount=amount, unit=extension.unit, reason=self.given.reason)
        self._due_again()

    def _days_asked(self) -> int:
        asked = Event.objects.filter(thread=self.matter.id, data__step="ask_extension").order_by("-id")
        return int((asked.values_list("data", flat=True).first() or {}).get("days", 0))

    def new_round(self, _argument: str) -> None:
        """A reopened matter gets a second clock; the first round keeps its result: the resident's word, if given."""
        self._round(closed_at=self.matter.closed_at or self.c.now, outcome=self.matter.outcome)
        self.values |= {
            "round": self.matter.round + 1,
            "outcome": "",
            "closed_at": None,
            "fulfilled_by": None,
            "responded_at": None,
        }

    # -- tasks and hands

    def open_task(self, what: str) -> None:
        """Something waits for somebody: the holder, or else any post that plays the part one level up."""
        kind = self.flow.tasks[what]
        part, level = kind.who, handing.level_above(self) if kind.above_parties else self.level
        if level is not None:
            part = "desk" if level == Level.TOWNSHIP else "upper"
        holder = handing.hand_for(self, what) if part == handing.HAND else self._task_holder(part)
        if part == handing.HAND and holder is None:
            return
        self._forget_passed(what)
        self.opened.append(
            self.c.create(
                Task(
                    matter=self.matter,
                    what=what,
                    part=part,
                    holder_id=holder,
                    region_code=self._task_region(part, level),
                    opened_at=self.c.now,
                    due_at=self._task_due(what),
                )
            )
        )

    def _forget_passed(self, what: str) -> None:
        """A check or an oversight that begins anew is watched over anew; the terms of the round are not."""
        row, whole = self.round_row, {"response", "solution"}
        terms = set(self.flow.tasks[what].watches) - whole
        kept = [key for key in row.passed if key.partition(":")[0] not in terms] if row is not None else []
        if row is not None and kept != row.passed:
            self.c.update(row, passed=kept)

    def close_task(self, what: str) -> None:
        """It no longer waits."""
        for task in self.tasks:
            if task.what == what and task.done_at is None:
                self.c.update(task, done_at=self.c.now, result=self._key()[:30])

    def close_tasks(self, _argument: str) -> None:
        """Nothing of this matter waits any longer; the matter is closed."""
        for task in self.tasks:
            if task.done_at is None:
                self.c.update(task, done_at=self.c.now, result=self._key()[:30])
        target = self.values.get("state", self.matter.state)
        if self.flow.states[target].final:
            self.values["closed_at"] = self.c.now
            if self.matter.due_trace:
                self._round(closed_at=self.c.now, outcome=self.values.get("outcome", self.matter.outcome))

    def release(self, _argument: str) -> None:
        """Nobody holds it any longer: what waits, waits for the desk."""
        self.values["holder_id"] = None

    def hand_up(self, _argument: str) -> None:
        """Nobody below holds it any longer: what waits, waits one level up."""
        self.values["holder_id"] = None
        handing.lead_up(self, "")

    def as_before(self, _argument: str) -> None:
        """Back to where it stood before the step that closed it, with the tasks that this step closed."""
        steps = Event.objects.filter(thread=self.matter.id, data__has_keys=["step", "state"]).order_by("-id")
        closing, before = steps[:2]
        self.values |= {"state": before.data["state"], "outcome": "", "closed_at": None}
        self.c.data(state=before.data["state"])
        if self.matter.responded_at == closing.recorded_at:
            self.values["responded_at"] = None
        for task in Task.objects.select_for_update().filter(matter=self.matter, event_id=closing.id):
            self.c.update(task, done_at=None, result="")
            self.opened.append(task)

    def _task_holder(self, part: str) -> UUID | None:
        sealed: UUID | None = self.matter.sealed_to
        if sealed is not None and part == "checker":
            return None  # whoever did it never checks: it waits for any sealed post of the county
        if sealed is not None:
            return sealed
        if part == "handler":
            return cast("UUID | None", self.values.get("holder_id", self.matter.holder_id))
        return None

    def _task_region(self, part: str, level: Level | None) -> int:
        sealed = self.matter.sealed_to is not None
        if level is not None and not sealed:
            return floor_code(self.matter.region_code, level)
        level = LEVEL_OF_PART.get(part)
        if level == Level.TOWNSHIP:  # who leads it finds the hands for it, and checks
            level = Level(self.values.get("lead_level", self.matter.lead_level) or level)
        if sealed and part == "checker":
            level = Level.COUNTY
        return (
            floor_code(self.matter.region_code, level) if level is not None else int(self.matter.region_code)
        )

    def _task_due(self, what: str) -> datetime | None:
        deadline = clock.deadline_of(self.matter)
        kind = self.flow.tasks[what]
        if kind.who == "reporter":
            return self.c.now + timedelta(days=deadline.rating_days)
        own = {"check": deadline.check, "answer": deadline.response, "oversight": deadline.oversight}
        if kind.due in own:
            calendar = clock.calendar_at(self.matter.region_code)
            return deadline_for(own[kind.due].term(), self.c.now, calendar=calendar)[0]
        column = {"response": "respond_by", "solution": "due_at"}.get(kind.due)
        return self.values.get(column, getattr(self.matter, column)) if column else None

    def _due_again(self) -> None:
        running = clock.clock_of(self.matter, self.clock_did)
        if running is None:
            return
        due_at, trace = running.due(
            clock.deadline_of(self.matter), clock.calendar_at(self.matter.region_code)
        )
        self.values |= {"due_at": due_at, "due_trace": trace}
        self._round(due_at=due_at)
        for task in self.tasks:
            if self.flow.tasks[task.what].due == "solution" and task.done_at is None:
                self.c.update(task, due_at=due_at)

    def _round(self, **values: Any) -> None:
        row = Round.objects.select_for_update().filter(matter=self.matter, number=self.matter.round).first()
        if row is not None:
            self.c.update(row, **values)

    def _operate(self, op: str, **facts: Any) -> None:
        self.clock_did.append({"op": op, "at": self.c.now.isoformat(), **facts})


EFFECTS: dict[str, Callable[[Run, str], None]] = {
    "start_clock": Run.start_clock,
    "begin_clock": Run.begin_clock,
    "stop_clock": Run.stop_clock,
    "continue_clock": Run.continue_clock,
    "pause_clock": Run.pause_clock,
    "resume_clock": Run.resume_clock,
    "extend_clock": Run.extend_clock,
    "new_round": Run.new_round,
    "open_task": Run.open_task,
    "close_task": Run.close_task,
    "close_tasks": Run.close_tasks,
    "release": Run.release,
    "hand_up": Run.hand_up,
    "as_before": Run.as_before,
    "remind": watching.remind,
    "escalate": watching.escalate,
    "urge": watching.urge,
    "see_to": watching.see_to,
    "let_go": handing.let_go,
    "decide": handing.decide,
    "lead_up": handing.lead_up,
    "lead_down": handing.lead_down,
    "close_own": handing.close_own,
    "close_helper": handing.close_helper,
}

__all__ = [
    "EFFECTS",
    "LEVEL_OF_PART",
    "Given",
    "Run",
    "Stepped",
    "begin",
    "facts_of",
    "flow_of",
    "parts_of",
    "step",
    "worked_on",
]
