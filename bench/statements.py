"""SQL statements a page: all of a request, its sign-in included. -v shows them.

    python bench/statements.py [-v]

Ends with 1 where a page takes more than its bound.
"""

import sys
from collections.abc import Callable
from typing import Any

from _harness import clone, ended, installed, judge, server
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongzhi.capabilities.orders.rules import normalise_receipt
from tests.orders.acting import checked, dispatched, matter, placed, step
from tests.orders.at_desk import desk as at_desk
from tests.orders.at_portal import VILLAGE, send, third_screen

CREATE, LIST, DETAIL = 12, 8, 10
ORDERS = 60
CONTROL = {"BEGIN", "COMMIT"}
"""Round trips that read and write nothing."""

Ask = Callable[[], Any]


def pages() -> list[tuple[str, Ask, int]]:
    """Each page, how to ask for it, and the most statements that it may take."""
    receipts = [placed()[1] for _ in range(ORDERS)]
    order_id, receipt = placed()
    dispatched(order_id)
    done, _receipt = placed()
    checked(done)
    taken, _receipt = placed()
    dispatched(taken)
    step("worker", taken, "accept")
    number = matter(taken).number
    anybody, desk, worker = Client(), at_desk("desk"), at_desk("worker")
    code = normalise_receipt(receipts[0])
    return [
        ("resident: home", lambda: anybody.get("/"), LIST),
        ("resident: a village's page", lambda: anybody.get(f"/v/{VILLAGE}/"), LIST),
        ("resident: kinds of order", lambda: anybody.get(f"/v/{VILLAGE}/order/"), LIST),
        ("resident: places an order", sending(anybody), CREATE),
        ("resident: follows an order", lambda: anybody.get(f"/r/{normalise_receipt(receipt)}/"), DETAIL),
        ("resident: the receipt", lambda: anybody.get(f"/r/{code}/receipt/"), DETAIL),
        ("desk: what waits, 50 of 60", lambda: desk.get("/desk/"), LIST),
        ("desk: all orders, 50 of 60", lambda: desk.get("/desk/?list=all"), LIST),
        ("desk: a search", lambda: desk.get("/desk/?q=路灯"), LIST),
        ("desk: an order", lambda: desk.get(f"/desk/orders/{number}/"), DETAIL),
        ("field: today", lambda: worker.get("/field/api/today"), LIST),
        ("field: an order", lambda: worker.get(f"/field/api/matters/{taken}"), DETAIL),
    ]


def sending(client: Client) -> Ask:
    """Sending the third screen, which is reached beforehand."""
    page = third_screen(client)
    return lambda: send(client, page)


def main() -> int:
    with server():
        installed()
        clone("gz_bench_statements")
        print(f"{'page':<32}{'statements':>11}{'at most':>9}")
        for what, ask, most in pages():
            if "places" not in what:
                ask()  # definitions are read once a process
            with CaptureQueriesContext(connection) as captured:
                answer = ask()
            said = [each["sql"] for each in captured.captured_queries if each["sql"] not in CONTROL]
            count = len(said)
            if answer.status_code != (302 if "places" in what else 200):
                raise SystemExit(f"{what}: {answer.status_code}")
            if "-v" in sys.argv:
                print("\n".join("    " + " ".join(sql.split())[:150] for sql in said))
            print(f"{what:<32}{count:>11}{most:>9}  {judge(what, count, most=most)}")
        connections.close_all()
    return ended()


if __name__ == "__main__":
    sys.exit(main())
