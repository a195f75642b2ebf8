"""What a worker leaves behind when it dies: its jobs are taken up again, and nothing outside is asked for twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from gongzhi.capabilities.orders.models import Delivery
from gongzhi.capabilities.orders.notices.rules import MOST_TRIES
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.project import working
from tests import cast, databases
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import desk, page
from tests.orders.stub_provider import Provider, provider

real = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PHONE = "13912345678"
SECONDS = 30


def run(statement: str, *given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall()) if cursor.description else []


def a_worker(*, silent: int) -> int:
    said = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id"
    found: int = run(said, silent)[0][0]
    return found


def a_job(
    worker: int | None, *, status: str = "doing", queueing_lock: str | None = None, attempts: int = 0
) -> int:
    found: int = run(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, status, worker_id,"
        " attempts, abort_requested) VALUES ('default', 'orders.watch', 0, NULL, %s, '{}', %s, %s, %s, false)"
        " RETURNING id",
        queueing_lock, status, worker, attempts,
    )[0][0]  # fmt: skip
    return found


def status_of(job: int) -> tuple[str, int]:
    ((status, attempts),) = run("SELECT status::text, attempts FROM procrastinate_jobs WHERE id = %s", job)
    return status, attempts


@pytest.mark.django_db
def test_the_jobs_of_a_worker_that_fell_silent_are_taken_up_again() -> None:
    dead, alive = a_worker(silent=31), a_worker(silent=5)
    lost, running, forgotten = a_job(dead), a_job(alive), a_job(None)
    waiting = a_job(None, status="todo")
    assert working.reclaim() == 2
    assert status_of(lost) == ("todo", 1)
    assert status_of(forgotten) == ("todo", 1)
    assert status_of(running) == ("doing", 0)
    assert status_of(waiting) == ("todo", 0)
    assert working.reclaim() == 0


@pytest.mark.django_db
def test_a_job_whose_next_one_waits_already_makes_way_for_it() -> None:
    lost, following = (
        a_job(a_worker(silent=99), queueing_lock="orders.watch"),
        a_job(None, status="todo", queueing_lock="orders.watch"),
    )
    assert working.reclaim() == 1
    assert status_of(lost)[0] == "aborted"
    assert status_of(following) == ("todo", 0)


@pytest.mark.django_db
def test_a_job_that_kills_every_worker_is_left_lying_and_shown_as_failed() -> None:
    lost = a_job(a_worker(silent=99), attempts=working.MOST_ATTEMPTS)
    assert working.reclaim() == 1
    assert status_of(lost)[0] == "failed"


# -- a real worker, a real provider, and real commits


@contextmanager
def a_real_worker(stub: Provider) -> Iterator[subprocess.Popen[bytes]]:
    """`gongzhi worker` over this test's own database, sending by the stub."""
    variables = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.project.settings_of_a_clone",
        "GONGZHI_TEST_DATABASE": connections["owner"].settings_dict["NAME"],
        "PYTHONPATH": os.pathsep.join([str(databases.ROOT), os.environ.get("PYTHONPATH", "")]),
        "GONGZHI_SMS_URL": stub.url + "/send",
        "GONGZHI_SMS_KEY": "secret",
    }
    command = [sys.executable, "-m", "gongzhi.project.cli", "worker"]
    process = subprocess.Popen(command, env=variables)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], Any]) -> Any:
    end = time.monotonic() + SECONDS
    while not (found := true()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


def deliveries(order_id: UUID) -> list[Delivery]:
    with enter(person_id=cast.find("county").person_id):
        return list(Delivery.objects.filter(order_id=order_id).order_by("id"))


def no_longer_wait() -> None:
    """Time passes: what waits for the morning or for others may be sent now, and the dead worker is silent for long."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE orders_delivery SET due_at = now(), urgent = true WHERE state = 'queued'")
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE task_name = 'orders.deliver'")
        cursor.execute("SET session_replication_role = DEFAULT")


def silent_for_long() -> None:
    run("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


@real
def test_a_message_whose_worker_died_before_the_answer_is_uncertain_and_sent_no_second_time() -> None:
    with provider() as stub:
        stub.say(0)  # takes it, and does not answer for a second
        order_id, _receipt = placed(phone=PHONE)
        dispatched(order_id)
        step("worker", order_id, "accept")
        with a_real_worker(stub) as process:
            until(lambda: deliveries(order_id))
            no_longer_wait()
            until(lambda: stub.asked)
            process.send_signal(signal.SIGKILL)
            process.wait()
        (row,) = deliveries(order_id)
        assert (row.state, row.tries) == ("uncertain", 1)
        assert stub.asked[0]["headers"]["Idempotency-Key"] == str(row.key)
        stub.say(202, {"id": "g-1"})
        silent_for_long()
        with a_real_worker(stub):
            until(lambda: not run("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"))
            until(lambda: jobs_of(row.id) == ["succeeded"])
        assert len(stub.asked) == 1
        (row,) = deliveries(order_id)
        assert (row.state, row.tries) == ("uncertain", 1)
    assert row.tries < MOST_TRIES
    shown = page(desk(), "/desk/notices/")
    assert matter(order_id).number in shown
    assert "不确定是否发出" in shown


def jobs_of(delivery_id: UUID) -> list[str]:
    found = run(
        "SELECT args, status::text FROM procrastinate_jobs WHERE task_name = 'orders.deliver' ORDER BY id"
    )
    return [
        status
        for args, status in found
        if (json.loads(args) if isinstance(args, str) else args)["delivery_id"] == str(delivery_id)
    ]


@real
def test_a_job_that_died_between_its_change_and_its_end_changes_nothing_a_second_time() -> None:
    with provider() as stub:
        stub.say(202, {"id": "g-1"})
        order_id, _receipt = placed(phone=PHONE)
        with a_real_worker(stub):
            until(lambda: matter(order_id).state == "dispatched")
            until(lambda: not run("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"))
        before = events(order_id)
        dead = a_worker(silent=99)
        run(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE task_name IN ('orders.dispatch',"
            " 'orders.tell') AND status = 'succeeded'",
            dead,
        )
        with a_real_worker(stub):
            until(lambda: not run("SELECT 1 FROM procrastinate_jobs WHERE worker_id = %s", dead))
            until(lambda: not run("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"))
        assert events(order_id) == before
        assert run("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == [(0,)]


@real
def test_a_worker_whose_connections_were_cut_goes_on() -> None:
    with provider() as stub:
        stub.say(202, {"id": "g-1"})
        first, _receipt = placed()
        with a_real_worker(stub) as process:
            until(lambda: matter(first).state == "dispatched")
            with connections["owner"].cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'gongzhi-worker'"
                )
                assert cursor.fetchone()[0] > 0
            second, _receipt = placed()
            until(lambda: matter(second).state == "dispatched" or process.poll() is not None)
            assert process.poll() is None
        assert run("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == [(0,)]


def events(order_id: UUID) -> list[str]:
    with enter(person_id=cast.find("county").person_id):
        return list(Event.objects.filter(thread=order_id).order_by("id").values_list("name", flat=True))
