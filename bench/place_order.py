"""What an order costs: sent as a form to granian, beside pgbench replaying the statements of one order.

    python bench/place_order.py

Says the processor time of web server and database for each order (the load generator's is left out), the SQL
statements of the request, and the rate as a share of pgbench's in the same repetition. Ends with 1 where a target is
missed.
"""

import http.client
import json
import multiprocessing
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from _harness import HOME, clone, cpu_seconds, descendants, ended, installed, judge, server
from django.db import connection, connections
from django.test import Client

from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.portal.drafts import Draft
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import interval, short_text
from gongzhi.project import embedded
from tests import cast

CPU_MS = 12.0
RATIO = 0.2
STATEMENTS = 12
CLIENTS = 8
PROCESSES = 2
SECONDS = 10
REPETITIONS = 3
PORT = 8765
TOKEN = "b" * 32
TEXT = "三号水渠从上个月开始一直漏水,东边几户的院子都泡了,麻烦尽快安排人来看一下,晚上尤其严重,谢谢。"
UUID_END = re.compile(r"-[0-9a-f]{12}$")


def form() -> bytes:
    """The third screen of a resident who gives his words and a telephone."""
    return urlencode(
        {
            "draft": Draft.new().signed(),
            "stage": "send",
            "text": TEXT,
            "place_text": "三社东头",
            "about_own": "no",
            "name": "张某",
            "phone": "13912345678",
            "share_phone": "on",
            "csrfmiddlewaretoken": TOKEN,
        }
    ).encode()


def addresses() -> list[str]:
    """The forms of every village of the county, for the kind to which water belongs."""
    kinds = definitions.all_of(OrderKind, region_code=cast.VILLAGE)
    kind = next((each.key for each in kinds if "irrigation" in each.body.categories), kinds[0].key)
    inside = Region.objects.filter(code__range=interval(cast.COUNTY, 3), level=5).order_by("code")
    return [f"/v/{short_text(code, 5)}/order/{kind}/" for code in inside.values_list("code", flat=True)]


@contextmanager
def web() -> Iterator[int]:
    """granian over the bench's database; its process id."""
    command = [
        sys.executable,
        "-m",
        "gongzhi.project.cli",
        "serve",
        "--port",
        str(PORT),
        "--workers",
        "2",
        "--threads",
        "4",
    ]
    process = subprocess.Popen(command, env={**os.environ, "GONGZHI_BEHIND_PROXY": "yes"})
    try:
        while not answers():
            if process.poll() is not None:
                raise SystemExit("granian did not start; what it said stands above")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def answers() -> bool:
    """Whether the web server takes requests."""
    try:
        probe = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
        probe.request("GET", "/healthz")
        return probe.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False


def load(places: list[str], *, seconds: float) -> float:
    """Orders a second that the web server took."""
    queue: Any = multiprocessing.get_context("fork").Queue()
    workers = [
        multiprocessing.get_context("fork").Process(target=_generate, args=(places, seconds, queue))
        for _ in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    counts = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sum(counts) / seconds


def _generate(places: list[str], seconds: float, queue: Any) -> None:
    taken: list[int] = []
    threads = [
        threading.Thread(target=_send, args=(places, seconds, taken)) for _ in range(CLIENTS // PROCESSES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(sum(taken))


def _send(places: list[str], seconds: float, taken: list[int]) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={TOKEN}"}
    chance = random.Random()
    peer = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        house = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"
        peer.request("POST", chance.choice(places), form(), {**headers, "X-Forwarded-For": house})
        answer = peer.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.FOUND:
            raise SystemExit(f"the order was not taken: {answer.status}")
        number += 1
    taken.append(number)


def captured(address: str) -> list[str]:
    """The statements of one order's request, as PostgreSQL is sent them."""
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(connection.connection.cursor().mogrify(sql, params) if params else sql)
        return execute(sql, params, many, context)

    client = Client()
    client.get(address)
    client.post(address, form(), content_type="application/x-www-form-urlencoded")
    with connection.execute_wrapper(note):
        answer = client.post(address, form(), content_type="application/x-www-form-urlencoded")
    if answer.status_code != http.HTTPStatus.FOUND:
        raise SystemExit(answer.content.decode())
    return said


def replay(said: list[str], *, places: int) -> Path:
    """A script of pgbench that makes the same order under new ids each time, from another house and village."""
    written = next(each for each in said if "command_write(" in each)
    document = json.loads(written[written.index("'") + 1 : written.rindex("'")].replace("''", "'"))
    ids = {
        document["event"]["id"],
        document["key"]["client"],
        *(row["row"]["id"] for row in document["rows"]),
    }
    number = next(row["row"]["number"] for row in document["rows"] if "number" in row["row"])
    script = ";\n".join(["BEGIN", *(each.replace("\n", " ") for each in said), "COMMIT;\n"])
    for each in sorted(ids):
        script = script.replace(each, UUID_END.sub("-:a", each))
    script = script.replace(number, number[:7] + ":a")
    script = re.sub(r"(orders_count_intake\('\{[0-9a-f]{52})[0-9a-f]{12},v\d+", r"\1:a,v:b", script)
    path = HOME / "order.sql"
    path.write_text(f"\\set a random(100000000000, 999999999999)\n\\set b random(1, {places})\n{script}")
    return path


def pgbench(script: Path, *, seconds: int) -> float:
    """Transactions a second of pgbench, as the web role. Refuses a run in which one failed."""
    web_role = connections["default"].settings_dict
    command = [
        str(embedded.binary("pgbench")), "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-f", str(script),
        "-h", web_role["HOST"], "-p", str(web_role["PORT"]), "-U", web_role["USER"], web_role["NAME"],
    ]  # fmt: skip
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PGPASSWORD": web_role["PASSWORD"]},
    )
    if done.returncode or "number of failed transactions: 0 " not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])  # type: ignore[index]


def main() -> int:
    with server():
        installed()
        clone("gongzhi")
        places = addresses()
        said = captured(places[0])
        print(
            f"SQL statements of the request: {len(said)}  {judge('statements', len(said), most=STATEMENTS)}"
        )
        for each in said:
            print("   ", " ".join(each.split())[:110])
        script = replay(said, places=len(places))
        postmaster = int((HOME / "pg" / "postmaster.pid").read_text().split()[0])
        rates, costs, ratios = [], [], []
        with web() as granian:
            load(places, seconds=3)
            for _repetition in range(REPETITIONS):
                pids = [*descendants(granian), *descendants(postmaster)]
                before = cpu_seconds(pids)
                rate = load(places, seconds=SECONDS)
                cost = (cpu_seconds(pids) - before) / (rate * SECONDS) * 1000
                tps = pgbench(script, seconds=SECONDS)
                rates.append(rate)
                costs.append(cost)
                ratios.append(rate / tps)
                print(
                    f"{rate:8.1f} orders/s  {cost:6.2f} ms CPU an order  pgbench {tps:8.1f}/s  ratio {rate / tps:.3f}"
                )
        cost, ratio = statistics.median(costs), statistics.median(ratios)
        print(f"CPU an order: {cost:.2f} ms  {judge('CPU an order', cost, most=CPU_MS)}")
        print(f"of pgbench:   {ratio:.3f}     {judge('ratio to pgbench', ratio, least=RATIO)}")
        connections.close_all()
    return ended()


if __name__ == "__main__":
    sys.exit(main())
