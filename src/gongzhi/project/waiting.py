"""What waits in an installation and should not: orders that nothing moves any longer, and jobs that are not done.

Looks as the owner, past every policy, so it names no sealed order, only how many.
"""

from collections.abc import Iterator
from typing import Any, Literal

from django.db import connections

State = Literal["good", "look", "bad"]
Said = tuple[State, str]
MOST_NAMED = 5
LATE_MINUTES = 15
ORDERS = """
SELECT count(*), count(*) FILTER (WHERE sealed_to IS NOT NULL),
       (array_agg(number ORDER BY recorded_at) FILTER (WHERE sealed_to IS NULL))[1:%s]
  FROM workflow_matter m WHERE m.closed_at IS NULL AND """
NOTHING_WAITS = """m.state <> 'rated'
   AND NOT EXISTS (SELECT FROM workflow_task t WHERE t.matter_id = m.id AND t.done_at IS NULL)"""
RATED = "m.state = 'rated' AND m.recorded_at < now() - interval '1 day'"
"""Rated orders close by themselves within the hour; asked of those that cannot have been rated just now."""
NOT_LOOKED_AT = f"""EXISTS (SELECT FROM workflow_task t WHERE t.matter_id = m.id AND t.done_at IS NULL
   AND t.watch_at < now() - interval '{LATE_MINUTES} minutes')"""
USED_UP = """m.due_at < now() AND m.paused_at IS NULL
   AND EXISTS (SELECT FROM workflow_task t WHERE t.matter_id = m.id AND t.done_at IS NULL AND t.what <> 'rate')
   AND NOT EXISTS (SELECT FROM workflow_task t WHERE t.matter_id = m.id AND t.done_at IS NULL
                                                 AND (t.watch_at IS NOT NULL OR t.what = 'rate'))"""
LATE_JOBS = """
SELECT j.task_name, count(*), min(j.id) FROM procrastinate_jobs j
 WHERE j.status = 'todo' AND coalesce(j.scheduled_at, (SELECT min(e.at) FROM procrastinate_events e
       WHERE e.job_id = j.id)) < now() - interval '15 minutes'
 GROUP BY j.task_name ORDER BY 2 DESC, 1
"""
LOST_JOBS = """
SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
 WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '2 minutes')
"""
FAILED_JOBS = """
SELECT task_name, count(*), (array_agg(id ORDER BY id DESC))[1:%s] FROM procrastinate_jobs
 WHERE status = 'failed' GROUP BY task_name ORDER BY 2 DESC, 1
"""
LEAVES = {
    "orders.dispatch": "the orders wait for their desks, which see them",
    "orders.close_rated": "the hourly job closes those orders",
    "orders.tell": "residents were not told of a step; the orders' pages show it",
    "orders.deliver": "messages wait; desks see what failed on their page of notices",
    "orders.own_file": "a person's own export was not made; his page says so, and he may ask again",
    "orders.forget": "files of erased photos stay until the next night",
    "orders.part": "orders that were merged into a void one wait; `gongzhi reconcile` names them",
}
"""What a failed job of each name leaves behind; any other is periodic, and its next run makes up for it."""


def waiting() -> Iterator[Said]:
    """Each thing looked at: how it is, in words, and what to do where it is not well."""
    found = [*_orders(), *_jobs()]
    yield from found or [("good", "Every open order waits for somebody, and no job is late or failed.")]


def _orders() -> Iterator[Said]:
    findings: tuple[tuple[str, State, str], ...] = (
        (
            NOTHING_WAITS,
            "bad",
            "are open and wait for nobody: they are stuck. Run `gongzhi reconcile` and report what it says; the"
            " county's desk can take a step on each (note, transfer, void) to bring it back.",
        ),
        (
            RATED,
            "look",
            "were rated and are not closed. The worker closes them every hour: see whether it runs, and its log.",
        ),
        (
            NOT_LOOKED_AT,
            "look",
            f"should have been reminded of or escalated over {LATE_MINUTES} minutes ago. The worker does it every three"
            " minutes: see whether it runs, and whether its log says that a watch was refused.",
        ),
        (
            USED_UP,
            "look",
            "are past their term and past every reminder and level that the pack names: only people can move them now."
            " The county's desk sees them under “overdue”; an oversight order gives each a clock again.",
        ),
    )
    for condition, state, words in findings:
        count, sealed, numbers = _asked(ORDERS + condition, MOST_NAMED)[0]
        if count:
            hidden = f", {sealed} of them sealed" if sealed else ""
            named = (
                f" ({', '.join(numbers)}{' …' if count - sealed > len(numbers) else ''})" if numbers else ""
            )
            yield state, f"{count} orders{named}{hidden} {words}"


def _jobs() -> Iterator[Said]:
    for name, count, oldest in _asked(LATE_JOBS):
        yield (
            "look",
            f"{count} jobs {name} wait for over {LATE_MINUTES} minutes, the oldest is {oldest}: the worker does not"
            " run, or has too much to do. A second `gongzhi worker` on any machine helps.",
        )
    ((lost,),) = _asked(LOST_JOBS)
    if lost:
        yield (
            "look",
            f"{lost} jobs were left by a worker that died: a running `gongzhi worker` takes them up within a minute.",
        )
    for name, count, ids in _asked(FAILED_JOBS, MOST_NAMED):
        left = LEAVES.get(name, "its next run makes up for it")
        numbers = ", ".join(map(str, ids))
        yield (
            "look",
            f"{count} jobs {name} failed (the newest: {numbers}): {left}. The worker's log says why; once that is"
            " mended, `gongzhi django procrastinate shell` and `retry NUMBER` run one again.",
        )


def _asked(statement: str, *given: int) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, given or None)
        return list(cursor.fetchall())
