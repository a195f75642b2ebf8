"""Whoever opened a matter is told who read of him in it, of a sealed one too: post, what and why (PIPL 45)."""

from django.db import migrations

from gongzhi.core.permissions import sql

OPENED = (
    "EXISTS (SELECT FROM workflow_matter m WHERE m.id = thread"
    f" AND (m.reporter = {sql.ACTOR} OR m.receipt_hash = {sql.RECEIPT}))"
)
OWN_CASE = f"""
CREATE POLICY audit_personaldataread_opened ON audit_personaldataread FOR SELECT USING (thread IS NOT NULL AND {OPENED})
"""
UNSEALED = f"""
CREATE POLICY audit_personaldataread_unsealed ON audit_personaldataread AS RESTRICTIVE FOR SELECT USING (
  thread IS NULL OR actor = {sql.ACTOR} OR NOT workflow_sealed(thread) OR {OPENED}
  OR EXISTS (SELECT FROM workflow_matter m WHERE m.id = thread AND {sql.one_of("m.sealed_to", sql.SEALED)}))
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0009_watches"), ("audit", "0004_told_to_whom_it_concerns")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            OWN_CASE,
            "DROP POLICY audit_personaldataread_unsealed ON audit_personaldataread",
            UNSEALED,
        ]
    ]
