"""The regions of the whole country: how long they take to load, and how fast they are counted and found.

    python bench/regions.py

Makes a database of its own, on a server of its own or on the one of DATABASE_URL, and drops it afterwards.
Everything but the loading runs as the web role. Ends with 1 where a target is missed.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import django

HOME = Path(tempfile.mkdtemp(prefix="gz-bench-"))
HOME.chmod(0o755)  # the server runs under an account of its own
os.environ |= {"GONGZHI_HOME": str(HOME), "DJANGO_SETTINGS_MODULE": "gongzhi.project.settings"}
django.setup()

from django.db import connections  # noqa: E402

from gongzhi.core.regions import queries  # noqa: E402
from gongzhi.core.regions.install import install  # noqa: E402
from gongzhi.core.regions.models import Region  # noqa: E402
from gongzhi.core.regions.rules import floor_code, interval, parse_code  # noqa: E402
from gongzhi.project import database, embedded  # noqa: E402

SUBTREE_MS = 5.0
NATION_MS = 100.0
LOAD_S = 180.0
EXTERNAL = bool(os.environ.get("DATABASE_URL"))
WORDS = "我们村东头的水渠一直漏水,麻烦尽快安排人来看一下,谢谢。新民村三组。" * 3
missed: list[str] = []


@contextmanager
def installation() -> Iterator[None]:
    """An empty database of the bench's own."""
    name = f"gz_bench_{os.getpid()}"
    try:
        with nullcontext() if EXTERNAL else embedded.server(HOME / "pg"):
            for alias in ("default", "owner"):
                connections[alias].settings_dict["NAME"] = name
            database.make_database(name)
            database.prepare()
            yield
            connections.close_all()
            with connections["owner"]._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        shutil.rmtree(HOME, ignore_errors=True)


def timed(call: Callable[..., Any], *arguments: Any, **named: Any) -> float:
    begun = time.perf_counter()
    call(*arguments, **named)
    return (time.perf_counter() - begun) * 1000


def report(what: str, milliseconds: Sequence[float], *, target: float | None = None) -> None:
    ordered = sorted(milliseconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    verdict = ""
    if target is not None:
        verdict = f"target {target:g}: {'met' if p95 <= target else 'MISSED'}"
        if p95 > target:
            missed.append(what)
    figures = f"{statistics.median(ordered):>9.2f}{p95:>9.2f}{ordered[-1]:>9.2f}"
    print(f"{what:<44}{len(ordered):>6}{figures}  {verdict}")


def load() -> None:
    """Load a county, the whole country, and the whole country again."""

    owner = connections["owner"]
    owner.ensure_connection()
    for what, subtree, target in (
        ("one county (370481, 1,180 villages)", parse_code("370481"), 2.0),
        ("the whole country", None, LOAD_S),
        ("the whole country again, nothing new", None, None),
    ):
        begun = time.perf_counter()
        done = install(owner, subtree)
        seconds = time.perf_counter() - begun
        late = target is not None and seconds > target
        if late:
            missed.append(f"loading {what}")
        print(f"load {what:<40}{seconds:>8.2f} s  {done.added:>8,} new{'  MISSED' if late else ''}")


def count() -> None:
    """Count every province, prefecture and county, every tenth township and every thousandth village."""
    timed(queries.counts_of_nation)
    report("count the nation", [timed(queries.counts_of_nation) for _ in range(100)], target=NATION_MS)
    for level, every in ((1, 1), (2, 1), (3, 1), (4, 10), (5, 1000)):
        times = [timed(queries.counts, code, level) for code in codes_of(level)[::every]]
        report(f"count a subtree, level {level}", times, target=SUBTREE_MS)
    found = {int(level): n for level, n in queries.counts_of_nation().items()}
    print(f"the nation: {found}; drift: {queries.drift()}")


def find() -> None:
    """What pages ask for."""
    villages = codes_of(5)[::3000]
    counties = [floor_code(code, 3) for code in villages]
    inside = [interval(code, 3) for code in counties]
    report("path of a village", [timed(queries.path, code, 5) for code in villages])
    report("children of a county", [timed(queries.children, code, 3) for code in counties])
    report("labels of 50 codes", [timed(queries.labels, villages[n : n + 50]) for n in range(100)])
    report("reach", [timed(queries.reach, code, 3) for code in counties])
    report("search, beginning, whole country", [timed(queries.search, "新民村") for _ in range(50)])
    report("search in a county", [timed(queries.search, "新民", within=one) for one in inside])
    report("place from words in a county", [timed(queries.places_named, WORDS, one) for one in inside])


def codes_of(level: int) -> list[int]:
    return list(Region.objects.filter(level=level).order_by("code").values_list("code", flat=True))


def main() -> int:
    with installation():
        load()
        print(f"\n{'ms':<44}{'runs':>6}{'median':>9}{'p95':>9}{'max':>9}")
        count()
        find()
    print(f"\nmissed: {', '.join(missed) or 'nothing'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
