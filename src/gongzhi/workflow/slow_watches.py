"""What time should have done to a matter, once more from its events, slowly and by another way.

`reconcile` and the tests hold `watching` against it. Nothing is shared with it but the calendar's days, the slow clock
and the definitions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from gongzhi.workflow.calendar import WorkingCalendar
from gongzhi.workflow.definitions import Deadline, Escalation, Flow, LapseSpec
from gongzhi.workflow.rules import Term
from gongzhi.workflow.slow import counting, length_of, moment_of, slow_due

Operation = dict[str, Any]
Coming = tuple[datetime, str]
OWN = ("check", "oversight")
"""Terms that begin with a task of their own, not with the round."""


class Told(Protocol):
    """One event of a matter."""

    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def at(self) -> datetime: ...


def history_of(told: Iterable[Told], flow: Flow) -> Iterator[Operation]:
    """The events of a matter as operations, in order: what they did to its clock, its own terms and its watches."""
    opened: dict[str, str] = {}
    closed: dict[str, str] = {}
    for event in told:
        at, step = event.at.isoformat(), event.data.get("step", "")
        yield from event.data.get("clock", ())
        yield from _said(event.data, at)
        for name, what in flow.transitions[step].taken(event.data) if step in flow.transitions else ():
            terms = (
                [term for term in OWN if what and term in flow.tasks[what].watches] if "task" in name else []
            )
            if name == "close_tasks":
                closed, opened = opened, {}
                yield from ({"op": "close", "what": term, "at": at} for term in closed)
            elif name == "as_before":
                opened = closed
                yield {"op": "before", "at": at}
                yield from ({"op": "open", "what": term, "at": then} for term, then in opened.items())
            for term in terms:
                opened.pop(term, None)
                if name == "open_task":
                    opened[term] = at
                yield {"op": name.removesuffix("_task"), "what": term, "at": at}


def _said(data: Mapping[str, Any], at: str) -> Iterator[Operation]:
    named = {"accept": "respond", "urge": "urge"}.get(data.get("step", ""))
    if named:
        yield {"op": named, "at": at}
    if "watch" in data:
        yield {"op": "fired", "key": data["watch"], "at": at}


@dataclass
class Past:
    """What the operations so far made of a matter: its clock, what waits of its own, what was said and fired."""

    deadline: Deadline
    calendar: WorkingCalendar
    clock: list[Operation] = field(default_factory=list)
    respond_by: datetime | None = None
    responded: bool = False
    working: bool = False
    before: bool = False
    own: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    urges: list[datetime] = field(default_factory=list)
    fired: list[Coming] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)

    def take(self, each: Operation) -> None:
        """One operation more: of the clock, or `respond`, `urge`, `open`, `close`, `move`, `fired`, `look`."""
        at, op = moment_of(each), each["op"]
        if op == "start":
            self._start(each, at)
        elif op == "stop":
            self.before, self.responded, self.working = self.responded, True, False
        elif op == "continue":
            self.working = True
        if op in ("pause", "resume", "extend"):
            self.clock.append(each)
        handler = getattr(self, f"_{op}", None)
        if handler is not None and op != "start":
            handler(each, at)

    def _start(self, each: Operation, at: datetime) -> None:
        self.clock, self.working, self.responded = [each], True, False
        self.urges, self.passed = [], set()
        self.respond_by = slow_due([each], _term(self.deadline, "response"), calendar=self.calendar)

    def _respond(self, each: Operation, at: datetime) -> None:
        self.responded = True

    def _urge(self, each: Operation, at: datetime) -> None:
        self.urges.append(at)

    def _before(self, each: Operation, at: datetime) -> None:
        self.responded = self.before

    def _open(self, each: Operation, at: datetime) -> None:
        what = each["what"]
        due = slow_due(
            [{"op": "start", "at": each["at"]}], _term(self.deadline, what), calendar=self.calendar
        )
        self.passed = {key for key in self.passed if not key.startswith(f"{what}:")}
        if due is not None:
            self.own[what] = (at, due)

    def _close(self, each: Operation, at: datetime) -> None:
        self.own.pop(each["what"], None)

    def _move(self, each: Operation, at: datetime) -> None:
        self.deadline = each["deadline"]

    def _fired(self, each: Operation, at: datetime) -> None:
        self.passed.add(each["key"])

    def _look(self, each: Operation, at: datetime) -> None:
        for _time, key in self.coming():
            if _time <= at:
                self.fired.append((at, key))
                self.passed.add(key)

    def coming(self, terms: Iterable[str] = ("response", "solution", "check", "oversight")) -> list[Coming]:
        """What is still to come over these terms, in order of time; nothing while the clock stands."""
        ladder = self.deadline.escalation
        if ladder is None or not self.clock or self._stands():
            return []
        found = [each for term in terms for each in self._over(term, ladder)]
        if self.working and "solution" in terms:
            found += [
                (self.urges[-1], f"urged:{each.to}") for each in ladder.urged if len(self.urges) >= each.times
            ]
        return sorted(each for each in found if each[1] not in self.passed)

    def _stands(self) -> bool:
        turns = [each["op"] for each in self.clock if each["op"] in ("pause", "resume")]
        return turns[-1:] == ["pause"]

    def _over(self, term: str, ladder: Escalation) -> list[Coming]:
        start, due = self._span(term)
        if due is None:
            return []
        rungs = ladder.of(term)
        early = [
            (slow_before(due, each, calendar=self.calendar), f"{term}:remind:{number}")
            for number, each in enumerate(rungs.before, 1)
        ]
        late = [(slow_after(due, each, calendar=self.calendar), f"{term}:{each.to}") for each in rungs.after]
        return [each for each in early if each[0] > start] + late

    def _span(self, term: str) -> tuple[datetime, datetime | None]:
        begun = moment_of(self.clock[0])
        if term == "response":
            return begun, self.respond_by if self.working and not self.responded else None
        if term == "solution":
            due = slow_due(self.clock, _term(self.deadline, term), calendar=self.calendar)
            return begun, due if self.working else None
        opened, due = self.own.get(term, (begun, None))
        return opened, due


def slow_past(operations: Iterable[Operation], deadline: Deadline, *, calendar: WorkingCalendar) -> Past:
    """What these operations made of a matter under a deadline."""
    past = Past(deadline, calendar)
    for each in operations:
        past.take(each)
    return past


def slow_before(due: datetime, lapse: LapseSpec, *, calendar: WorkingCalendar) -> datetime:
    """The moment with so much time left until `due`: walked forward from long before."""
    amount = length_of(lapse.amount, lapse.unit, calendar=calendar)
    if not lapse.unit.startswith("working"):
        return due - amount
    begin = due - timedelta(days=20 + 4 * lapse.amount)
    stretches = _until(begin, due, lapse=lapse, calendar=calendar)
    skip = sum((closes - opens for opens, closes in stretches), timedelta()) - amount
    for opens, closes in stretches:
        if skip < closes - opens:
            return opens + skip
        skip -= closes - opens
    return due


def slow_after(due: datetime, lapse: LapseSpec, *, calendar: WorkingCalendar) -> datetime:
    """The moment so much time after `due`."""
    left = length_of(lapse.amount, lapse.unit, calendar=calendar)
    if not lapse.amount or not lapse.unit.startswith("working"):
        return due + left
    for opens, closes in counting(due, Term(1, lapse.unit), calendar=calendar):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("time does not end")


def _until(
    begin: datetime, due: datetime, *, lapse: LapseSpec, calendar: WorkingCalendar
) -> Sequence[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for opens, closes in counting(begin, Term(1, lapse.unit), calendar=calendar):
        if opens >= due:
            return found
        found.append((opens, min(closes, due)))
    return found


def _term(deadline: Deadline, term: str) -> Term:
    spec = {
        "response": deadline.response,
        "solution": deadline.solution,
        "check": deadline.check,
        "oversight": deadline.oversight,
    }[term]
    return spec.term()
