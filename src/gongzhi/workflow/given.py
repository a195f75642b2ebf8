"""What an actor says with a step, and whether it is what the step asks for."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.schema import Text
from gongzhi.core.people.models import Post
from gongzhi.workflow import clock
from gongzhi.workflow.definitions import Transition
from gongzhi.workflow.models import Matter


@dataclass(frozen=True)
class Given:
    """What the actor says with a step; which of it a step needs stands in the flow.

    `open_to_helpers`, `outside_duties`: what only the capability knows of the matter.
    """

    words: str = ""
    reason: str = ""
    outcome: str = ""
    holder: Post | None = None
    helper: Post | None = None
    days: int = 0
    stars: int = 0
    solved: str = ""
    complaints: tuple[str, ...] = ()
    open_to_helpers: bool = False
    outside_duties: bool = False


OF_A_PAUSE = {"pause_clock", "open_task:decide_pause"}
"""What a step does that pauses the clock, or asks for it."""


def reasons_of(transition: Transition, matter: Matter) -> Mapping[str, Text]:
    """The reasons that a step offers; those of a pause stand in the deadline."""
    of_a_pause = OF_A_PAUSE & set(transition.effects)
    return clock.deadline_of(matter).pauses if of_a_pause else transition.reasons


def require(transition: Transition, given: Given, *, reasons: Container[str]) -> None:
    """Refuses what lacks something that the step needs, and a reason or outcome that the step does not offer.

    A reason goes into the event, so it is never free text.
    """
    for need in transition.needs:
        if not getattr(given, need):
            raise Refused(f"need_{need}", _missing(need))
    if given.days < 0:
        raise Refused("days", _missing("days"))
    if given.outcome and given.outcome not in transition.outcomes:
        raise Refused("outcome", _("这一步不能选这个办理结果。"))
    if given.reason and given.reason not in reasons:
        raise Refused("reason", _("请从所列原因中选择一项。"))


def _missing(need: str) -> str:
    return {
        "words": _("请写明情况。"),
        "reason": _("请选择原因。"),
        "outcome": _("请选择办理结果。"),
        "holder": _("请选择由谁办理。"),
        "helper": _("请选择由谁协办。"),
        "stars": _("请选择几颗星。"),
        "solved": _("请告诉我们问题解决了没有。"),
        "days": _("请填写天数。"),
    }[need]
