"""What time did about an order and will do next, in words: for the desk, the holder and the resident."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.workflow.claims import punctuality
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
    kept: tuple[tuple[str, str], ...] = ()


class Happened(Protocol):
    """One line of an order's history."""

    @property
    def at(self) -> datetime: ...
    @property
    def event(self) -> str: ...
    @property
    def claimed_at(self) -> datetime: ...


def watched(
    matter: Matter, *, tasks: list[Task], rounds: list[Round], lines: Sequence[Happened] = ()
) -> Watched:
    """How an order stands before time, from what was read of it already; `lines`, for whether its terms were kept."""
    row = next((each for each in rounds if each.number == matter.round), None)
    if row is None:
        return Watched()
    watches = every_watch(matter, tasks=tasks, round_row=row)
    return Watched(
        level=level_name(row.raised_to) if row.raised_to is not None else "",
        urged=row.urged,
        urged_at=row.urged_at,
        kept=tuple(_kept(matter, row, lines=lines)) if lines else (),
        rungs=tuple(Rung(rung_words(each), each.at, each.key in row.passed) for each in watches),
    )


def _kept(matter: Matter, row: Round, *, lines: Sequence[Happened]) -> Iterator[tuple[str, str]]:
    """Whether each term was kept, in words with their tone; what still runs is told elsewhere."""
    claims = {each.event: each.claimed_at for each in lines if each.at >= row.started_at}
    terms = _terms()
    for term, due, done, event in (
        ("response", matter.respond_by, matter.responded_at, "order.accepted"),
        ("solution", row.due_at, row.fulfilled_at, "order.fulfilled"),
    ):
        found = punctuality(due, done, now=timezone.now(), claimed_at=claims.get(event))
        said = {
            "on_time": (_("%(term)s：按期"), "done"),
            "claimed": (_("%(term)s：按经办人所称的时间按期，按收到的时间超期"), "warn"),
            "late": (_("%(term)s：超期"), "bad"),
        }.get(found or "")
        if said is not None:
            yield said[0] % {"term": terms[term]}, said[1]


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
