"""Whole installations for tests, driven through the command line as an operator would."""

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests import databases


@dataclass
class Installation:
    """One installation in a folder of its own, on a database of its own."""

    home: Path
    name: str = field(default_factory=lambda: f"gz_test_{os.getpid()}_{uuid.uuid4().hex[:8]}")

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its processes."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GONGZHI_", "DATABASE_"))
        }
        own = {**kept, "GONGZHI_HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "200"}
        if url := os.environ.get("DATABASE_URL"):
            own["DATABASE_URL"] = url.rsplit("/", 1)[0] + f"/{self.name}"
            own["GONGZHI_SECRETS"] = str(databases.HOME / "secrets.json")
        return own

    def make_database(self) -> None:
        """Where the server is external, its administrator makes the empty database."""
        self._maintain("CREATE DATABASE {} TEMPLATE template0")

    def drop_database(self) -> None:
        """Leave nothing on an external server."""
        self._maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def run(self, *arguments: str, ok: bool = True) -> str:
        """Run one command; its output. Fails when its exit code is not the one hoped for."""
        command = [sys.executable, "-m", "gongzhi.project.cli", *arguments]
        done = subprocess.run(
            command, env=self.variables, capture_output=True, text=True, check=False, timeout=120
        )
        said = done.stdout + done.stderr
        assert (done.returncode == 0) == ok, f"{arguments} answered {done.returncode}: {said}"
        return said

    def query(self, *statements: str) -> list[list[Any]]:
        """The first row of each statement, run as the owner."""
        script = (
            "from django.db import connections; import json; c = connections['owner'].cursor()\n"
            f"for each in {statements!r}: c.execute(each); print('ROW', json.dumps(c.fetchone(), default=str))"
        )
        said = self.run("django", "shell", "--no-imports", "-c", script)
        return [
            json.loads(line.removeprefix("ROW ")) for line in said.splitlines() if line.startswith("ROW ")
        ]

    def _maintain(self, statement: str) -> None:
        if url := os.environ.get("DATABASE_URL"):
            parameters = {**conninfo_to_dict(url), "dbname": "postgres"}
            with psycopg.connect(make_conninfo(**parameters), autocommit=True) as connection:
                connection.execute(sql.SQL(statement).format(sql.Identifier(self.name)))
