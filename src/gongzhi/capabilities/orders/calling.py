"""Calling back (回访): which orders, what may have been wrong, and what follows from it. Data of the pack."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.schema import Body, Effective, Ref, Sourced, Text, register
from gongzhi.workflow.engine import Given

Group = Literal["assisted", "urgent", "unsolved"]
CERTAIN = 2**64
NOBODY = UUID(int=0)


class Complaint(Body):
    """What was wrong in the resident's eyes. It reopens the order, or the desk calls, or it is only kept."""

    name: Text
    leads: Literal["reopen", "call", "nothing"] = "nothing"


class FollowUp(Sourced):
    """Which closed orders the desk calls back, and the closed list of complaints.

    `calls`: all of these. `unrated_share`: of those that nobody rated, so many besides, by the order's id, not by
    who handled it; of the kinds in `kinds`, or of all. After `most_calls` without an answer it is left.
    """

    KIND: ClassVar[str] = "follow_up"

    calls: list[Group] = Field(default_factory=list)
    unrated_share: float = Field(default=0.0, ge=0, le=1)
    kinds: list[Annotated[str, Ref("order_kind")]] = Field(default_factory=list)
    after_days: int = Field(default=1, ge=0, le=60)
    most_calls: int = Field(default=3, ge=1, le=10)
    complaints: dict[str, Complaint]


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A closed order, as far as the choice asks."""

    id: UUID = NOBODY
    kind: str = ""
    assisted: bool = False
    urgent: bool = False
    solved: str = ""
    stars: int | None = None
    complaints: tuple[str, ...] = ()


def is_called(order: Closed, following: FollowUp) -> bool:
    """Whether the desk calls about the order. Pure: the same order is always chosen, or never."""
    leads = {following.complaints[each].leads for each in order.complaints if each in following.complaints}
    groups = {"assisted": order.assisted, "urgent": order.urgent, "unsolved": order.solved == "no"}
    if "call" in leads or any(groups[group] for group in following.calls):
        return True
    if order.stars is not None or (following.kinds and order.kind not in following.kinds):
        return False
    return chance(order.id) < following.unrated_share


def chance(order_id: UUID) -> float:
    """A number from 0 to below 1 that an id always has."""
    return int.from_bytes(hashlib.sha256(order_id.bytes).digest()[:8]) / CERTAIN


def reopens(following: FollowUp, given: Given) -> bool:
    """Whether what the resident says opens the order again: not solved, or a complaint that the pack says does."""
    found = (following.complaints.get(each) for each in given.complaints)
    return given.solved == "no" or any(each is not None and each.leads == "reopen" for each in found)


def follow_up(region_code: int) -> FollowUp:
    """What governs calling back in a place."""
    return definitions.get(FollowUp, "default", region_code=region_code).body


def problems(body: FollowUp, effective: Effective) -> Iterable[str]:
    """A list of complaints that leads nowhere helps nobody."""
    if not any(each.leads != "nothing" for each in body.complaints.values()):
        yield "no complaint leads to anything; say for at least one that it reopens, or that the desk calls"


def example(body: FollowUp, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{order: {…}, calls: true}`: None when it is so."""
    order = {**example["order"], "complaints": tuple(example["order"].get("complaints", ()))}
    called = is_called(Closed(**order), body)
    return None if called is example["calls"] else f"it is {'' if called else 'not '}called back"


register(FollowUp, check=problems, example=example)
