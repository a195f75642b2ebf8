"""Orders placed a second while time is at work on all that is overdue: at 10,000 and at 1,000,000 orders.

    python bench/escalation.py [ROWS ...]

Beside granian and its clients a process of its own does nothing but remind and escalate, one command an item, as the
worker's job does. Says the rate at each size, how much the job did meanwhile, and what it costs to find what is due.
Ends with 1 where the rate at the largest size is less than 0.9 times that at the smallest.
"""

import multiprocessing
import statistics
import sys
from multiprocessing.synchronize import Event
from typing import Any

from _harness import (
    SHAPE,
    clone,
    drop,
    ended,
    exists,
    installed,
    judge,
    maintain,
    p95,
    point_at,
    server,
    timed,
)
from desk import fill
from django.db import connections
from place_order import addresses, load, web

from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.watching import due_orders, watch_order_as
from gongzhi.core.permissions.actor import enter_as_system

SIZES = (10_000, 1_000_000)
RATIO = 0.9
SECONDS = 15
REPETITIONS = 3
RUNS = 25
SERVED = "gongzhi"
"""The database that `gongzhi serve` opens."""
CLOCKS = """
SET session_replication_role = replica;
UPDATE workflow_matter SET due_trace = '[{"step": "opened"}]' WHERE closed_at IS NULL;
INSERT INTO workflow_round (id, event_id, version, number, started_at, due_at, outcome, passed, urged, matter_id)
  SELECT gen_random_uuid(), event_id, 1, 1, recorded_at, due_at, '', '[]', 0, id
    FROM workflow_matter WHERE closed_at IS NULL;
SET session_replication_role = DEFAULT
"""
WAITING = """
SET session_replication_role = replica;
UPDATE workflow_round SET passed = '[]' WHERE passed <> '[]' AND closed_at IS NULL;
UPDATE workflow_task SET watch_at = due_at - interval '1 day'
 WHERE done_at IS NULL AND what IN ('dispatch', 'accept', 'fulfil')
   AND watch_at IS DISTINCT FROM due_at - interval '1 day';
SET session_replication_role = DEFAULT
"""
"""Before each measurement everything is due once more."""


def named(rows: int) -> str:
    """The database of one size."""
    return f"{SHAPE}_overdue_{rows}"


def make(rows: int) -> None:
    """Fill a database and let the clock of each open order run: most are overdue by far."""
    if exists(named(rows)):
        return
    clone("gz_bench_unfinished")
    fill(rows)
    with connections["owner"].cursor() as cursor:
        cursor.execute(CLOCKS)
        cursor.execute(WAITING)
        cursor.execute("VACUUM (ANALYZE) workflow_task")
        cursor.execute("SELECT count(*) FROM workflow_task WHERE watch_at <= now()")
        print(f"{rows:>9,} orders: {cursor.fetchone()[0]:,} tasks are due", flush=True)
    connections.close_all()
    maintain(f"ALTER DATABASE gz_bench_unfinished RENAME TO {named(rows)}")


def work(stop: Event, done: Any) -> None:
    """Do what time does, without a rest, until told to stop; where all of it is done, it is due once more."""
    posts = [post.id for post in platform_posts()]
    while not stop.is_set():
        found = 0
        for post in posts:
            with enter_as_system(post):
                due = due_orders(None)
            found += len(due)
            for _key, order_id in due:
                done.value += 0 if stop.is_set() else watch_order_as(post, order_id)
        if not found and not stop.is_set():
            with connections["owner"].cursor() as cursor:
                cursor.execute(WAITING)


def measured(rows: int) -> tuple[float, float]:
    """Orders a second at one size, and what the job did a second meanwhile."""
    connections.close_all()
    maintain(f"ALTER DATABASE {named(rows)} RENAME TO {SERVED}")
    point_at(SERVED)
    try:
        with connections["owner"].cursor() as cursor:
            cursor.execute(WAITING)
        places = addresses()
        with web():
            load(places, seconds=3)
            connections.close_all()
            stop, done = multiprocessing.Event(), multiprocessing.Value("i", 0)
            worker = multiprocessing.get_context("fork").Process(target=work, args=(stop, done))
            worker.start()
            rate = load(places, seconds=SECONDS)
            did = done.value / SECONDS
            stop.set()
            worker.join()
        return rate, did
    finally:
        connections.close_all()
        maintain(f"ALTER DATABASE {SERVED} RENAME TO {named(rows)}")


def finding(rows: int) -> float:
    """The 95th percentile of finding the next that are due, in milliseconds."""
    point_at(named(rows))
    post = platform_posts()[0].id

    def find() -> None:
        with enter_as_system(post):
            due_orders(None)

    times = [timed(find) for _run in range(RUNS)]
    connections.close_all()
    return p95(times)


def main() -> int:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    with server():
        installed()
        drop(SERVED)
        for rows in sizes:
            make(rows)
        rates: dict[int, list[float]] = {rows: [] for rows in sizes}
        for _repetition in range(REPETITIONS):
            for rows in sizes:
                rate, did = measured(rows)
                rates[rows].append(rate)
                print(
                    f"{rows:>9,} orders: {rate:7.1f} placed/s, {did:6.1f} reminded or escalated/s", flush=True
                )
        for rows in sizes:
            print(f"{rows:>9,} orders: the next 500 that are due are found in {finding(rows):.1f} ms (p95)")
        middle = {rows: statistics.median(found) for rows, found in rates.items()}
        ratio = middle[sizes[-1]] / middle[sizes[0]]
        print(f"rate at the largest size: {ratio:.2f} of the smallest  {judge('ratio', ratio, least=RATIO)}")
        connections.close_all()
    return ended()


if __name__ == "__main__":
    sys.exit(main())
