"""The doctor's words about orders that nothing moves any longer, and about jobs that are not done."""

from typing import Any

import pytest
from django.db import connections

from gongzhi.project.waiting import waiting
from tests.orders.acting import dispatched, matter, placed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def run(statement: str, *given: Any) -> None:
    """Something goes wrong in the database, past its triggers."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, given or None)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_what_is_well_is_said_in_one_line() -> None:
    run("DELETE FROM procrastinate_jobs")
    order_id, _receipt = placed()
    dispatched(order_id)
    run("DELETE FROM procrastinate_jobs")
    assert [state for state, _words in waiting()] == ["good"]


def test_an_order_that_waits_for_nobody_is_named_and_a_sealed_one_only_counted() -> None:
    run("DELETE FROM procrastinate_jobs")
    plain, sealed = placed()[0], placed(sealed=True)[0]
    run("UPDATE workflow_task SET done_at = now() WHERE matter_id = ANY(%s)", [plain, sealed])
    run("DELETE FROM procrastinate_jobs")
    ((state, words),) = waiting()
    assert state == "bad"
    assert words.startswith(
        f"2 orders ({matter(plain).number}), 1 of them sealed are open and wait for nobody"
    )
    assert "gongzhi reconcile" in words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("workflow_task SET watch_at = now() - interval '1 hour' WHERE matter_id = %s", "been reminded of"),
        ("workflow_task SET watch_at = NULL WHERE matter_id = %s", "past every reminder"),
        ("workflow_matter SET state = 'rated', recorded_at = now() - interval '2 days' WHERE id = %s", "were rated"),
    ],
)  # fmt: skip
def test_what_time_no_longer_moves_is_told_with_what_to_do(change: str, said: str) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    run("UPDATE workflow_matter SET due_at = now() - interval '9 days' WHERE id = %s", order_id)
    run(f"UPDATE {change}", order_id)
    run("DELETE FROM procrastinate_jobs")
    ((state, words),) = waiting()
    assert state == "look"
    assert words.startswith(f"1 orders ({matter(order_id).number}) ")
    assert said in words


def test_jobs_that_are_late_lost_or_failed_are_told_with_what_they_leave_behind() -> None:
    run("DELETE FROM procrastinate_jobs")
    for name, status, late in (
        ("orders.tell", "todo", "1 hour"),
        ("orders.tell", "todo", "-1 hour"),
        ("orders.part", "doing", "1 hour"),
        ("orders.dispatch", "failed", "1 hour"),
        ("orders.dispatch", "failed", "1 hour"),
        ("orders.learn", "failed", "1 hour"),
    ):
        run(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at, attempts,"
            " abort_requested) VALUES ('default', %s, 0, '{}', %s::procrastinate_job_status, now() - %s::interval, 0,"
            " false)",
            name, status, late,
        )  # fmt: skip
    said = [words for _state, words in waiting()]
    assert [words.split(" (")[0].split(" wait")[0] for words in said] == [
        "1 jobs orders.tell",
        "1 jobs were left by a worker that died: a running `gongzhi worker` takes them up within a minute.",
        "2 jobs orders.dispatch failed",
        "1 jobs orders.learn failed",
    ]
    assert "which see them" in said[2]
    assert "its next run makes up for it" in said[3]
    assert "retry NUMBER" in said[2]


def test_every_named_job_of_the_list_is_there() -> None:
    from procrastinate.contrib.django import app

    from gongzhi.project.waiting import LEAVES

    assert set(LEAVES) <= set(app.tasks)
