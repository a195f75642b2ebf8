"""The tests' databases: one server, one template for each state of the code, one clone for each process.

Several runs may share the server at once; the last one to leave stops it. `DATABASE_URL` replaces it.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "test"
TEMPLATE = "gz_template_"
CLONE = "gz_test_"
KEEP_TEMPLATES_HOURS = 3
SHAPES = (
    "src/gongzhi/**/migrations/*.py",
    "src/gongzhi/**/sql.py",
    "src/gongzhi/packs/**/*.yaml",
    "src/gongzhi/core/definitions/*.py",
    "src/gongzhi/core/command/definitions.py",
    "src/gongzhi/core/regions/*.py",
    "src/gongzhi/core/regions/official/*",
    "src/gongzhi/project/database.py",
    "src/gongzhi/project/installation.py",
    "src/gongzhi/workflow/definitions.py",
    "src/gongzhi/capabilities/orders/definitions.py",
    "src/gongzhi/core/command/*.py",
    "tests/cast.py",
    "tests/databases.py",
    "requirements.txt",
)
"""Files that decide what a freshly installed database holds."""


def use_test_home() -> None:
    """Point the process at the tests' installation, before Django's settings are read."""
    (HOME / "static").mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongzhi.project.settings"
    os.environ["GONGZHI_HOME"] = str(HOME)
    os.environ["GONGZHI_STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    for name in ("GONGZHI_DEMO", "GONGZHI_DEBUG", "GONGZHI_SECRETS", "GONGZHI_URL", "DATABASE_WEB_URL"):
        os.environ.pop(name, None)


@contextmanager
def server() -> Iterator[None]:
    """A server to test on: the one of `DATABASE_URL`, else an embedded one that forgets when it falls."""
    from gongzhi.project import embedded

    if os.environ.get("DATABASE_URL"):
        yield
        return
    with embedded.server(HOME / "pg", settings=embedded.VOLATILE):
        yield


class Databases:
    """The template for the present code, and this process's clone of it."""

    def __init__(self, worker: str) -> None:
        self.template = TEMPLATE + digest()
        self.clone = f"{CLONE}{os.getpid()}_{worker}"

    def make_template(self) -> None:
        """Install a database as `gongzhi init` would, once for each state of the code."""
        with _one_at_a_time():
            self._drop_stale()
            if not self._exists(self.template):
                self._install()
            (HOME / self.template).touch()

    def make_clone(self) -> None:
        """A fresh clone; Django's connections point at it from now on."""
        from django.db import connections

        connections.close_all()
        with _maintenance() as connection:
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", self.clone)
            _execute(connection, "CREATE DATABASE {} TEMPLATE {}", self.clone, self.template)
        _point_at(self.clone)

    def drop_clone(self) -> None:
        """Leave nothing of this run."""
        from django.db import connections

        connections.close_all()
        with _maintenance() as connection:
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", self.clone)

    def _install(self) -> None:
        from django.db import connections

        from tests.installed import install

        unfinished = f"{CLONE}{os.getpid()}_unfinished"
        with _maintenance() as connection:
            _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", unfinished)
            _execute(connection, "CREATE DATABASE {} TEMPLATE template0", unfinished)
        _point_at(unfinished)
        install()
        connections.close_all()
        with _maintenance() as connection:
            _execute(connection, "ALTER DATABASE {} RENAME TO {}", unfinished, self.template)

    def _exists(self, name: str) -> bool:
        with _maintenance() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return found.fetchone() is not None

    def _drop_stale(self) -> None:
        with _maintenance() as connection:
            names = [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
            for name in names:
                if self._stale_template(name) or _orphan(name):
                    with suppress(psycopg.Error):  # in use after all
                        _execute(connection, "DROP DATABASE IF EXISTS {}", name)

    def _stale_template(self, name: str) -> bool:
        if not name.startswith(TEMPLATE) or name == self.template:
            return False
        used = HOME / name
        return not used.exists() or time.time() - used.stat().st_mtime > KEEP_TEMPLATES_HOURS * 3600


def digest() -> str:
    """What a freshly installed database depends on, as twelve characters."""
    found = hashlib.sha256()
    for pattern in SHAPES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                found.update(str(path.relative_to(ROOT)).encode())
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _point_at(name: str) -> None:
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@contextmanager
def _maintenance() -> Iterator[psycopg.Connection[Any]]:
    from django.db import connections

    given = connections["owner"].settings_dict
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    parameters = {to: given[name] for name, to in names.items() if given.get(name)}
    with psycopg.connect(dbname="postgres", autocommit=True, **parameters) as connection:
        yield connection


def _execute(connection: psycopg.Connection[Any], statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _orphan(name: str) -> bool:
    """Whether the database was cloned by a run that is no more."""
    if not name.startswith(CLONE):
        return False
    try:
        os.kill(int(name.split("_")[2]), 0)
    except ProcessLookupError:
        return True
    except (ValueError, PermissionError):
        return False
    return False


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with open(HOME / "template.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
