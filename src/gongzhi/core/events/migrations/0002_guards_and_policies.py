"""Events are append-only, tracked tables change only with an event, and who may read them is decided by row."""

from django.db import migrations

from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

PEOPLE = ["household", "person", "organisation", "post", "tenure", "rosterentry"]


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0001_initial"),
        ("permissions", "0002_scope_and_policies"),
        ("regions", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            "ALTER TABLE events_event ALTER COLUMN xid SET DEFAULT pg_current_xact_id()",
            sql.FIX_SEARCH_PATH,
            events.GUARD,
            events.STAMP,
            events.APPEND_ONLY,
            events.SUBJECT_CHANGED,
            *events.append_only("events_event"),
            *events.append_only("events_eventsubject"),
            *sql.policies(
                "events_event",
                select=f"thread IS NULL AND {sql.within('see_audit')}",
                insert=f"actor IS NOT DISTINCT FROM {sql.ACTOR} AND (post IS NULL OR {sql.one_of('post', sql.POSTS)})",
            ),
            *sql.policies(
                "events_eventsubject",
                select="EXISTS (SELECT FROM events_event e WHERE e.id = event_id)",
                insert="true",
            ),
            *[statement for name in PEOPLE for statement in events.track(f"people_{name}")],
            *events.track("regions_region", installable=True),
        ]
    ]
