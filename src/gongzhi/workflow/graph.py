"""Checking a flow as a graph before it governs anything: no dead ends, no steps that nobody may take."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gongzhi.workflow import conditions, rules

if TYPE_CHECKING:
    from gongzhi.workflow.definitions import Flow, Transition


def flow_problems(flow: "Flow") -> Iterator[str]:
    """Everything wrong with a flow, in words."""
    unknown = list(_unknown_names(flow))
    yield from unknown
    if unknown:
        return  # the graph cannot be walked before its names are right
    yield from _unreachable(flow)
    yield from _traps(flow)
    for key, transition in flow.transitions.items():
        yield from _transition_problems(flow, key, transition=transition)
    yield from _forgotten_tasks(flow)


def walk(flow: "Flow", example: Mapping[str, Any]) -> str | None:
    """An example `{path: [[who, step], ...], ends: state}` or `{state, who, step, refused: true}`.

    None when it holds, else what came instead. Conditions are not asked: they need a matter.
    """
    if example.get("refused"):
        step = flow.transitions.get(example["step"])
        if step is None or example["state"] not in flow.states:
            return f"the flow has no step {example['step']!r} or no state {example['state']!r}"
        allowed = rules.may(step, example["state"], parts=[example["who"]])
        return f"{example['who']} may {example['step']} from {example['state']}" if allowed else None
    state: str | None = None
    for who, key in example["path"]:
        step = flow.transitions.get(key)
        if step is None or not rules.may(step, state, parts=[who]):
            return f"{who} may not {key} from {state or 'the start'}"
        state = step.to or state
    return None if state == example["ends"] else f"the path ends in {state}, not in {example['ends']}"


def _unknown_names(flow: "Flow") -> Iterator[str]:
    for key, transition in flow.transitions.items():
        for state in {*transition.origins, transition.to} - {None} - flow.states.keys():
            yield f"`{key}` names the state {state!r}, which the flow does not have"
        given = [name for names in transition.reason_conditions.values() for name in names]
        for name in [*transition.conditions, *given]:
            if name not in conditions.CONDITIONS:
                known = ", ".join(sorted(conditions.CONDITIONS))
                yield f"`{key}` has the condition {name!r}, which no rule knows; there are {known}"
            elif name not in flow.conditions:
                yield f"`{key}` has the condition {name!r} without words of refusal; add it to `conditions`"
        for task in {*transition.named("open_task"), *transition.named("close_task")} - flow.tasks.keys():
            yield f"`{key}` opens or closes the task {task!r}, which the flow does not have"


def _targets(flow: "Flow", state: str) -> set[str]:
    return {each.to for each in flow.transitions.values() if each.to is not None and state in each.origins}


def _reached(flow: "Flow", starts: Iterable[str]) -> set[str]:
    seen, waiting = set(starts), list(starts)
    while waiting:
        for state in _targets(flow, waiting.pop()) - seen:
            seen.add(state)
            waiting.append(state)
    return seen


def _unreachable(flow: "Flow") -> Iterator[str]:
    openings = {each.to for each in flow.transitions.values() if not each.origins and each.to is not None}
    if not openings:
        yield "no transition opens a matter: one must have no `from` and name `to`"
    for state, each in flow.states.items():
        if each.initial and state not in openings:
            yield f"the state {state!r} is marked `initial`, but no transition without `from` leads to it"
    for state in flow.states.keys() - _reached(flow, openings):
        yield f"the state {state!r} can never be reached; add a transition to it or take it out"


def _traps(flow: "Flow") -> Iterator[str]:
    final = {state for state, each in flow.states.items() if each.final}
    if not final:
        yield "no state is `final`: a matter could never end"
    for state in flow.states:
        if state not in final and not _reached(flow, [state]) & final:
            yield f"from the state {state!r} there is no way out to a final state; add a transition"


def _transition_problems(flow: "Flow", key: str, *, transition: "Transition") -> Iterator[str]:
    if not transition.who:
        yield f"nobody may take `{key}`: name at least one part in `who`"
    if not transition.origins and transition.to is None:
        yield f"`{key}` has neither `from` nor `to`; an opening names `to`"
    if "checker" in transition.who and "not_own_work" not in transition.conditions:
        yield f"`{key}` is a checker's step without the condition `not_own_work`: nobody checks his own work"
    ends = transition.to is not None and flow.states[transition.to].final and bool(transition.origins)
    if ends and "close_tasks" not in transition.effects:
        yield f"`{key}` ends the matter and leaves its tasks open; add the effect `close_tasks`"
    yield from _wording_problems(flow, key, transition=transition)


def _wording_problems(flow: "Flow", key: str, *, transition: "Transition") -> Iterator[str]:
    if "outcome" in transition.needs and not transition.outcomes:
        yield f"`{key}` needs an outcome and offers none; list `outcomes`"
    for outcome in {*transition.outcomes, transition.sets_outcome} - {None} - flow.outcomes.keys():
        yield f"`{key}` names the outcome {outcome!r}, which has no words in `outcomes`"
    for reason in {*transition.reason_conditions, *transition.disowns} - transition.reasons.keys():
        yield f"`{key}` says something of the reason {reason!r}, which it does not list in `reasons`"
    for effect in transition.effects:
        if effect.partition(" ")[2].partition(":")[2] not in rules.SAID:
            yield f"the effect {effect!r} of `{key}` asks what no event says; known are {', '.join(rules.SAID[1:])}"
    if transition.reasons and "reason" not in [*transition.needs, *transition.optional]:
        yield f"`{key}` lists reasons but asks for none; add `reason` to `needs`"


def _forgotten_tasks(flow: "Flow") -> Iterator[str]:
    steps = list(flow.transitions.values())
    opened = {task for each in steps for task in each.named("open_task")}
    ways = ("close_task", "close_own", "close_helper")
    closed = {task for each in steps for way in ways for task in each.named(way)}
    for task in opened - closed:
        yield f"the task {task!r} is opened and no step closes it; add `close_task:{task}`"
    for task in flow.tasks.keys() - opened:
        yield f"the task {task!r} is never opened; take it out or add `open_task:{task}`"
    effects = {effect for each in steps for effect in each.effects}
    if "pause_clock" in effects and "resume_clock" not in effects:
        yield "the clock can be paused and never resumed; add a step with `resume_clock`"
