"""What may be the same as an order: how long it takes to find at 10,000 and at 1,000,000 orders, all in one county.

    python bench/alike.py [ROWS ...]

Asks the database's `orders_alike` alone, and the whole comparison that the desk's page shows, of the newest orders of
the cast's township and of some of any age, as the township's desk. Each question goes to both databases in turn, so
that a busy machine slows both. The function looks through what lies in the township within 90 days of the order, 3,000
at most: so its time grows with the orders until there are as many, and then no more. Ends with 1 where its 95th
percentile at the largest size is above 200 ms, or for each order looked through more than 1.5 times the smallest's.
"""

import gc
import random
import statistics
import sys
from datetime import timedelta
from uuid import UUID

from _harness import SHAPE, clone, ended, exists, installed, judge, p95, point_at, server
from desk import SIZES, Taken, ask_once, fill
from django.db import connections

from gongzhi.capabilities.orders.likeness import DAYS
from gongzhi.capabilities.orders.models import OrderWords
from gongzhi.capabilities.orders.queries.likeness import MOST_READ, comparison
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.regions.rules import Level, interval
from gongzhi.workflow.models import Matter
from tests import cast

SAMPLE = 40
ROUNDS = 3
WARM = 1
RATIO = 1.5
MOST = 200.0
LOOKED_THROUGH = 3000
TOWNSHIP = interval(cast.TOWN, Level.TOWNSHIP)
AROUND = timedelta(days=DAYS)
QUESTIONS = ("orders_alike", "comparison")


def sample(person: UUID) -> list[Matter]:
    """The newest orders of the township, and as many of any age."""
    chance = random.Random(7)
    with enter(person_id=person):
        mine = Matter.objects.filter(subject="orders", region_code__range=TOWNSHIP, leading__isnull=True)
        newest = list(mine.order_by("-recorded_at", "-id")[: SAMPLE // 2])
        ids = list(mine.order_by("id").values_list("id", flat=True)[:200_000])
        others = Matter.objects.in_bulk(chance.sample(ids, SAMPLE // 2))
    return [*newest, *(others[key] for key in sorted(others))]


def before_it(matters: list[Matter], person: UUID) -> float:
    """How many orders of the township lie within 90 days of each: the median."""
    counts = []
    with enter(person_id=person):
        for each in matters:
            near = OrderWords.objects.filter(
                region_code__range=TOWNSHIP,
                recorded_at__range=(each.recorded_at - AROUND, each.recorded_at + AROUND),
            )
            counts.append(near.count())
    return statistics.median(counts)


def function_alone(matter: Matter) -> int:
    """How many candidates `orders_alike` tells."""
    since, until = matter.recorded_at - AROUND, matter.recorded_at + AROUND
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT id FROM orders_alike(%s, %s, %s, %s, %s, %s)",
            [matter.id, *TOWNSHIP, since, until, MOST_READ],
        )
        return len(cursor.fetchall())


def asked_of(matter: Matter, what: str, *, person: UUID) -> tuple[float, float]:
    """Milliseconds of one question about one order, by the clock and on a processor."""

    def question(actor: Actor) -> object:
        return function_alone(matter) if what == QUESTIONS[0] else comparison(actor, matter)

    return ask_once(question, person)


def ask(names: list[str], samples: dict[str, list[Matter]], *, person: UUID) -> dict[str, list[Taken]]:
    """Ask each question of every order of both samples, database by database in turn; their connections are kept."""
    web, kept = connections["default"], []
    for name in names:
        point_at(name)
        web.ensure_connection()
        kept.append(web.connection)
        web.connection = None  # another one comes, and this one stays open
    gc.collect()
    gc.freeze()
    taken = {what: [Taken() for _each in names] for what in QUESTIONS}
    for run in range(ROUNDS + WARM):
        for what in QUESTIONS:
            for number in range(SAMPLE):
                for place, name in enumerate(names):
                    web.connection, web.settings_dict["NAME"] = kept[place], name
                    wall, cpu = asked_of(samples[name][number], what, person=person)
                    if run >= WARM:
                        taken[what][place].wall.append(wall)
                        taken[what][place].cpu.append(cpu)
    for each in kept:
        each.close()
    return taken


def main() -> int:
    sizes = [int(each.replace(",", "")) for each in sys.argv[1:]] or list(SIZES)
    names = [f"{SHAPE}_{rows}" for rows in sizes]
    with server():
        installed()
        samples: dict[str, list[Matter]] = {}
        looked: list[float] = []
        person = None
        for rows, name in zip(sizes, names, strict=True):
            if not exists(name):
                clone(name)
                fill(rows)
            point_at(name)
            person = person or cast.find("desk").person_id
            samples[name] = sample(person)
            near = before_it(samples[name], person)
            looked.append(min(near, LOOKED_THROUGH))
            print(f"{rows:>9,} orders: {near:,.0f} within 90 days in the township")
        assert person is not None
        taken = ask(names, samples, person=person)
    heads = "".join(f"{rows:>14,}" for rows in sizes)
    print(f"\n{'ms':<28}{heads}   ratio")
    for what in QUESTIONS:
        for told, read in (("median", statistics.median), ("p95", p95), ("p95 cpu", p95)):
            figures = [read(each.cpu if "cpu" in told else each.wall) for each in taken[what]]
            row = "".join(f"{figure:>14.1f}" for figure in figures)
            print(f"{what + ', ' + told:<28}{row}{figures[-1] / figures[0]:>8.2f}")
    slowest = [p95(each.wall) for each in taken[QUESTIONS[0]]]
    each_one = (slowest[-1] / looked[-1]) / (slowest[0] / looked[0])
    print(f"\n{QUESTIONS[0]}: for each order looked through {each_one:.2f} times as long,", end=" ")
    print(judge("for each order", each_one, most=RATIO), end="; ")
    print(f"p95 at the largest {slowest[-1]:.0f} ms,", judge("p95", slowest[-1], most=MOST))
    return ended()


if __name__ == "__main__":
    sys.exit(main())
