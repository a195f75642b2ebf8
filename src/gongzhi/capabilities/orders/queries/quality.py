"""The counts behind the rates of service, and the orders behind each count: both from the same conditions.

Row-level security decides which orders are counted; sealed ones never are. Nothing is counted by person.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from gongzhi.capabilities.orders.quality import Counts
from gongzhi.capabilities.orders.queries.paging import PAGE
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, span
from gongzhi.workflow.models import Matter

COUNTED = "m.state NOT IN ('withdrawn', 'void') AND m.outcome <> 'duplicate'"
TIME_DUE = f"{COUNTED} AND r.due_at IS NOT NULL AND (r.fulfilled_at IS NOT NULL OR r.due_at <= %(now)s)"
RESPOND_DUE = (
    f"{COUNTED} AND m.respond_by IS NOT NULL AND (m.responded_at IS NOT NULL OR m.respond_by <= %(now)s)"
)
CLOSED = f"{COUNTED} AND m.closed_at IS NOT NULL"
RATED = f"{COUNTED} AND o.stars IS NOT NULL"
COUNTS = {
    "received": "true",
    "respond_due": RESPOND_DUE,
    "responded": f"{RESPOND_DUE} AND m.responded_at <= m.respond_by",
    "time_due": TIME_DUE,
    "in_time": f"{TIME_DUE} AND r.fulfilled_at <= r.due_at",
    "close_due": f"{COUNTED} AND (m.closed_at IS NOT NULL OR m.due_at <= %(now)s)",
    "closed": CLOSED,
    "rated": RATED,
    "solved": f"{RATED} AND o.solved = 'yes'",
    "satisfied": f"{RATED} AND o.stars >= 4",
    "unsolved": f"{CLOSED} AND m.outcome IN ('not_solved', 'partly')",
    "not_ours": f"{CLOSED} AND m.outcome = 'not_ours'",
    "unrated": f"{CLOSED} AND o.stars IS NULL AND m.outcome <> 'not_ours'",
    "withdrawn": "m.state = 'withdrawn'",
    "void": "m.state = 'void'",
    "duplicate": "m.state <> 'void' AND m.state <> 'withdrawn' AND m.outcome = 'duplicate'",
}
"""Each count and which orders it counts. Times are the recorded ones; a reopened order counts by its last round."""

FROM = """
  FROM workflow_matter m JOIN orders_order o ON o.id = m.id
  LEFT JOIN workflow_round r ON r.matter_id = m.id AND r.number = m.round
 WHERE m.subject = 'orders' AND m.sealed_to IS NULL AND m.recorded_at >= %(since)s AND m.recorded_at < %(until)s
"""
MOST_GROUPS = 400
MONTH = "to_char(m.recorded_at AT TIME ZONE %(zone)s, 'YYYY-MM')"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which orders are counted: of a place and a time, perhaps of one kind."""

    place: tuple[int, int]
    since: datetime
    until: datetime
    kind: str = ""
    by: str = "place"


@dataclass(frozen=True)
class Group:
    """One line: the key by which its orders are told apart, its name, its counts."""

    key: str
    name: str
    counts: Counts


def counts_by(actor: Actor, asked: Asked) -> list[Group]:
    """The counts in the actor's sight, by place (the next level down), by kind or by month. Three statements."""
    where, parameters = _where(asked)
    columns = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in COUNTS.values())
    head = f"SELECT ({_group(asked)})::text AS part, {columns}"
    statement = f"{head} {FROM} {where} GROUP BY 1 ORDER BY 1 LIMIT {MOST_GROUPS}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = cursor.fetchall()
    names = _names(asked, [row[0] for row in found])
    return [
        Group(key, names.get(key, key), Counts(dict(zip(COUNTS, numbers, strict=True))))
        for key, *numbers in found
    ]


def orders_counted(
    actor: Actor, asked: Asked, *, count: str, part: str = "", after: UUID | None = None
) -> tuple[list[Matter], UUID | None]:
    """The orders that a count counts, the newest first, of one group or all; and the key of the next page.

    Refuses (KeyError) a count that is none.
    """
    where, parameters = _where(asked)
    where += f" AND {COUNTS[count]}"
    if part:
        where += f" AND ({_group(asked)})::text = %(part)s"
    if after is not None:
        where += " AND m.id < %(after)s"
    statement = f"SELECT m.id {FROM} {where} ORDER BY m.id DESC LIMIT {PAGE + 1}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"part": part, "after": after})
        ids = [row[0] for row in cursor.fetchall()]
    known: dict[Any, Matter] = Matter.objects.select_related("holder").in_bulk(ids[:PAGE])
    listed = [known[each] for each in ids[:PAGE] if each in known]
    return listed, ids[PAGE - 1] if len(ids) > PAGE else None


def _where(asked: Asked) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {
        "now": timezone.now(),
        "since": asked.since,
        "until": asked.until,
        "zone": settings.TIME_ZONE,
        "kind": asked.kind,
    }
    within = []
    for number, (low, high) in enumerate(regions.reach(*asked.place)):
        within.append(f"m.region_code BETWEEN %(low{number})s AND %(high{number})s")
        parameters |= {f"low{number}": low, f"high{number}": high}
    where = f"AND ({' OR '.join(within) or 'false'})"
    return where + (" AND m.kind = %(kind)s" if asked.kind else ""), parameters


def _group(asked: Asked) -> str:
    if asked.by == "kind":
        return "m.kind"
    if asked.by == "month":
        return MONTH
    step = span(_below(asked))
    return f"m.region_code / {step} * {step}"


def _below(asked: Asked) -> Level:
    return Level(min(asked.place[1] + 1, Level.MICRO_GRID))


def _names(asked: Asked, keys: list[str]) -> dict[str, str]:
    """The names of places; the place itself stands for what is not told more closely."""
    if asked.by != "place":
        return {}
    codes = [int(key) for key in keys]
    known = Region.objects.filter(code__in=codes, level=_below(asked)).order_by("valid_from")
    return {str(code): name for code, name in known.values_list("code", "name")}
