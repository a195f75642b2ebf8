"""`gongzhi reconcile`: whether rows say what their events say. It reports every drift and repairs none.

Each room registers its checks from its AppConfig; they read as the owner, past row-level security.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db import connections

from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.regions.rules import code_text

OWNER = "owner"


@dataclass(frozen=True)
class Drift:
    """One row that is not as it should be, and what is wrong with it, in words."""

    table: str
    row: str
    words: str


Check = Callable[[], Iterator[Drift]]

_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Make a check known by what it compares. A second registration of the name replaces the first."""
    _checks[name] = check


def checks() -> Mapping[str, Check]:
    """Every registered check, in the order of registration: the lower rooms first."""
    return dict(_checks)


def tracked_tables() -> list[str]:
    """The tables whose rows change only with an event."""
    models = (model for model in apps.get_models() if issubclass(model, Tracked))
    return sorted(model._meta.db_table for model in models)


def version_drifts() -> Iterator[Drift]:
    """Rows whose versions and events do not answer each other, one for one and without a gap."""
    tables = tracked_tables()
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM events_eventsubject WHERE table_name <> ALL (%s)", [tables]
        )
        for (table,) in cursor.fetchall():
            yield Drift(table, "", "events name this table, and it holds no tracked rows")
    for table in tables:
        for row_id, version, latest, kept, named in _rows(VERSIONS.format(table=table), table):
            yield Drift(table, str(row_id), _version_words(version, latest, kept=kept, named=named))


VERSIONS = """
SELECT coalesce(t.id, s.row_id), t.version, s.latest, s.kept, t.event_id = s.last_event
  FROM {table} t
  FULL JOIN (SELECT row_id, max(version) AS latest, count(*) AS kept,
                    (array_agg(event_id ORDER BY version DESC))[1] AS last_event
               FROM events_eventsubject WHERE table_name = %s GROUP BY row_id) s ON s.row_id = t.id
 WHERE (t.event_id IS NOT NULL OR s.row_id IS NOT NULL)
   AND (t.id IS NULL OR s.row_id IS NULL OR t.version <> s.latest OR s.kept <> s.latest
        OR t.event_id IS DISTINCT FROM s.last_event)
"""
"""Rows that the owner installed have no event until they change; their table names come from our own models."""


def _rows(statement: str, table: str) -> Iterator[tuple[object, int | None, int | None, int | None, bool]]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement, [table])
        yield from iter(cursor.fetchone, None)


def _version_words(version: int | None, latest: int | None, *, kept: int | None, named: bool | None) -> str:
    if version is None:
        return f"events tell of version {latest}, and the row is not there"
    if latest is None:
        return f"it is at version {version}, and no event tells of it"
    if version != latest:
        return f"it is at version {version}, and its last event made version {latest}"
    if kept != latest:
        return f"it is at version {version}, and only {kept} events tell of it"
    return f"its version {version} names another event than the one that made it" if not named else ""


def tally_drifts() -> Iterator[Drift]:
    """Counties whose kept number of regions is not the number that is counted."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT county, level, day, kept, counted FROM regions_tally_drift()")
        for county, level, day, kept, counted in cursor.fetchall():
            code = code_text(county * 10**12)
            yield Drift("regions_tally", code, f"level {level}, {day}: {kept} kept, {counted} counted")


register("versions of rows and their events", version_drifts)
register("tally of regions", tally_drifts)
