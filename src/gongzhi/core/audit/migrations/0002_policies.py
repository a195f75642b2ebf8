"""Readings of personal data: added by the reader, read by those who hold others to account; never changed."""

from django.db import migrations

from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("events", "0002_guards_and_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            *sql.policies(
                "audit_personaldataread",
                select=f"actor = {sql.ACTOR} OR {sql.within('see_audit')}",
                insert=f"actor = {sql.ACTOR}",
            ),
            *events.append_only("audit_personaldataread"),
        ]
    ]
