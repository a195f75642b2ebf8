"""The worker is killed (-9) again and again while orders go their way: whatever a job does is done exactly once.

    python bench/kill.py [--orders N] [--kills N]

Orders are placed, dispatched by the worker, accepted, fulfilled, checked, rated and closed; every third one is left
lying until time calls on the levels above. A gateway of text messages on this machine takes its time; the worker is
killed at random moments, most often while it waits for an answer. Nothing tells the next worker what was in hand: it
waits until the dead one is silent for long enough, as in earnest. Ends with 1 where a step, a closing, a reminder, a
notice or a message happened twice or never, where a message that may have been taken is not shown as uncertain, or
where a job still lies there.
"""

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any
from uuid import UUID

from _harness import clone, connections, ended, installed, judge, server
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gongzhi.capabilities.orders.commands import Asked, rate_order
from gongzhi.capabilities.orders.models import Delivery
from gongzhi.capabilities.orders.queries.notices import AMISS, Wanted, deliveries_in
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import placed, step
from tests.orders.stub_provider import Provider, provider

ORDERS, KILLS = 60, 10
ANSWERS_AFTER = 0.4
LEFT = 3
PATIENCE = 300
MESSAGE_WITHIN = 30
ONCE = ("placed", "dispatched", "accepted", "fulfilled", "checked", "rated", "closed")
OPEN_JOBS = """
SELECT task_name, status::text, count(*) FROM procrastinate_jobs
 WHERE status IN ('doing', 'failed') OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))
 GROUP BY 1, 2 ORDER BY 1, 2
"""
NO_LONGER_WAIT = """
SET session_replication_role = replica;
UPDATE orders_delivery SET due_at = now(), urgent = true WHERE state = 'queued' AND tries = 0 AND due_at > now();
UPDATE procrastinate_jobs SET scheduled_at = NULL
 WHERE task_name = 'orders.deliver' AND status = 'todo' AND scheduled_at > now();
SET session_replication_role = DEFAULT
"""
"""It is neither night, nor are notices gathered: the bench does not wait for the morning."""
LATE = """
SET session_replication_role = replica;
UPDATE workflow_task SET due_at = due_at - interval '90 days', watch_at = now() - interval '1 day'
 WHERE done_at IS NULL AND matter_id = ANY(%s) AND due_at > now();
UPDATE workflow_round SET due_at = due_at - interval '90 days' WHERE matter_id = ANY(%s) AND due_at > now();
UPDATE workflow_matter SET due_at = due_at - interval '90 days', respond_by = respond_by - interval '90 days'
 WHERE id = ANY(%s) AND due_at > now();
SET session_replication_role = DEFAULT
"""


class Slow(Provider):
    """A gateway that takes a message at once and answers after a while."""

    cut = 0
    """So often its asker was killed in between."""

    def answer(self, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        time.sleep(ANSWERS_AFTER)
        return 202, {"id": str(uuid7())}, {}


def worker(stub: Slow) -> subprocess.Popen[bytes]:
    """`gongzhi worker`, sending by the gateway of this bench."""
    own = {"GONGZHI_SMS_URL": stub.url + "/send", "GONGZHI_SMS_KEY": "secret"}
    command = [sys.executable, "-m", "gongzhi.project.cli", "worker"]
    return subprocess.Popen(command, env={**os.environ, **own}, stderr=subprocess.DEVNULL)


class Orders:
    """The orders of this run, and how far each is."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.receipts: dict[UUID, str] = {}
        self.left: list[UUID] = []

    def go_on(self) -> bool:
        """Place the next one and take every step that people take; whether all have come to their end."""
        if len(self.receipts) < self.count:
            order_id, receipt = placed(phone="13912345678")
            self.receipts[order_id] = receipt
            if len(self.receipts) % LEFT == 0:
                self.left.append(order_id)
        states = self.states()
        for order_id, state in states.items():
            if order_id not in self.left:
                self.act(order_id, state)
        late = [each for each in self.left if states[each] == "dispatched"]
        with connections["owner"].cursor() as cursor:
            cursor.execute(NO_LONGER_WAIT)
            cursor.execute(LATE, [late, late, late])
        with suppress(AlreadyEnqueued):
            app.configure_task("orders.watch").defer(timestamp=0)
        ends = {each: "dispatched" if each in self.left else "closed" for each in self.receipts}
        return len(self.receipts) == self.count and states == ends

    def states(self) -> dict[UUID, str]:
        """How each order stands."""
        with enter(person_id=cast.find("county").person_id):
            return dict(Matter.objects.filter(id__in=list(self.receipts)).values_list("id", "state"))

    def act(self, order_id: UUID, state: str) -> None:
        """What a person does next."""
        if state == "dispatched":
            step("worker", order_id, "accept")
        elif state in {"accepted", "in_hand"}:
            step("worker", order_id, "fulfil", outcome="solved", words="换了灯泡")
        elif state == "fulfilled":
            step("desk", order_id, "check")
        elif state == "checked":
            with enter(receipt=hash_receipt(self.receipts[order_id])) as actor:
                asked = Asked(order_id, client_id=uuid7())
                rate_order(actor=actor, asked=asked, given=Given(stars=5, solved="yes"))


def kill_again_and_again(stub: Slow, *, kills: int, done: threading.Event) -> int:
    """Kill worker after worker; the last one lives until everything is done."""
    chance, killed = random.Random(3), 0
    while not done.is_set():
        process = worker(stub)
        in_the_middle = killed % 2 == 0  # of a message: it was asked for, and not answered yet
        lives = MESSAGE_WITHIN if in_the_middle else chance.uniform(4, 12)
        until = time.monotonic() + lives if killed < kills else float("inf")
        while time.monotonic() < until and not done.is_set():
            if killed < kills and in_the_middle and len(stub.started) > len(stub.asked):
                stub.cut += 1
                break
            time.sleep(0.02)
        if done.is_set():
            process.terminate()
        else:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    return killed


def lying() -> list[tuple[str, str, int]]:
    """The jobs that are not done though they could be."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_JOBS)
        return list(cursor.fetchall())


def compare(orders: Orders, stub: Slow) -> None:
    """What happened, against what should have happened once."""
    with enter(person_id=cast.find("county").person_id) as actor:
        events = list(Event.objects.filter(thread__in=list(orders.receipts)).values("thread", "name", "data"))
        rows = list(Delivery.objects.filter(order_id__in=list(orders.receipts)))
        shown = {each.row.id for each in deliveries_in(actor, Wanted(AMISS), limit=10_000).rows}
    steps = collections.Counter((each["thread"], each["name"]) for each in events)
    wanted = {
        (order_id, f"order.{name}")
        for order_id in orders.receipts
        for name in (ONCE[:2] if order_id in orders.left else ONCE)
    }
    wrong = sum(1 for each in wanted if steps[each] != 1)
    tell("steps that did not happen exactly once", wrong, of=len(wanted))
    watched = [
        (each["thread"], each["data"]["watch"], each["data"].get("round", 1))
        for each in events
        if "watch" in each["data"]
    ]
    tell("reminders and escalations that happened twice", len(watched) - len(set(watched)), of=len(watched))
    idle = sum(1 for each in orders.left if each not in {order_id for order_id, _key, _round in watched})
    tell("orders left lying that nobody was told of", idle, of=len(orders.left))
    queued = collections.Counter(
        (each["thread"], each["data"]["of"]) for each in events if each["name"] == "order.notices_queued"
    )
    tell("steps told of twice", sum(1 for count in queued.values() if count > 1), of=len(queued))
    sent = collections.Counter(each["headers"]["Idempotency-Key"] for each in stub.started)
    tell("messages asked for twice", sum(1 for count in sent.values() if count > 1), of=len(sent))
    waiting = sum(1 for each in rows if each.state not in {"sent", "delivered", "uncertain", "dropped"})
    tell("notices that still wait or failed", waiting, of=len(rows))
    unsure = [each for each in rows if each.state == "uncertain"]
    tell(
        "uncertain notices that no desk sees",
        sum(1 for each in unsure if each.id not in shown),
        of=len(unsure),
    )
    tell("messages cut off that are not called uncertain", max(0, stub.cut - len(unsure)), of=stub.cut)
    false = sum(1 for each in rows if each.state in {"sent", "delivered"} and str(each.key) not in sent)
    tell("notices called sent that nobody took", false, of=len(rows))
    for each in lying():
        print("   still there:", *each)
    tell("jobs that still lie there", sum(count for _name, _status, count in lying()))


def tell(what: str, count: int, *, of: int | None = None) -> None:
    """One line of the result."""
    print(f"{what}: {count}{'' if of is None else f' of {of}'}  {judge(what, count, most=0)}", flush=True)


def main() -> int:
    given = argparse.ArgumentParser()
    given.add_argument("--orders", type=int, default=ORDERS)
    given.add_argument("--kills", type=int, default=KILLS)
    asked = given.parse_args()
    with server():
        installed()
        clone("gongzhi")
        begun, done, orders = time.monotonic(), threading.Event(), Orders(asked.orders)
        with provider(Slow()) as stub:
            killing: list[int] = []
            killer = threading.Thread(
                target=lambda: killing.append(kill_again_and_again(stub, kills=asked.kills, done=done))
            )
            killer.start()
            finished = False
            while not finished and time.monotonic() - begun < PATIENCE + 15 * asked.kills:
                time.sleep(0.3)
                finished = orders.go_on() and not [each for each in lying() if each[0] != "orders.watch"]
            done.set()
            killer.join()
            print(f"{asked.orders} orders, {killing[0]} workers killed, {time.monotonic() - begun:.0f} s")
            tell("orders that did not come to their end", 0 if finished else 1)
            compare(orders, stub)
        connections.close_all()
    return ended()


if __name__ == "__main__":
    sys.exit(main())
