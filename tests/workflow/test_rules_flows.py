"""Flows as graphs: what is refused at load, and who may take which step."""

from typing import Any

import pytest

from gongzhi.core.definitions.packs import load
from gongzhi.workflow.conditions import CONDITIONS, Facts
from gongzhi.workflow.definitions import Flow
from gongzhi.workflow.graph import flow_problems, walk
from gongzhi.workflow.rules import available_transitions, may, unmet

ORDER = load("base").effective().of("flow")["order"]
assert isinstance(ORDER, Flow)
TEXT = {"zh": "字", "en": "words"}


def small(**changes: Any) -> Flow:
    """A flow of two states, with changes."""
    state = {"name": TEXT, "plain": TEXT, "tone": "waiting"}
    body: dict[str, Any] = {
        "name": TEXT,
        "states": {"open": {**state, "initial": True}, "done": {**state, "final": True}},
        "outcomes": {"solved": TEXT},
        "tasks": {"work": {"name": TEXT, "who": "handler"}},
        "conditions": {"not_own_work": TEXT},
        "transitions": {
            "place": {"name": TEXT, "to": "open", "who": ["reporter"], "effects": ["open_task:work"]},
            "finish": {
                "name": TEXT,
                "from": ["open"],
                "to": "done",
                "who": ["handler"],
                "effects": ["close_task:work", "close_tasks"],
            },
        },
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = body
        for parent in parents:
            target = target[parent]
        target[last] = value
    return Flow.model_validate(body)


def step(**fields: Any) -> dict[str, Any]:
    return {"name": TEXT, "who": ["handler"], **fields}


def test_the_small_flow_and_the_order_flow_are_sound() -> None:
    assert list(flow_problems(small())) == []
    assert list(flow_problems(ORDER)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"states__lost": {"name": TEXT, "plain": TEXT, "tone": "done"}}, "'lost' can never be reached"),
        ({"states__done": {"name": TEXT, "plain": TEXT, "tone": "done"}}, "no state is `final`"),
        ({"transitions__finish__who": []}, "nobody may take `finish`"),
        ({"transitions__finish__to": "gone"}, "names the state 'gone', which the flow does not have"),
        ({"transitions__finish__conditions": ["luck"]}, "has the condition 'luck', which no rule knows"),
        ({"transitions__finish__conditions": ["has_holder"]}, "without words of refusal"),
        (
            {"transitions__finish__effects": ["close_tasks"]},
            "the task 'work' is opened and no step closes it",
        ),
        ({"transitions__finish__effects": ["close_task:work"]}, "leaves its tasks open"),
        (
            {"transitions__finish__effects": ["close_task:play", "close_tasks"]},
            "opens or closes the task 'play'",
        ),
        ({"tasks__play": {"name": TEXT, "who": "desk"}}, "the task 'play' is never opened"),
        ({"transitions__place__from": ["open"]}, "no transition opens a matter"),
        ({"transitions__aside": step()}, "`aside` has neither `from` nor `to`"),
        ({"transitions__rest": step(**{"from": ["open"], "effects": ["pause_clock"]})}, "never resumed"),
        ({"transitions__look": step(**{"from": ["open"], "who": ["checker"]})}, "nobody checks his own work"),
        ({"transitions__finish__needs": ["outcome"]}, "needs an outcome and offers none"),
        ({"transitions__finish__sets_outcome": "unknown"}, "names the outcome 'unknown'"),
        ({"transitions__finish__reasons": {"late": TEXT}}, "lists reasons but asks for none"),
        ({"transitions__finish__disowns": ["not_mine"]}, "the reason 'not_mine', which it does not list"),
        ({"transitions__finish__reason_conditions": {"late": ["luck"]}}, "the condition 'luck'"),
        (
            {"transitions__finish__effects": ["close_task:work if:rain", "close_tasks"]},
            "asks what no event says",
        ),
    ],
)
def test_an_unsound_flow_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    problems = list(flow_problems(small(**change)))
    assert any(words in problem for problem in problems), problems


def test_a_state_without_a_way_out_is_refused() -> None:
    flow = small(
        states__pit={"name": TEXT, "plain": TEXT, "tone": "done"},
        transitions__fall=step(**{"from": ["open"], "to": "pit"}),
    )
    assert list(flow_problems(flow)) == [
        "from the state 'pit' there is no way out to a final state; add a transition"
    ]


def test_an_unknown_effect_is_refused_by_the_model() -> None:
    with pytest.raises(ValueError, match="effects"):
        small(transitions__finish__effects=["ring_bell"])


def test_an_example_that_does_not_hold_says_where() -> None:
    flow = small()
    assert walk(flow, {"path": [["reporter", "place"], ["handler", "finish"]], "ends": "done"}) is None
    assert walk(flow, {"path": [["desk", "place"]], "ends": "open"}) == "desk may not place from the start"
    assert (
        walk(flow, {"path": [["reporter", "place"]], "ends": "done"}) == "the path ends in open, not in done"
    )
    allowed = {"state": "open", "who": "handler", "step": "finish", "refused": True}
    assert walk(flow, allowed) == "handler may finish from open"
    assert "no step 'fly'" in str(walk(flow, {**allowed, "step": "fly"}))


def test_every_condition_of_the_rules_has_words_in_the_order_flow() -> None:
    assert CONDITIONS.keys() == ORDER.conditions.keys()


@pytest.mark.parametrize(
    ("key", "state", "parts", "allowed"),
    [
        ("place", None, ["reporter"], True),
        ("place", "received", ["reporter"], False),
        ("accept", "dispatched", ["handler"], True),
        ("accept", "dispatched", ["reporter", "desk"], False),
        ("accept", "accepted", ["handler"], False),
        ("check", "fulfilled", ["checker"], True),
        ("rate", "checked", ["handler", "checker", "desk", "upper", "platform"], False),
        ("withdraw", "fulfilled", ["reporter"], False),
        ("reopen", "closed", ["reporter"], True),
        ("close_unrated", "checked", ["desk"], False),
    ],
)
def test_who_may_take_which_step(key: str, state: str | None, parts: list[str], allowed: bool) -> None:
    assert may(ORDER.transitions[key], state, parts=parts) is allowed


def test_whoever_fulfilled_never_checks_and_never_rates() -> None:
    own = Facts(own_work=True, held=True)
    for state in ORDER.states:
        steps = available_transitions(ORDER, state, parts=["checker", "reporter", "handler"], facts=own)
        assert not {"check", "send_back", "rate", "grant_extension"} & steps.keys()
    assert unmet(ORDER.transitions["check"], own) == "not_own_work"
    assert unmet(ORDER.transitions["check"], Facts()) is None


def test_what_is_offered_follows_the_state_and_the_facts() -> None:
    def offered(state: str, part: str, **facts: bool) -> set[str]:
        return set(available_transitions(ORDER, state, parts=[part], facts=Facts(**facts)))

    assert offered("dispatched", "handler", held=True) == {
        *("accept", "return", "pass_on", "report_up", "message", "note"),
    }
    assert "take" not in offered("received", "volunteer")
    assert offered("received", "volunteer", open_to_helpers=True) == {"take"}
    assert offered("checked", "reporter", held=True) == {"rate", "reopen"}
    assert offered("closed", "reporter", held=True) == {"reopen"}
    assert offered("closed", "reporter") == {"reopen_unheld"}
    assert offered("closed", "reporter", held=True, reopening_over=True) == set()
    assert "fulfil" not in offered("in_hand", "handler", paused=True)
    assert "resume" in offered("in_hand", "handler", paused=True)
    assert "ask_extension" in offered("in_hand", "handler", extension_left=True)
    assert "ask_extension" not in offered("in_hand", "handler", extension_left=True, extension_asked=True)


def test_what_the_level_above_decided_is_not_disowned_and_a_dispute_is_not_its_parties_to_decide() -> None:
    decided, contested = Facts(held=True, decided=True), Facts(held=True, contested=True)
    back, on = ORDER.transitions["return"], ORDER.transitions["pass_on"]
    assert unmet(back, decided, reason="not_mine") == unmet(on, decided, reason="not_mine") == "not_decided"
    assert unmet(back, decided, reason="cannot") is None
    assert unmet(on, contested, reason="not_mine") == "not_contested"
    assert unmet(back, contested, reason="not_mine") is None
    disputed = Facts(disputed=True)
    for key in ("dispatch", "take", "hand_up", "decline", "decide_competence", "ask_decision"):
        assert unmet(ORDER.transitions[key], disputed) is not None, key
    assert unmet(ORDER.transitions["decide_competence"], Facts(disputed=True, decides=True)) is None
    assert unmet(ORDER.transitions["decline"], Facts(disputed=True, decides=True)) is None


def test_a_post_with_a_task_of_its_own_takes_no_step_that_moves_the_matter() -> None:
    for each in ORDER.transitions.values():
        assert "hand" not in each.who or each.to is None


def test_a_final_state_can_only_be_left_by_reopening_or_restoring() -> None:
    for state in (key for key, each in ORDER.states.items() if each.final):
        leaving = {
            key
            for key, each in ORDER.transitions.items()
            if state in each.origins and each.to not in (None, state)
        }
        assert leaving <= {"reopen", "reopen_unheld", "restore"}


def test_every_reopening_starts_a_new_round_and_nothing_else_starts_a_clock_again() -> None:
    for key, each in ORDER.transitions.items():
        if each.origins and "start_clock" in each.effects:
            assert "new_round" in each.effects or key == "take_in"
