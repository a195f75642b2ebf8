"""The installation's own housekeeping, run by the worker at night."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.project import ledger

KEEP_FINISHED_HOURS = 14 * 24


@app.periodic(cron="17 3 * * *", periodic_id="project.forget_finished_jobs")
@app.task(name="project.forget_finished_jobs", pass_context=False)
async def forget_finished_jobs(timestamp: int) -> None:
    """Delete jobs that ended more than two weeks ago; what they did stands in events."""
    await app.job_manager.delete_old_jobs(nb_hours=KEEP_FINISHED_HOURS, include_failed=True)


@app.periodic(cron="27 3 * * *", periodic_id="project.forget_old_sessions")
@app.task(name="project.forget_old_sessions")
def forget_old_sessions(timestamp: int) -> None:
    """Delete the sessions that ran out."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@app.periodic(cron="* * * * *", periodic_id="project.follow_erasures")
@app.task(name="project.follow_erasures", queueing_lock="project.follow_erasures")
def follow_erasures(timestamp: int) -> None:
    """Write down outside the database what was erased, so that a restored backup can be made to forget again."""
    ledger.follow()


def last_heartbeat() -> datetime | None:
    """When a worker last said that it lives; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        found: datetime | None = cursor.fetchone()[0]
    return found
