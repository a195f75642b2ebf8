"""The page 办理质效 at 10,000 and at 100,000 orders of one county: its counts, and the orders behind one of them.

    python bench/quality.py [ROWS ...]

A count reads every order of its period, so its time grows with them; what is judged is the 95th percentile at the
largest size, by the clock, as the county's desk reads it under row-level security.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import desk
from _harness import SHAPE, clone, ended, exists, installed, judge, p95, point_at, server, timed
from django.db import connections
from django.utils import timezone

from gongzhi.capabilities.orders.queries.quality import Asked, counts_by, orders_counted
from gongzhi.core.permissions.actor import Actor, enter
from tests import cast

SIZES = (10_000, 100_000)
RUNS, WARM = 25, 3
MONTH, YEAR = timedelta(days=31), timedelta(days=365)
MOST = {MONTH: 300.0, YEAR: 1500.0}
"""Milliseconds at the largest size, of a month and of a year: the page opens on the month."""


def rated() -> None:
    """Give what `desk.fill` made its clocks, and two closed orders of three their stars."""
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO workflow_round (id, event_id, version, matter_id, number, started_at, due_at, fulfilled_at,"
            " closed_at, outcome, passed, urged) SELECT gen_random_uuid(), event_id, 1, id, 1, recorded_at, due_at,"
            " closed_at, closed_at, outcome, '[]', 0 FROM workflow_matter"
        )
        cursor.execute(
            "UPDATE orders_order o SET stars = 1 + abs(hashtext(o.id::text)) % 5, solved = 'yes' FROM workflow_matter m"
            " WHERE m.id = o.id AND m.closed_at IS NOT NULL AND abs(hashtext(o.id::text)) % 3 > 0"
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    owner.close()
    with owner.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def questions() -> dict[str, tuple[timedelta, Callable[[Actor], Any]]]:
    """What the page asks, each with its period."""
    now, found = timezone.now(), {}
    for name, period in (("a month", MONTH), ("a year", YEAR)):
        for by in ("place", "kind", "month"):
            asked = Asked(place=(cast.COUNTY, 3), since=now - period, until=now, by=by)
            found[f"{name}, by {by}"] = period, lambda actor, asked=asked: counts_by(actor, asked)
        one = Asked(place=(cast.COUNTY, 3), since=now - period, until=now)
        for count in ("received", "unsolved"):
            found[f"{name}, the orders: {count}"] = (
                period,
                lambda actor, one=one, count=count: orders_counted(actor, one, count=count),
            )
    return found


def ask(name: str) -> dict[str, float]:
    """The 95th percentile of each question of one database, in milliseconds."""
    point_at(name)
    person, taken = cast.find("county").person_id, {}
    for what, (_period, question) in questions().items():
        times = []
        for run in range(RUNS + WARM):
            with enter(person_id=person) as actor:
                wall = timed(lambda question=question, actor=actor: question(actor))
            if run >= WARM:
                times.append(wall)
        taken[what] = p95(times)
    connections["default"].close()
    return taken


def main() -> int:
    sizes = [int(each.replace(",", "")) for each in sys.argv[1:]] or list(SIZES)
    with server():
        installed()
        found = []
        for rows in sizes:
            name = f"{SHAPE}_quality_{rows}"
            if not exists(name):
                clone(name)
                desk.fill(rows)
                rated()
            found.append(ask(name))
    print(f"\n{'p95, ms':<34}" + "".join(f"{rows:>12,}" for rows in sizes))
    for what, (period, _question) in questions().items():
        figures = "".join(f"{each[what]:>12.1f}" for each in found)
        print(f"{what:<34}{figures}   {judge(what, found[-1][what], most=MOST[period])}")
    return ended()


if __name__ == "__main__":
    sys.exit(main())
