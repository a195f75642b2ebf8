"""What a pack says about one-key response: whom an urgent order rings, one after the other, by what and how long."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field

from gongzhi.capabilities.orders.notices.rules import placeholders
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.definitions.schema import Body, Effective, Ref, Sourced, Text, register

Who = Literal["handler", "village", "township", "county"]
Channel = Literal["page", "sms", "voice"]
ORDER: tuple[Who, ...] = ("handler", "village", "township", "county")
OUTSIDE: tuple[Channel, ...] = ("sms", "voice")
DESKS = frozenset({"township", "county"})
PLACEHOLDERS = frozenset({"number", "kind", "place"})
"""What may be said to a telephone: no name, no telephone, nobody's words."""


class RingStep(Body):
    """One step of the chain: the order's handler, or the duty posts of a level that hold one of `roles` there.

    `wait`: so many seconds until the next step is rung besides; whoever was rung may accept until somebody has.
    """

    who: Who
    roles: list[Annotated[str, Ref("role")]] = Field(default_factory=list)
    wait: int = Field(ge=15, le=3600)
    channels: list[Channel] = Field(min_length=1)

    @property
    def lasts(self) -> timedelta:
        """How long it rings before the next step does."""
        return timedelta(seconds=self.wait)


class Response(Sourced):
    """Whom an urgent order rings. `text`, said to a post's telephone, may name {number}, {kind} and {place}."""

    KIND: ClassVar[str] = "response"

    name: Text
    steps: list[RingStep] = Field(min_length=1, max_length=8)
    text: Text

    def first(self, *, set_aside: bool) -> int:
        """The step with which it begins: an order that came too thick is looked at by a desk before it goes out."""
        return next((n for n, step in enumerate(self.steps) if step.who in DESKS or not set_aside), 0)

    @property
    def lasts(self) -> timedelta:
        """How long the whole chain rings before it is said that nobody answered."""
        return sum((step.lasts for step in self.steps), timedelta())


def problems(body: Response, effective: Effective) -> Iterable[str]:
    """A chain that goes down or back, ends below the county, does not ring the page, or rings who cannot accept."""
    ranks = [ORDER.index(step.who) for step in body.steps]
    if ranks != sorted(set(ranks)):
        yield f"the steps must rise, each named once: {', '.join(ORDER)}"
    if body.steps[-1].who != "county":
        yield "the last step is the county's: above it nobody is left to ring"
    for step in body.steps:
        yield from _step_problems(step, effective)
    for template in dict.fromkeys((body.text.zh, body.text.en)):
        try:
            strange = sorted(placeholders(template) - PLACEHOLDERS)
        except ValueError as error:
            strange = [str(error)]
        if strange:
            yield f"the text “{template}” names {', '.join(strange)}; known are {', '.join(sorted(PLACEHOLDERS))}"


def _step_problems(step: RingStep, effective: Effective) -> Iterable[str]:
    if "page" not in step.channels:
        yield f"the step `{step.who}` does not ring the page; a telephone alone shows no order"
    if (step.who == "handler") is bool(step.roles):
        yield f"the step `{step.who}` names {'no roles' if not step.roles else 'roles; the order names its handler'}"
    known = effective.of("role")
    for key in step.roles:
        role = cast("Role | None", known.get(key))
        if role is None:
            continue
        if step.who not in role.levels:
            yield f"the role {key!r} has no posts at the level {step.who}"
        if not {"desk", "upper"} & set(role.acts_as):
            yield f"the role {key!r} may not take an order over from its handler: it acts as neither desk nor upper"


def example(body: Response, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{unanswered: seconds, rings: [who]}`: whom it has rung by then. None when it is so."""
    at, rung = timedelta(), []
    for step in body.steps:
        if at <= timedelta(seconds=example["unanswered"]):
            rung.append(step.who)
        at += step.lasts
    return None if rung == example["rings"] else f"after {example['unanswered']} s it has rung {rung}"


register(Response, check=problems, example=example)
