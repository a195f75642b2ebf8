"""What time did about an order and will do next, in words: for the desk, the holder and the resident."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.workflow.models import Matter, Round, Task
from gongzhi.workflow.watches import Watch
from gongzhi.workflow.watching import every_watch


@dataclass(frozen=True)
class Rung:
    """One rung of an order's ladder: what is done at which time, and whether it was."""

    what: str
    at: datetime
    done: bool


@dataclass(frozen=True)
class Watched:
    """How an order stands before time: the level that was called on, how often it was urged, all rungs in order."""

    level: str = ""
    urged: int = 0
    urged_at: datetime | None = None
    rungs: tuple[Rung, ...] = ()


def watched(matter: Matter, *, tasks: list[Task], rounds: list[Round]) -> Watched:
    """How an order stands before time, from what was read of it already."""
    row = next((each for each in rounds if each.number == matter.round), None)
    if row is None:
        return Watched()
    watches = every_watch(matter, tasks=tasks, round_row=row)
    return Watched(
        level=level_name(row.raised_to) if row.raised_to is not None else "",
        urged=row.urged,
        urged_at=row.urged_at,
        rungs=tuple(Rung(rung_words(each), each.at, each.key in row.passed) for each in watches),
    )


def rung_words(watch: Watch) -> str:
    """One rung in words."""
    return watch_words({"watch": watch.key})


def watch_words(data: dict[str, Any]) -> str:
    """What time did, in words, from the data of its event; empty for any other event."""
    term, _colon, rest = str(data.get("watch", "")).partition(":")
    if not rest:
        return ""
    facts = {"term": _terms().get(term, term), "level": level_name(_LEVELS.get(rest))}
    if term == "urged":
        return _("反映人催了多次，请%(level)s督促") % facts
    if rest.startswith("remind"):
        return _("%(term)s快到了，提醒") % facts
    return _("%(term)s已过，请%(level)s督促") % facts


def level_name(level: int | None) -> str:
    """What a level of escalation is called."""
    return {4: _("乡镇"), 3: _("县级"), 2: _("市级"), 1: _("省级")}.get(level or 0, "")


_LEVELS = {"township": 4, "county": 3, "prefecture": 2, "province": 1}


def _terms() -> dict[str, str]:
    return {
        "response": _("接单期限"),
        "solution": _("办理期限"),
        "check": _("核查期限"),
        "oversight": _("督办答复期限"),
    }
