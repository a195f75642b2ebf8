"""An order as its resident reads it: what stands, who holds it, by when, what happened."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.likeness import PAIRED
from gongzhi.capabilities.orders.models import Photo
from gongzhi.capabilities.orders.queries import Shown
from gongzhi.capabilities.orders.queries.listing import Listed
from gongzhi.capabilities.orders.queries.neighbours import Followed
from gongzhi.capabilities.orders.queries.reading import Line
from gongzhi.capabilities.orders.queries.watched import watched
from gongzhi.capabilities.orders.rules import ends_open
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Text
from gongzhi.workflow.definitions import Flow, Transition
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.leading import Leading, led_by
from gongzhi.workflow.models import Matter

NOW_AT = {
    "received": 1,
    "returned": 1,
    "dispatched": 2,
    "accepted": 2,
    "in_hand": 2,
    "fulfilled": 3,
    "checked": 4,
}
"""Which of the five steps of the brand an order is at, counted from nought; a closed one is past them."""

UNANSWERED = {"received", "returned", "dispatched"}
WORKED_ON = {"accepted", "in_hand"}


@dataclass(frozen=True)
class Stage:
    """One of the five steps: `done`, `now`, or still to come."""

    name: str
    done: bool
    now: bool


def in_words(text: Text | None) -> str:
    """Words of a pack in the reader's language."""
    return text.of(get_language() or "zh") if text else ""


def told(shown: Shown, *, photo_url: Callable[[Photo], str]) -> dict[str, Any]:
    """All that the page of one order says; of a sealed one it repeats no words and no photos of the resident."""
    matter, sealed = shown.matter, shown.matter.sealed_to is not None
    unanswered = matter.state in UNANSWERED and matter.responded_at is None
    photos = [each for each in shown.photos if not (sealed and each.by == "resident")]
    return {
        "matter": matter,
        "kind_name": in_words(shown.kind.name),
        "state_name": in_words(shown.state.name),
        "plain": in_words(shown.state.plain),
        "outcome": shown.outcome,
        "stages": stages(shown),
        "holder": matter.holder if matter.closed_at is None else None,
        "waits_for_desk": matter.holder_id is None and matter.closed_at is None and not sealed,
        "sealed": sealed,
        "quarantined": matter.quarantined and matter.closed_at is None,
        "unchecked": shown.unchecked,
        "answer_by": matter.respond_by if unanswered else None,
        "solve_by": matter.due_at if matter.state in UNANSWERED | WORKED_ON else None,
        "paused": matter.paused_at is not None,
        "rate_by": next((task.due_at for task in shown.tasks if task.what == "rate"), None),
        "watched": watched(matter, tasks=shown.tasks, rounds=shown.rounds),
        "stars": shown.order.stars,
        "entries": _entries(shown, sealed=sealed),
        "words": "" if sealed or not shown.words or shown.words.erased_at else shown.words.text,
        "place_text": "" if sealed or not shown.words or shown.words.erased_at else shown.words.place_text,
        "photos": [(photo_url(each), each) for each in photos],
        "erased": shown.erased,
    }


def stages(shown: Shown) -> list[Stage]:
    """The five steps as the pack calls them, with the one that it is at; none once it left that path."""
    at = NOW_AT.get(shown.matter.state)
    pack = definitions.pack_over(shown.matter.region_code)
    names = pack.manifest.body.brand.steps if pack else []
    if at is None or len(names) != 5:
        return []
    return [Stage(in_words(name), done=number < at, now=number == at) for number, name in enumerate(names)]


def leading_words(matter: Matter) -> dict[str, Any] | None:
    """How the order goes on into which this one was merged: where it stands and its steps, none of its words."""
    leader = led_by(matter)
    if leader is None:
        return None
    return _how_it_goes(leader) | {"number": leader.number}


def followed_words(found: Followed) -> dict[str, Any]:
    """How an order goes on that a neighbour follows, in words for who did not report it."""
    kind: OrderKind = definitions.by_id(found.kind_id).body
    told = _how_it_goes(found, skipped={"message"}, said={"check": _("核查通过")})
    known = {
        "checked": _("已经核查，等反映人评价。"),
        "rated": _("反映人已经评价。"),
        "closed": _("已经结案。"),
        "withdrawn": _("反映人撤回了这件事，不再办理。您还需要的话，请自己提一件。"),
        "void": _("这件事作废了，不再办理。您还需要的话，请自己提一件。"),
    }
    return told | {
        "number": found.number,
        "merged_into": found.merged_into,
        "kind_name": in_words(kind.name),
        "summary": found.summary,
        "since": found.since,
        "erased": found.erased,
        "closed": found.closed_at is not None,
        "plain": known.get(found.state, told["plain"]),
    }


def _how_it_goes(
    found: Leading | Followed, *, skipped: Set[str] = frozenset(), said: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Where another's order stands and its steps, none of its words; `said`: of some steps other words."""
    flow: Flow = definitions.by_id(found.flow_id).body
    steps = [
        {"what": (said or {}).get(step) or in_words(flow.transitions[step].told), "at": at}
        for step, at in reversed(found.steps)
        if step in flow.transitions
        and step not in PAIRED | skipped
        and _told_to_others(flow.transitions[step])
    ]
    if steps:
        steps[0]["current"] = True
    return {
        "state": found.state,
        "state_name": in_words(flow.states[found.state].name),
        "plain": in_words(flow.states[found.state].plain),
        "outcome": in_words(flow.outcomes.get(found.outcome)),  # type: ignore[call-overload]
        "solve_by": found.due_at if found.closed_at is None else None,
        "entries": steps,
    }


def _told_to_others(step: Transition) -> bool:
    """Whether what is told of a step holds for others than its own resident, who is addressed in his own steps."""
    return step.told is not None and step.who[0] != "reporter"


def line_of(row: Listed) -> dict[str, Any]:
    """One line of a resident's own orders."""
    matter = row.matter
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    return {
        "matter": matter,
        "title": "" if matter.sealed_to else row.title,
        "kind_name": in_words(kind.name),
        "place": row.place,
        "state_name": _standing(matter),
        "url": reverse("orders_followed", kwargs={"number": matter.number}),
    }


def _standing(matter: Matter) -> str:
    """The state in words; what was closed and not solved says so."""
    flow = flow_of(matter)
    name, outcome = in_words(flow.states[matter.state].name), flow.outcomes.get(matter.outcome)  # type: ignore[call-overload]
    return (
        f"{name} · {in_words(outcome)}"
        if matter.closed_at and ends_open(matter.outcome) and outcome
        else name
    )


def _entries(shown: Shown, *, sealed: bool) -> list[dict[str, Any]]:
    lines = [line for line in shown.lines if not line.staff_only]
    found = [
        {
            "what": line.title,
            "at": line.at,
            "who": line.by or (_("您") if line.mine else ""),
            "words": _said(line, sealed=sealed),
        }
        for line in reversed(lines)
    ]
    if found:
        found[0]["current"] = True
    return found


def _said(line: Line, *, sealed: bool) -> str:
    words = "" if sealed and not line.by else line.words
    return "\n".join(part for part in (line.reason, words) if part)
