"""How an urgent order's ringing went, for its resident: posts and plain words, never a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.queries.ringing import Line, chain_of, still_rings
from gongzhi.capabilities.orders.ringing.chain import NOBODY
from gongzhi.capabilities.orders.ringing.words import lapse_words, who_words
from gongzhi.workflow.models import Matter


@dataclass(frozen=True)
class Said:
    """One line: when, and what is said of it."""

    at: datetime
    words: str


def chain_shown(matter: Matter) -> dict[str, Any]:
    """The chain in plain words, and whether it still rings. Asked of urgent orders alone."""
    if not matter.urgent:
        return {}
    lines = chain_of(matter.id)
    rung = [Said(line.rung_at, _rung(line)) for line in lines]
    answered = [Said(line.answered_at, _answered(line)) for line in lines if line.answered_at is not None]
    return {"chain": [*rung, *answered], "ringing": still_rings(matter, lines)}


def _rung(line: Line) -> str:
    if line.who == NOBODY:
        return _("响过的岗位都没有人接，已报县级值班。")
    who = who_words(line.who)
    if line.post is None:
        return _("%(who)s现在没有人在岗。") % {"who": who}
    if line.who == "sealed":
        return _("响了%(who)s。") % {"who": who}
    return _("响了%(who)s（%(post)s）。") % {"who": who, "post": line.post.title}


def _answered(line: Line) -> str:
    said = {"who": who_words(line.who), "lapse": lapse_words(line.waited) if line.waited is not None else ""}
    return _("%(who)s接了，响了 %(lapse)s。") % said
