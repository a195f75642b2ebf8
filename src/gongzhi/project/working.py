"""The worker: it runs jobs, and takes up again what a worker that died left lying.

Every job may run twice: what it does is bound to a cause or a state, and is done once. What it asks of somebody outside
is marked before it is asked, so the second run leaves it alone.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection, connections, transaction
from procrastinate import App
from procrastinate.contrib.django import app

SECONDS_TO_STOP = 10
SILENT_SECONDS = 30
"""A worker tells every ten seconds that it lives; after so many it is taken for dead."""
LOOK_SECONDS = 10
MOST_ATTEMPTS = 8
"""A job under which so many workers died is not tried again."""
CANDIDATES = """
SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
 WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - %s * interval '1 second')
 ORDER BY j.id
"""
LOCKED = """
SELECT worker_id, attempts, queueing_lock, task_name FROM procrastinate_jobs
 WHERE id = %s AND status = 'doing' FOR UPDATE SKIP LOCKED
"""
ALIVE = (
    "SELECT 1 FROM procrastinate_workers WHERE id = %s AND last_heartbeat >= now() - %s * interval '1 second'"
)
FOLLOWED = "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'"
log = logging.getLogger("gongzhi.worker")


def work() -> int:
    """Run jobs until told to stop."""
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as running:
        asyncio.run(_work(running))
    return 0


async def _work(running: App) -> None:
    async with running.open_async():
        reclaiming = asyncio.create_task(_reclaim_again_and_again())
        try:
            await running.run_worker_async(
                name="gongzhi",
                concurrency=2,
                shutdown_graceful_timeout=SECONDS_TO_STOP,
                stalled_worker_timeout=SILENT_SECONDS,
                task_middleware=[on_a_live_connection],
            )
        finally:
            reclaiming.cancel()
            with suppress(asyncio.CancelledError):
                await reclaiming


async def _reclaim_again_and_again() -> None:
    while True:
        try:
            await sync_to_async(_reclaim_here, thread_sensitive=False)()
        except DatabaseError as error:
            log.warning("stalled jobs could not be looked for: %s", type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


def _reclaim_here() -> int:
    _drop_dead_connections()
    return reclaim()


def reclaim() -> int:
    """Let the jobs of workers that fell silent run again; how many those were.

    One whose successor waits already makes way for it. One under which worker after worker died has failed.
    """
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, [SILENT_SECONDS])
        found = [job_id for (job_id,) in cursor.fetchall()]
    return sum(_reclaim(job_id) for job_id in found)


def _reclaim(job_id: int) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCKED, [job_id])
        row = cursor.fetchone()
        if row is None:
            return False
        worker, attempts, queueing_lock, name = row
        cursor.execute(ALIVE, [worker, SILENT_SECONDS])
        if cursor.fetchone() is not None:
            return False
        cursor.execute(FOLLOWED, [queueing_lock])
        followed = cursor.fetchone() is not None
        if attempts >= MOST_ATTEMPTS or followed:
            became = "aborted" if followed else "failed"
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s, false)", [job_id, became])
        else:
            became = "todo"
            cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
    log.warning("job %s (%s) was left by a worker that died: now %s", job_id, name, became)
    return True


def on_a_live_connection(call_next: Callable[[], Any], *_of_the_job: object) -> Any:
    """A task middleware: a connection that was cut since the last job (the database began anew) is opened again."""
    _drop_dead_connections()
    return call_next()


def _drop_dead_connections() -> None:
    for each in connections.all(initialized_only=True):
        if each.connection is not None and not each.in_atomic_block and not each.is_usable():
            each.close()
