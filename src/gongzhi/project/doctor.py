"""What is wrong with this installation, in words. Looks, and changes nothing."""

import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from django.db import DatabaseError, connection, connections
from django.utils import timezone
from rich.console import Console

from gongzhi.core.regions import rules
from gongzhi.project import database
from gongzhi.project.environment import SOURCE, Environment, environment
from gongzhi.project.refusal import Refusal
from gongzhi.project.waiting import waiting

PACKAGE = Path(__file__).resolve().parent.parent
GIGABYTE = 1024**3
SIGNS = {"good": "[green]good[/green]", "look": "[yellow]look[/yellow]", "bad": "[red]bad [/red]"}
LAST_BACKUP = "last-backup"
BACKUP_DAYS = 7
WORKER_SILENT = timedelta(seconds=90)
CLOCK_SECONDS = 5
FEWEST_SEALED = 2
SEALED_HOLDERS = """
SELECT p.region_code, count(DISTINCT t.person_id)
  FROM people_post p
  LEFT JOIN people_tenure t ON t.post_id = p.id AND t.approved_by IS NOT NULL
       AND t.valid_from <= current_date AND (t.valid_to IS NULL OR t.valid_to >= current_date)
 WHERE p.valid_to IS NULL AND EXISTS (SELECT FROM permissions_roleright r WHERE r.role = p.role AND r.sealed)
 GROUP BY p.region_code, p.region_level ORDER BY p.region_code
"""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and what to do where it is not well."""

    state: Literal["good", "look", "bad"]
    words: str


def examine(installation: Callable[[], AbstractContextManager[None]]) -> int:
    """Print every finding; the exit code says whether anything is bad. `installation` opens the database."""
    findings = list(_files(environment()))
    try:
        with installation():
            findings.extend(_database())
    except (Refusal, DatabaseError) as error:
        words = f"The database does not answer (was it ever made? gongzhi init): {error}"
        findings.append(Finding("bad", words.strip()))
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"{SIGNS[finding.state]}  {finding.words}")
    return int(any(finding.state == "bad" for finding in findings))


def _files(env: Environment) -> Iterator[Finding]:
    yield _secrets(env)
    yield _disk(env.home)
    yield _assets(env)
    yield _catalogues()
    yield _addresses(env)
    yield _source(env)
    yield _backups(env)


def _secrets(env: Environment) -> Finding:
    path = env.secrets_path
    try:
        env.secrets  # noqa: B018  (reads and checks the file)
    except Refusal as refusal:
        return Finding("bad", str(refusal))
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("bad", f"Others may read {path}: chmod 600 it.")
    return Finding(
        "good", f"The secrets in {path} are for their owner alone. Keep a copy apart from the backups."
    )


def _disk(home: Path) -> Finding:
    usage = shutil.disk_usage(home)
    words = f"{usage.free / GIGABYTE:.0f} GB of {usage.total / GIGABYTE:.0f} GB are free in {home}."
    if usage.free < GIGABYTE:
        return Finding("bad", f"{words} The database stops when the disk is full.")
    return Finding("look" if usage.free < usage.total / 10 else "good", words)


def _assets(env: Environment) -> Finding:
    if env.debug:
        return Finding("look", "GONGZHI_DEBUG is on: pages show their inner workings. Never in production.")
    manifest = env.home / "static" / "staticfiles.json"
    if not manifest.exists() or "built/portal" not in manifest.read_text(encoding="utf-8"):
        return Finding(
            "bad", "The pages' assets are missing: run `make setup` (from source), then `gongzhi init`."
        )
    return Finding("good", "The pages' assets are in place.")


def _catalogues() -> Finding:
    sources = list(PACKAGE.rglob("locale/*/LC_MESSAGES/*.po"))
    missing = [path for path in sources if not path.with_suffix(".mo").exists()]
    if missing:
        return Finding("bad", f"{len(missing)} translations are not compiled: run `make setup`.")
    return Finding("good", f"{len(sources)} translations are compiled.")


def _addresses(env: Environment) -> Finding:
    if env.demo:
        return Finding("look", "Demo mode: passwords are public and desks need no second factor.")
    if not env.addresses:
        return Finding("look", "GONGZHI_URL is not set: the site answers to localhost only.")
    if not env.https:
        return Finding("bad", "GONGZHI_URL is not https throughout: passwords would travel in the open.")
    return Finding("good", f"The site answers to {', '.join(env.addresses)}.")


def _source(env: Environment) -> Finding:
    """AGPL-3.0, section 13: whoever uses the platform over the network is offered the source of what runs."""
    if env.source_url == SOURCE:
        return Finding("look", "GONGZHI_SOURCE_URL is not set: the pages' link to the source leads nowhere.")
    return Finding("good", f"The pages offer the source at {env.source_url}.")


def _backups(env: Environment) -> Finding:
    mark = env.home / LAST_BACKUP
    days = (time.time() - mark.stat().st_mtime) / 86400 if mark.exists() else None
    if env.demo:
        return Finding("good", "A demo needs no backup.")
    if days is None:
        return Finding("look", "There was no backup yet: gongzhi backup FILE.")
    return Finding("look" if days > BACKUP_DAYS else "good", f"The last backup is {days:.0f} days old.")


def _database() -> Iterator[Finding]:
    from gongzhi.project.middleware import waiting_migrations  # noqa: PLC0415  (needs Django set up)

    yield _server()
    with connection.cursor() as cursor:
        faults = database.role_faults(cursor)
    role = database.web_role()
    if faults:
        yield Finding("bad", f"The web role {role} can step past row-level security: {'; '.join(faults)}.")
    else:
        yield Finding("good", f"The web role {role} owns nothing and cannot bypass row-level security.")
    if waiting := waiting_migrations():
        yield Finding(
            "bad", f"{len(waiting)} migrations wait, the first is {waiting[0]}: run `gongzhi init`."
        )
        return
    yield Finding("good", "Every migration is applied.")
    yield _unprotected()
    yield _packs()
    yield _sealed()
    yield _clock()
    yield from _jobs()
    yield from _erasures()
    yield _live()


def _server() -> Finding:
    connection.ensure_connection()
    version = connection.connection.info.server_version
    shown = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < database.OLDEST_SERVER:
        return Finding("bad", f"{shown} is too old: Gongzhi needs 15 or newer.")
    return Finding("good", f"{shown} answers.")


def _unprotected() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE NOT relrowsecurity) FROM pg_class"
            " WHERE oid IN (SELECT polrelid FROM pg_policy) AND relnamespace = current_schema()::regnamespace"
        )
        guarded, off = cursor.fetchone()
    if off or not guarded:
        return Finding("bad", f"Row-level security is off on {off} of {guarded} tables that have policies.")
    return Finding("good", f"Row-level security is on for {guarded} tables.")


def _packs() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, version FROM definitions_pack ORDER BY key")
        packs = [f"{key} {version}" for key, version in cursor.fetchall()]
    if not packs:
        return Finding("bad", "No pack is installed: gongzhi pack install PACK.")
    return Finding("good", f"Packs: {', '.join(packs)}.")


def _sealed() -> Finding:
    with connections["owner"].cursor() as cursor:
        cursor.execute(SEALED_HOLDERS)
        few = [
            f"{rules.code_text(code)[:6]} ({held})"
            for code, held in cursor.fetchall()
            if held < FEWEST_SEALED
        ]
    if few:
        return Finding(
            "look",
            f"Fewer than {FEWEST_SEALED} persons hold the sealed right of {', '.join(few)}: whoever handled a sealed "
            "order never checks it, so it would wait. Give the post to another person, and let a second approve it.",
        )
    return Finding(
        "good", f"Every place with a sealed post has {FEWEST_SEALED} persons or more to check each other."
    )


def _clock() -> Finding:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp()), (SELECT max(recorded_at) FROM events_event)"
        )
        theirs, newest = cursor.fetchone()
    apart = abs(float(theirs) - time.time())
    if apart > CLOCK_SECONDS:
        return Finding("bad", f"This machine's clock and the database's are {apart:.0f} seconds apart.")
    if newest and newest > timezone.now() + timedelta(seconds=CLOCK_SECONDS):
        return Finding(
            "bad", "An event was recorded in the future: the clock went back. Deadlines would be wrong."
        )
    return Finding("good", "The clocks agree.")


LAST_RETENTION = """
SELECT max(e.at), (SELECT count(*) FROM people_post WHERE role = 'platform' AND valid_to IS NULL)
  FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'succeeded'
 WHERE j.task_name = 'orders.forget_after_term'
"""
RETENTION_DAYS = 2


def _retention() -> Finding:
    with connections["owner"].cursor() as cursor:
        cursor.execute(LAST_RETENTION)
        last, platforms = cursor.fetchone()
    if not platforms:
        return Finding("good", "No county works here yet, so nothing is kept beyond its term.")
    if last is None:
        words = (
            "What is past its term was never erased here: the worker does it by night. See whether it runs."
        )
        return Finding("look", words)
    days = (timezone.now() - last).total_seconds() / 86400
    state: Literal["good", "look"] = "look" if days > RETENTION_DAYS else "good"
    return Finding(state, f"What is past its term was last erased {days:.0f} days ago.")


def _erasures() -> Iterator[Finding]:
    from gongzhi.project import ledger  # noqa: PLC0415  (needs Django set up)

    yield _retention()

    for state, words in ledger.findings():
        yield Finding(state, words)


def _live() -> Finding:
    from gongzhi.project.live_watching import is_alive  # noqa: PLC0415  (needs Django set up)

    if is_alive():
        return Finding("good", "Live updates run.")
    return Finding(
        "look", "No live updates run: desks ask every 15 seconds. Start `gongzhi live`, or `serve` with it."
    )


def _jobs() -> Iterator[Finding]:
    from gongzhi.project.jobs import last_heartbeat  # noqa: PLC0415  (needs Django set up)

    seen = last_heartbeat()
    if seen is None or timezone.now() - seen > WORKER_SILENT:
        yield Finding("look", "No worker runs: orders are taken but not dispatched. Start `gongzhi worker`.")
    else:
        yield Finding("good", "A worker runs.")
    yield from (Finding(state, words) for state, words in waiting())
