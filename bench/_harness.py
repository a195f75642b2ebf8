"""What the benches of orders share: an installation of their own with people and packs, and figures in a table.

Import it before anything of Gongzhi: it sets the environment up. BENCH_HOME keeps the databases between runs.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = os.environ.get("BENCH_HOME", "")
HOME = Path(KEPT or tempfile.mkdtemp(prefix="gz-bench-")).resolve()
HOME.mkdir(parents=True, exist_ok=True)
HOME.chmod(0o755)  # the server runs under an account of its own
os.environ |= {
    "GONGZHI_HOME": str(HOME),
    "DJANGO_SETTINGS_MODULE": "_settings",
    "GONGZHI_STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "PYTHONPATH": str(ROOT / "bench"),
    "GONGZHI_ACCESS_LOG": "no",
}
os.environ.pop("DATABASE_URL", None)
sys.path.insert(0, str(ROOT))

import django  # noqa: E402

django.setup()

from django.db import connections  # noqa: E402

from gongzhi.project import embedded  # noqa: E402
from tests.databases import digest  # noqa: E402

SHAPE = f"gz_bench_{digest()}"
"""Databases are kept under the state of the code that made them."""
TEMPLATE = f"{SHAPE}_installed"
SETTINGS = {
    **embedded.DURABLE,
    "shared_buffers": "512MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
}
missed: list[str] = []


@contextmanager
def server() -> Iterator[Path]:
    """A server of the bench's own, and nothing left of it unless its home is kept."""
    try:
        with embedded.server(HOME / "pg", settings=SETTINGS) as sockets:
            yield sockets
            connections.close_all()
    finally:
        if not KEPT:
            shutil.rmtree(HOME, ignore_errors=True)


def installed() -> None:
    """Make the template: two counties, their packs, and the cast of the tests."""
    drop_stale()
    if exists(TEMPLATE):
        return
    from tests.installed import install  # noqa: PLC0415 - needs the settings

    point_at("gz_bench_unfinished")
    drop("gz_bench_unfinished")
    install()
    connections.close_all()
    maintain("ALTER DATABASE gz_bench_unfinished RENAME TO " + TEMPLATE)


def drop_stale() -> None:
    """Drop what an earlier state of the code made."""
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^gz_bench_[0-9a-f]{12}_'")
        stale = [name for (name,) in cursor.fetchall() if not name.startswith(SHAPE)]
    for name in stale:
        drop(name)


def clone(name: str) -> None:
    """A database as after installation; connections point at it from now on."""
    connections.close_all()
    drop(name)
    maintain(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    point_at(name)


def point_at(name: str) -> None:
    """Let both connections reach the database of that name."""
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def exists(name: str) -> bool:
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def drop(name: str) -> None:
    maintain(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def maintain(statement: str) -> None:
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(statement)


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds that a call took."""
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def on_cpu(backend: int) -> float:
    """Milliseconds that this process and a server's process have run on a processor so far."""
    ran = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])
    return (time.process_time_ns() + ran) / 1e6


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[18]


def judge(what: str, value: float, *, most: float | None = None, least: float | None = None) -> str:
    """`met` or `MISSED`, which is remembered."""
    late = (most is not None and value > most) or (least is not None and value < least)
    if late:
        missed.append(what)
    return "MISSED" if late else "met"


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time that processes and their children that ended have used."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """A process, its children, theirs, and so on."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, []))
    return found


def ended() -> int:
    """The exit code of a bench, after saying what it missed."""
    print(f"\nmissed: {', '.join(missed) or 'nothing'}")
    return 1 if missed else 0
