"""Who read the personal data of a sealed matter is told to its own post alone: a reading tells of the matter."""

from django.db import migrations

from gongzhi.core.permissions import sql

SEALED = """
CREATE FUNCTION workflow_sealed(p_matter uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT EXISTS (SELECT FROM workflow_matter WHERE id = p_matter AND sealed_to IS NOT NULL)
$$
"""

# Who audits a place sees no matter there, so the matter itself is asked only where it is sealed.
UNSEALED = f"""
CREATE POLICY audit_personaldataread_unsealed ON audit_personaldataread AS RESTRICTIVE FOR SELECT USING (
  thread IS NULL OR actor = {sql.ACTOR} OR NOT workflow_sealed(thread)
  OR EXISTS (SELECT FROM workflow_matter m WHERE m.id = thread AND {sql.one_of("m.sealed_to", sql.SEALED)}))
"""

# The officers of a sealed post hold each other to account.
OWN_POST = f"""
CREATE POLICY audit_personaldataread_sealed ON audit_personaldataread FOR SELECT USING (
  thread IS NOT NULL AND EXISTS (SELECT FROM workflow_matter m WHERE m.id = thread AND {sql.one_of("m.sealed_to", sql.SEALED)}))
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0004_wanted_lists"), ("audit", "0002_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [sql.FIX_SEARCH_PATH, SEALED, UNSEALED, OWN_POST]
    ]
