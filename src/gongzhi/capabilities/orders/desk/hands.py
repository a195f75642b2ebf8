"""Whose hands an order is in, as the desk reads it: who received it first, and who said what of whose affair it is."""

from dataclasses import dataclass

from gongzhi.capabilities.orders.queries import Shown
from gongzhi.capabilities.orders.queries.reading import Line
from gongzhi.capabilities.orders.queries.watched import level_name
from gongzhi.core.people.models import Post
from gongzhi.workflow.handing import DECISION, STAND_BY

DECIDED = "order.competence_decided"
REOPENED = ("order.reopened", "order.restored")
SENT = ("order.dispatched", "order.transferred", "order.decision_asked", DECIDED)


@dataclass(frozen=True)
class Hands:
    """Who has an order in hand: the level that leads it, and the post that answers for it until another accepts.

    `said`: what was said of whose affair it is. `waits`: the level above has yet to decide; `decided`: it did,
    and nobody contradicted since.
    """

    first: Post | None
    said: list[Line]
    waits: bool
    decided: bool
    leads: str = ""


def hands_shown(shown: Shown) -> Hands:
    """Of an order that was read."""
    first = next((shown.posts.get(each.holder_id) for each in shown.tasks if each.what == STAND_BY), None)  # type: ignore[arg-type]
    said = _said(shown.lines)
    return Hands(
        first=first,
        said=said,
        waits=any(each.what == DECISION for each in shown.tasks),
        leads=level_name(shown.matter.lead_level),
        decided=bool(said) and said[-1].event == DECIDED,
    )


def _said(lines: list[Line]) -> list[Line]:
    """What was last said of whose affair it is, up to the decision if there was one; nothing where none disowned it."""
    parts: list[list[Line]] = [[]]
    for line in lines:
        if line.event in REOPENED:
            parts = [[]]
        elif line.disowned or line.event in SENT:
            parts[-1].append(line)
            if line.event == DECIDED:
                parts.append([])
    told = [part for part in parts if any(line.disowned for line in part)]
    return told[-1] if told else []
