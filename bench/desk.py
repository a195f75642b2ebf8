"""The desk's list of orders at 10,000 and at 1,000,000 orders, all in one county, read as the web role.

    python bench/desk.py [ROWS ...]

Each question is asked of both databases in turn, so that a busy machine slows both; beside the clock stands the time
on a processor. Ends with 1 where the 95th percentile of the large one is more than 1.5 times the small one's.
"""

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from _harness import SHAPE, clone, ended, exists, installed, judge, on_cpu, p95, point_at, server, timed
from django.db import connections
from django.utils import timezone

from gongzhi.capabilities.orders import rules
from gongzhi.capabilities.orders.definitions import Category, Lexicon, OrderKind
from gongzhi.capabilities.orders.queries import Filters, orders_listed, tasks_waiting
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import plain_name
from gongzhi.core.regions.queries import standing
from gongzhi.core.regions.rules import interval
from gongzhi.workflow.definitions import Deadline
from gongzhi.workflow.models import Matter
from tests import cast

SIZES = (10_000, 1_000_000)
RUNS = 25
RATIO = 1.5
DAYS = 3 * 365
COMMON, MIDDLING, RARE = "水渠", "涵管", "蝗灾"
SHARES = {COMMON: 0.25, MIDDLING: 0.01}
FEW = 100
"""The rarest state, word and mark stand on so many orders, however many there are: a rare thing is one page long."""
WARM = 3
THOUSANDTH = "the 1,000th page"
FILLERS = [
    "麻烦尽快安排人来看一下", "已经好几天了没人管", "老人出门很不方便", "希望能给个说法", "我们几户人家都受影响",
    "昨天又发生了一次", "以前也反映过", "不知道该找谁办", "请帮忙问一问", "谢谢你们辛苦了", "晚上尤其严重",
    "孩子上学要经过这里",
    "下雨天更加难走", "村里说正在想办法", "要花多少钱", "什么时候能办好", "东边第三家门口", "离村委会不远",
    "从去年冬天开始",
]  # fmt: skip
STATES = {"received": 12, "dispatched": 18, "accepted": 25, "in_hand": 35, "fulfilled": 6, "checked": 4}
TASKS = {
    "received": ("dispatch", "desk"),
    "dispatched": ("accept", "handler"),
    "accepted": ("fulfil", "handler"),
    "in_hand": ("fulfil", "handler"),
    "returned": ("dispatch", "desk"),
    "fulfilled": ("check", "checker"),
    "checked": ("rate", "reporter"),
}
COLUMNS = {
    "workflow_matter": "id event_id version number subject family kind kind_id flow_id deadline_id state outcome "
    "region_code region_level holder_id source urgent quarantined round occurred_at recorded_at due_at due_trace "
    "closed_at",
    "orders_order": "id event_id version category category_by certainty reasons open_to_helpers danger external_source "
    "external_number solved rated_by_call complaints",
    "orders_orderwords": "id event_id version matter_id title text place_text bigrams region_code recorded_at",
    "workflow_task": "id event_id version matter_id what holder_id part region_code opened_at due_at result",
}

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid = ANY(%s::text[]::regclass[]) AND NOT indisunique
"""
"""What is made anew once the rows are there: twice as fast as row by row."""


class Maker:
    """Makes orders up, always the same ones for a size."""

    def __init__(self, rows: int) -> None:
        self.chance = random.Random(7)
        self.rows = rows
        self.few = FEW / rows
        self.shares = {**SHARES, RARE: self.few}
        place = cast.VILLAGE
        self.kinds = definitions.all_of(OrderKind, region_code=place)
        self.flow = definitions.get("flow", "order", region_code=place).id
        self.deadlines = {each.key: each.id for each in definitions.all_of(Deadline, region_code=place)}
        words = {
            key: [*spoken.strong, *spoken.fair]
            for each in definitions.all_of(Lexicon, region_code=place)
            for key, spoken in each.body.words.items()
        }
        everyday = [word for many in words.values() for word in many if word not in self.shares]
        self.words = {
            each.key: words.get(each.key) or everyday
            for each in definitions.all_of(Category, region_code=place)
        }
        county = interval(cast.COUNTY, 3)
        self.villages = list(
            Region.objects.filter(code__range=county, level=5).order_by("code").values_list("code", "name")
        )
        self.holders: dict[int, UUID] = dict(
            Post.objects.filter(role="grid_worker").values_list("region_code", "id")
        )
        self.holder = next(iter(self.holders.values()))
        self.newest = timezone.now()

    def text(self, category: str) -> str:
        chance = self.chance
        parts = [chance.choice(self.words[category]) for _ in range(3)] + chance.sample(
            FILLERS, chance.randint(2, 6)
        )
        parts += [word for word, share in self.shares.items() if chance.random() < share]
        chance.shuffle(parts)
        return ",".join(parts) + "。"

    def state(self, age: timedelta) -> str:
        chance = self.chance
        if chance.random() < self.few:
            return "returned"
        if chance.random() < (0.8 if age < timedelta(days=10) else 0.003):
            return chance.choices(list(STATES), list(STATES.values()))[0]
        return chance.choices(["closed", "withdrawn", "void"], [95, 4, 1])[0]

    def orders(self) -> Iterator[dict[str, list[Any]]]:
        """Rows of the four tables, oldest first."""
        step = timedelta(days=DAYS) / self.rows
        for number in range(self.rows):
            at = self.newest - timedelta(days=DAYS) + step * number + timedelta(microseconds=number)
            yield self.order(number, at)

    def order(self, number: int, at: datetime) -> dict[str, list[Any]]:
        chance = self.chance
        kind = self.kinds[min(int(chance.expovariate(0.25)), len(self.kinds) - 1)]
        category = chance.choice(kind.body.categories)
        code, name = chance.choices(self.villages, cum_weights=range(1, len(self.villages) + 1))[0]
        state = self.state(self.newest - at)
        open_ = state in TASKS
        due = at + timedelta(days=chance.randint(3, 20))
        holder = self.holders.get(code, self.holder) if state not in ("received", "returned") else None
        row_id = id_at(at, chance)
        event = id_at(at, chance)
        text = self.text(category)
        source = "hotline" if chance.random() < max(0.002, self.few) else "portal"
        shared = [row_id, event, 1]
        rows = {
            "workflow_matter": [
                *shared, f"{at:%y%m%d}-{number:07d}", "orders", kind.body.family, kind.key, kind.id, self.flow,
                self.deadlines[kind.body.deadline], state, "" if open_ else "solved", code, 5, holder,
                source, kind.body.urgent, chance.random() < self.few, 1, at, at, due, "[]", None if open_ else due,
            ],
            "orders_order": [*shared, category, "words", 0.9, '["words:x"]', False, "", "", "", "", False, "[]"],
            "orders_orderwords": [
                id_at(at, chance), event, 1, row_id, text[:14], text, name, rules.bigrams(f"{text} {name}"), code, at,
            ],
        }  # fmt: skip
        if open_:
            what, part = TASKS[state]
            held = holder if part == "handler" else None
            place = code if part != "desk" else code - code % 10**9
            rows["workflow_task"] = [
                id_at(at, chance),
                event,
                1,
                row_id,
                what,
                held,
                part,
                place,
                at,
                due,
                "",
            ]
        return rows


def id_at(at: datetime, chance: random.Random) -> UUID:
    """A UUIDv7 as it would have been made then."""
    head = int(at.timestamp() * 1000) << 80
    return UUID(int=head | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62))


def fill(rows: int) -> None:
    """Fill a fresh clone with so many orders, past the triggers, as its owner."""
    begun = time.perf_counter()
    tables = {table: [] for table in COLUMNS}  # type: dict[str, list[list[Any]]]
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(INDEXES, [list(COLUMNS)])
        indexes = list(cursor.fetchall())
        for name, _made in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for order in Maker(rows).orders():
            for table, row in order.items():
                tables[table].append(row)
            if len(tables["workflow_matter"]) >= 20_000:
                write(tables)
        write(tables)
        for _name, made in indexes:
            cursor.execute(made)
        cursor.execute("SET session_replication_role = DEFAULT")
    owner.close()
    with owner.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())), "
            "pg_size_pretty(pg_relation_size('words_bigrams'))"
        )
        size, index = cursor.fetchone()
    print(
        f"{rows:>9,} orders made in {time.perf_counter() - begun:.0f} s; {size}, index of words {index}",
        flush=True,
    )


def write(tables: dict[str, list[list[Any]]]) -> None:
    with connections["owner"].cursor() as cursor:
        for table, rows in tables.items():
            columns = COLUMNS[table].replace(" ", ", ")
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            rows.clear()


def questions() -> dict[str, Callable[[Actor], Any]]:
    """What the desk asks, each as a call of the queries that its pages use."""

    def listed(**given: Any) -> Callable[[Actor], Any]:
        return lambda actor: orders_listed(actor, Filters(**given))

    return {
        "first page": listed(),
        "first page, open only": listed(open_only=True),
        "first page, by due time": listed(sort="due"),
        "what waits for me": tasks_waiting,
        THOUSANDTH: lambda actor: orders_listed(actor, Filters(after=thousandth())),
        "state: closed (common)": listed(state="closed"),
        "state: returned (rarest)": listed(state="returned"),
        "kind: last of the pack": lambda actor: orders_listed(actor, Filters(kind=last_kind())),
        "category (common)": lambda actor: orders_listed(actor, Filters(category=first_category())),
        "category (rare)": lambda actor: orders_listed(actor, Filters(category=rare_category())),
        "source: hotline": listed(source="hotline"),
        "quarantined": listed(quarantined=True),
        "unheld": listed(unheld=True),
        "overdue": listed(overdue=True),
        "one village": listed(place=(cast.VILLAGE, 5)),
        "one township": listed(place=(cast.TOWN, 4)),
        "one village, returned": listed(place=(cast.VILLAGE, 5), state="returned"),
        "search, common (25 %)": listed(text=COMMON),
        "search, middling (1 %)": listed(text=MIDDLING),
        "search, rare (100)": listed(text=RARE),
        "search, nothing": listed(text="恐龙"),
        "search, four characters": listed(text="尽快安排"),
        "search, a village's name": lambda actor: orders_listed(actor, Filters(text=name_of(cast.VILLAGE, 5))),
        "search, a township's name": lambda actor: orders_listed(actor, Filters(text=name_of(cast.TOWN, 4))),
        "search, village and word": lambda actor: orders_listed(
            actor, Filters(text=f"{name_of(cast.VILLAGE, 5)} {COMMON}")
        ),
        "search and a state": listed(text=MIDDLING, state="in_hand"),
    }  # fmt: skip


JUDGED = {
    "first page",
    THOUSANDTH,
    "state: returned (rarest)",
    "quarantined",
    "search, common (25 %)",
    "search, middling (1 %)",
    "search, rare (100)",
    "search, nothing",
    "search, four characters",
    "search, a village's name",
    "search, a township's name",
}
"""What the aim is set for; the rest is told beside it."""

_keys: dict[str, Any] = {}


def thousandth() -> Any:
    """The key of the row before the 1,000th page, or before the last page where there are fewer."""
    name = connections["default"].settings_dict["NAME"]
    if name not in _keys:
        rows = Matter.objects.order_by("-recorded_at", "-id").values_list("recorded_at", "id")
        found = list(rows[49_949:49_950]) or [list(rows)[-60]]
        _keys[name] = found[0]
    return _keys[name]


def name_of(code: int, level: int) -> str:
    """What people call a place; asked for once."""
    if code not in _names:
        region = standing(code, level)
        _names[code] = plain_name(region.name) if region else ""
    return _names[code]


_names: dict[int, str] = {}


def last_kind() -> str:
    return definitions.all_of(OrderKind, region_code=cast.VILLAGE)[-1].key


def first_category() -> str:
    return definitions.all_of(OrderKind, region_code=cast.VILLAGE)[0].body.categories[0]


def rare_category() -> str:
    return definitions.all_of(OrderKind, region_code=cast.VILLAGE)[-2].body.categories[-1]


@dataclass
class Taken:
    """What one question took of one database, in milliseconds: by the clock, and on a processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def ask(names: list[str], person: UUID) -> dict[str, list[Taken]]:
    """Ask each question of every database in turn, over a connection that each of them keeps."""
    asked = questions()
    web = connections["default"]
    kept = []
    for name in names:
        point_at(name)
        web.ensure_connection()
        kept.append(web.connection)
        web.connection = None  # another one comes, and this one stays open
    gc.collect()
    gc.freeze()  # what the bench itself holds would be looked through in the middle of a question
    taken = {what: [Taken() for _ in names] for what in asked}
    for run in range(RUNS + WARM):
        for what, question in asked.items():
            for place, name in enumerate(names):
                web.connection, web.settings_dict["NAME"] = kept[place], name
                wall, cpu = ask_once(question, person)
                if run >= WARM:
                    taken[what][place].wall.append(wall)
                    taken[what][place].cpu.append(cpu)
    for each in kept:
        each.close()
    return taken


def ask_once(question: Callable[[Actor], Any], person: UUID) -> tuple[float, float]:
    """Milliseconds of one question, by the clock and on a processor."""
    backend = connections["default"].connection.info.backend_pid
    with enter(person_id=person) as actor:
        thousandth()
        before = on_cpu(backend)
        wall = timed(lambda: question(actor))
        return wall, on_cpu(backend) - before


def show(sizes: list[int], taken: dict[str, list[Taken]]) -> None:
    """The table: 95th percentiles by the clock and on a processor, and their ratios; the clock's is judged."""
    heads = "".join(f"{rows:>12,} clock  cpu" for rows in sizes)
    print(f"\n{'p95, ms':<30}{heads}{'ratio clock':>14}{'cpu':>7}")
    for what, each in taken.items():
        wall, cpu = [p95(one.wall) for one in each], [p95(one.cpu) for one in each]
        figures = "".join(f"{w:>18.1f}{c:>7.1f}" for w, c in zip(wall, cpu, strict=True))
        ratios = wall[-1] / wall[0], cpu[-1] / cpu[0]
        verdict = judge(what, ratios[0], most=RATIO) if what in JUDGED else ""
        print(f"{what:<30}{figures}{ratios[0]:>12.2f}{ratios[1]:>7.2f}  {verdict}")


def main() -> int:
    sizes = [int(each.replace(",", "")) for each in sys.argv[1:]] or list(SIZES)
    names = [f"{SHAPE}_{rows}" for rows in sizes]
    with server():
        installed()
        for rows, name in zip(sizes, names, strict=True):
            if not exists(name):
                clone(name)
                fill(rows)
        point_at(names[0])
        show(sizes, ask(names, cast.find("county").person_id))
    return ended()


if __name__ == "__main__":
    sys.exit(main())
