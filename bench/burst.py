"""A steady stream of orders, then ten times as many for a minute, and connections cut in the middle: none is lost.

    python bench/burst.py [--steady ORDERS_A_SECOND] [--seconds SECONDS] [--times FACTOR]

Orders come at their own times, whether earlier ones were answered or not, over HTTP to granian. Every tenth sender
hangs up before the answer and sends the same draft again. In the middle of the burst every connection of the web
servers to the database is cut. Whoever is refused (429, 503) waits as Retry-After says (a second here) and sends the
same form again. Ends with 1 where an acknowledged order is not in the database exactly once, where an order is there
that nobody was told of, where a refusal has no words, no Retry-After or not what was typed, or where a sender never
got through.
"""

import argparse
import collections
import http.client
import queue
import random
import sys
import threading
import time
from dataclasses import dataclass, field

from _harness import clone, connections, ended, installed, judge, p95, server
from place_order import PORT, TEXT, TOKEN, addresses, form, web

from gongzhi.capabilities.orders.rules import hash_receipt

STEADY, SECONDS, TIMES, WARM = 5.0, 60, 10, 10
SENDERS = 48
MOST_TRIES = 40
HANGS_UP = 0.1
FOUND, BUSY = 302, {429, 503}


@dataclass
class Seen:
    """What the senders saw, by phase."""

    acknowledged: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: collections.defaultdict(list))
    answers: collections.Counter[str] = field(default_factory=collections.Counter)
    unclear: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def send(places: list[str], seen: Seen, *, phase: str, planned: float, chance: random.Random) -> None:
    """One resident: the same form to the same address, until it is acknowledged."""
    address, body = chance.choice(places), form()
    house = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"
    hang_up = chance.random() < HANGS_UP
    for _try in range(MOST_TRIES):
        try:
            status, headers, words = ask(address, body, house=house, hang_up=hang_up)
        except (OSError, http.client.HTTPException) as error:
            status, headers, words = type(error).__name__, {}, ""
        with seen.lock:
            seen.answers["hung up" if hang_up else str(status)] += 1
        if status == FOUND:
            with seen.lock:
                seen.acknowledged.append(headers["location"].split("/")[2])
                seen.times[phase].append((time.monotonic() - planned) * 1000)
            return
        helped = status in BUSY and "retry-after" in headers and TEXT in words and "再试一次" in words
        if isinstance(status, int) and not helped:
            seen.unclear.append(f"{status}: {words[:200]}")
        if not hang_up:
            time.sleep(1)
        hang_up = False
    seen.never.append(address)


def ask(address: str, body: bytes, *, house: str, hang_up: bool) -> tuple[int | str, dict[str, str], str]:
    """One request; who hangs up reads nothing of the answer."""
    peer = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={TOKEN}"}
    try:
        peer.request("POST", address, body, {**headers, "X-Forwarded-For": house})
        if hang_up:
            return "hung up", {}, ""
        answer = peer.getresponse()
        words = answer.read().decode(errors="replace")
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}, words
    finally:
        peer.close()


def stream(places: list[str], seen: Seen, *, phase: str, rate: float, seconds: float) -> None:
    """Let orders come at a rate, whether or not the earlier ones were answered, and wait until all are."""
    waiting: queue.Queue[float | None] = queue.Queue()

    def sender(number: int) -> None:
        chance = random.Random(f"{phase} {number}")
        while (planned := waiting.get()) is not None:
            send(places, seen, phase=phase, planned=planned, chance=chance)

    threads = [threading.Thread(target=sender, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    begun = time.monotonic()
    for number in range(int(rate * seconds)):
        planned = begun + number / rate
        time.sleep(max(0.0, planned - time.monotonic()))
        waiting.put(planned)
    for _thread in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    times = seen.times[phase]
    print(
        f"{phase:7} {rate:6.1f}/s for {seconds:.0f} s: {len(times)} acknowledged in {took:.0f} s, "
        f"half within {sorted(times)[len(times) // 2]:.0f} ms, 95 % within {p95(times):.0f} ms",
        flush=True,
    )


def cut(after: float) -> None:
    """Cut every connection of the web servers, once."""
    time.sleep(after)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'gongzhi-web' AND pid <> pg_backend_pid()"
        )
        print(f"        {cursor.fetchone()[0]} connections of the web servers were cut", flush=True)
    connections.close_all()


def compare(seen: Seen) -> None:
    """Acknowledged orders against those in the database."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT receipt_hash FROM workflow_matter WHERE receipt_hash IS NOT NULL")
        there = collections.Counter(found for (found,) in cursor.fetchall())
        cursor.execute("SELECT count(*) FROM events_event WHERE name = 'order.placed'")
        (events,) = cursor.fetchone()
    told = collections.Counter(hash_receipt(receipt) for receipt in seen.acknowledged)
    lost = sum(1 for each in told if there[each] == 0)
    twice = sum(1 for count in there.values() if count > 1) + sum(1 for count in told.values() if count > 1)
    untold = sum(1 for each in there if each not in told)
    print(f"answers: {dict(seen.answers)}")
    for each in seen.unclear[:3]:
        print(f"unclear: {each}")
    print(f"acknowledged and not there: {lost}  {judge('lost', lost, most=0)}")
    print(f"there more than once:       {twice}  {judge('twice', twice, most=0)}")
    print(f"there and never told of:    {untold}  {judge('untold', untold, most=0)}")
    print(
        f"placed once too often:      {events - len(there)}  {judge('events', abs(events - len(there)), most=0)}"
    )
    print(f"refused without help:       {len(seen.unclear)}  {judge('unclear', len(seen.unclear), most=0)}")
    print(f"never got through:          {len(seen.never)}  {judge('never', len(seen.never), most=0)}")


def main() -> int:
    given = argparse.ArgumentParser()
    given.add_argument("--steady", type=float, default=STEADY)
    given.add_argument("--seconds", type=float, default=SECONDS)
    given.add_argument("--times", type=float, default=TIMES)
    asked = given.parse_args()
    with server():
        installed()
        clone("gongzhi")
        places, seen = addresses(), Seen()
        connections.close_all()
        with web():
            stream(places, seen, phase="steady", rate=asked.steady, seconds=min(WARM, asked.seconds))
            cutting = threading.Thread(target=cut, args=(asked.seconds / 2,))
            cutting.start()
            stream(places, seen, phase="burst", rate=asked.steady * asked.times, seconds=asked.seconds)
            cutting.join()
        compare(seen)
        connections.close_all()
    return ended()


if __name__ == "__main__":
    sys.exit(main())
