"""What a pack says about workflow: flows (states and transitions as data), deadlines, and office hours."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from gongzhi.core.definitions.kinds import Part
from gongzhi.core.definitions.schema import Body, Definition, Effective, Source, Sourced, Text, register
from gongzhi.workflow.calendar import ZONE, WorkingCalendar
from gongzhi.workflow.graph import flow_problems, walk
from gongzhi.workflow.rules import Extension, Pause, Term, Unit, deadline_for
from gongzhi.workflow.watches import LevelName, Running, WatchedTerm, rising, watch_times

Outcome = Literal["solved", "partly", "not_solved", "not_ours", "withdrawn", "duplicate", "unknown"]
Need = Literal["words", "reason", "outcome", "holder", "stars", "solved", "days", "helper"]
Effect = Annotated[
    str,
    Field(
        pattern=(
            r"^(start_clock|begin_clock|stop_clock|continue_clock|pause_clock|resume_clock|extend_clock|new_round|release|hand_up|as_before|"
            r"remind|escalate|urge|see_to|"
            r"let_go|decide|lead_up|lead_down|"
            r"close_tasks|(open_task|close_task|close_own|close_helper):[a-z_]+|notify:(reporter|handler|desk|checker|upper))"
            r"( (if|unless):[a-z_]+)?$"
        )
    ),
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]


class State(Body):
    """Where a matter can stand. `plain` tells the resident what it means and what comes next."""

    name: Text
    plain: Text
    tone: Literal["waiting", "moving", "done", "stopped"]
    initial: bool = False
    final: bool = False


class TaskKind(Body):
    """A duty that waits for somebody: who plays the part, and which term it is due by.

    `answer` and `oversight` are counted from the moment when it began to wait. `watches`: the terms that time watches
    over while it waits; it stands for the whole work where `solution` is among them. `above_parties`: it waits one
    level above those who disagree on whose affair it is.
    """

    name: Text
    who: Part
    above_parties: bool = False
    due: Literal["response", "solution", "check", "answer", "oversight", "none"] = "none"
    watches: list[WatchedTerm] = Field(default_factory=list)


class Transition(Body):
    """One step that somebody may take. Without `from` it opens a matter; without `to` the state stays.

    `conditions` are functions of `rules.CONDITIONS`; all must hold; those of `reason_conditions` for a reason alone.
    `disowns`: the reasons by which a post says that it is not its affair. `told` is what the resident reads of it.
    An effect that ends in `if:fact` or `unless:fact` asks what the event of the step says.
    """

    name: Text
    origins: list[Name] = Field(default_factory=list, alias="from")
    to: Name | None = None
    who: list[Part]
    needs: list[Need] = Field(default_factory=list)
    optional: list[Need] = Field(default_factory=list)
    reasons: dict[Name, Text] = Field(default_factory=dict)
    reason_conditions: dict[Name, list[Name]] = Field(default_factory=dict)
    disowns: list[Name] = Field(default_factory=list)
    outcomes: list[Outcome] = Field(default_factory=list)
    sets_outcome: Outcome | None = None
    conditions: list[Name] = Field(default_factory=list)
    effects: list[Effect] = Field(default_factory=list)
    told: Text | None = None

    def named(self, effect: str) -> list[str]:
        """What effects of one sort name: the tasks of `open_task`, the parties of `notify`."""
        named = (each.partition(" ")[0].partition(":") for each in self.effects)
        return [what for name, _colon, what in named if name == effect]

    def taken(self, said: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The effects of the step where its event says this, in order: each by its name, with what it names."""
        found = []
        for each in self.effects:
            effect, _space, when = each.partition(" ")
            word, _colon, fact = when.partition(":")
            if not word or bool(said.get(fact)) == (word == "if"):
                name, _colon, what = effect.partition(":")
                found.append((name, what))
        return found


class Flow(Definition):
    """The life of a matter as a graph, checked at load."""

    KIND: ClassVar[str] = "flow"

    name: Text
    states: dict[Name, State]
    outcomes: dict[Outcome, Text]
    tasks: dict[Name, TaskKind]
    conditions: dict[Name, Text]
    transitions: dict[Name, Transition]


class Span(Body):
    """Office hours of a part of the day."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.opens >= self.closes:
            raise ValueError("an office closes after it opens; check `opens` and `closes`")
        return self


class LocalDay(Body):
    """A date on which a place works, or does not, otherwise than the calendar says."""

    on: date
    working: bool
    name: str = ""


class OfficeHours(Sourced):
    """When the offices of a place work: the basis of working days and hours."""

    KIND: ClassVar[str] = "calendar"

    hours: list[Span] = Field(min_length=1)
    days: list[LocalDay] = Field(default_factory=list)

    def calendar(self) -> WorkingCalendar:
        """The calendar that the rules reckon with."""
        return WorkingCalendar(
            hours=tuple((span.opens, span.closes) for span in self.hours),
            days={day.on: (day.working, day.name) for day in self.days},
        )


class TermSpec(Body):
    """So many days or hours."""

    amount: int = Field(gt=0)
    unit: Unit

    def term(self) -> Term:
        """The term that the rules reckon with."""
        return Term(self.amount, self.unit)


class ExtensionSpec(Body):
    """How long and how often a term may be extended: with a reason, and by somebody else's decision."""

    amount: int = Field(gt=0)
    unit: Unit
    times: int = Field(default=1, gt=0)


class LapseSpec(Body):
    """So much time before or after the end of a term; none at all is its very end."""

    amount: int = Field(ge=0)
    unit: Unit


class RiseSpec(LapseSpec):
    """So much time after the end of a term a level is called on."""

    to: LevelName


class RungsSpec(Body):
    """Reminders before the end of a term, and the levels after it, each once."""

    before: list[LapseSpec] = Field(default_factory=list)
    after: list[RiseSpec] = Field(default_factory=list)


class RepeatSpec(Body):
    """So many urgings by the resident in one round call on a level."""

    times: int = Field(gt=0)
    to: LevelName


class Escalation(Body):
    """Whom time calls on, term by term, and how often a resident urges until it goes up."""

    response: RungsSpec = RungsSpec()
    solution: RungsSpec = RungsSpec()
    check: RungsSpec = RungsSpec()
    oversight: RungsSpec = RungsSpec()
    urged: list[RepeatSpec] = Field(default_factory=list)

    def of(self, term: str) -> RungsSpec:
        """The reminders and levels of one term."""
        rungs: RungsSpec = getattr(self, term)
        return rungs


class Deadline(Sourced):
    """How fast a matter must be answered and solved, what may hold the clock, and when it closes unrated."""

    KIND: ClassVar[str] = "deadline"

    name: Text
    response: TermSpec
    solution: TermSpec
    check: TermSpec = TermSpec(amount=2, unit="working_days")
    rating_days: int = Field(default=7, gt=0)
    reopen_days: int = Field(default=30, gt=0)
    pauses: dict[Name, Text] = Field(default_factory=dict)
    extension: ExtensionSpec | None = None
    oversight: TermSpec = TermSpec(amount=2, unit="working_days")
    escalation: Escalation | None = None
    urge_days: int = Field(default=1, gt=0)
    more_sources: list[Source] = Field(default_factory=list)


def deadline_problems(deadline: Deadline, effective: Effective) -> Iterable[str]:
    """A term can only be extended in its own measure, and an answer is due before the solution."""
    working = {"working_days", "working_hours"}
    extension = deadline.extension
    if extension and (extension.unit in working) != (deadline.solution.unit in working):
        yield "the extension counts working time and the solution does not (or the reverse); use one measure"
    opened = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
    calendar = calendar_of(effective)
    answered, _ = deadline_for(deadline.response.term(), opened, calendar=calendar)
    solved, _ = deadline_for(deadline.solution.term(), opened, calendar=calendar)
    if answered and solved and answered > solved:
        yield "the first response would be due after the solution; shorten `response`"
    if deadline.escalation is not None:
        yield from escalation_problems(deadline.escalation, calendar=calendar)


def escalation_problems(escalation: Escalation, *, calendar: WorkingCalendar) -> Iterator[str]:
    """A ladder rises, level by level and with time between."""
    for term in get_args(WatchedTerm):
        after = escalation.of(term).after
        if not rising(each.to for each in after):
            yield f"the levels after `{term}` must rise, each named once: township, county, prefecture, province"
        ended = datetime(2026, 3, 2, 18, 0, tzinfo=ZONE)
        watches = watch_times(escalation, [Running(term, None, ended)], calendar=calendar)
        at = {each.to: each.at for each in watches if each.to}
        moments = [at[each.to] for each in after]
        if moments != sorted(set(moments)):
            yield f"after `{term}` time must pass between one level and the next; check the amounts"
    if not rising(each.to for each in escalation.urged):
        yield "the levels of `urged` must rise, each named once"


def calendar_of(effective: Effective) -> WorkingCalendar:
    """The calendar in force under the key `office`, else the usual office hours."""
    office = effective.of("calendar").get("office")
    return office.calendar() if isinstance(office, OfficeHours) else WorkingCalendar()


def deadline_example(body: Deadline, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{opened, due, term?, pauses?, extended?}`, or `{ended, watch, at}` of the escalation.

    None when the rule comes to the same.
    """
    if "watch" in example:
        return _watch_example(body, example, calendar=calendar_of(effective))
    spec = body.response if example.get("term") == "response" else body.solution
    pauses = [Pause(_moment(begin), _moment(end)) for begin, end in example.get("pauses", [])]
    extended = [Extension(amount, spec.unit) for amount in example.get("extended", [])]
    due, _ = deadline_for(
        spec.term(),
        _moment(example["opened"]),
        calendar=calendar_of(effective),
        pauses=pauses,
        extensions=extended,
    )
    expected = _moment(example["due"])
    return None if due == expected else f"due {due and due.isoformat()}, not {expected.isoformat()}"


def _watch_example(body: Deadline, example: Mapping[str, Any], *, calendar: WorkingCalendar) -> str | None:
    """When the watch of that key fires, where its term ended at that moment."""
    term: Any = example["watch"].partition(":")[0]
    running = Running(term, None, _moment(example["ended"]))
    watches = watch_times(body.escalation or Escalation(), [running], calendar=calendar)
    at = {each.key: each.at for each in watches}.get(example["watch"])
    expected = _moment(example["at"])
    return None if at == expected else f"at {at and at.isoformat()}, not {expected.isoformat()}"


def _moment(text: Any) -> datetime:
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment


def _flow_check(flow: Flow, effective: Effective) -> Iterator[str]:
    yield from flow_problems(flow)


def _flow_example(body: Flow, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    return walk(body, example)


register(Flow, check=_flow_check, example=_flow_example)
register(Deadline, check=deadline_problems, example=deadline_example)
register(OfficeHours)
