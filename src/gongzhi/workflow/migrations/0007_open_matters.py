"""Whoever manages a place learns how much is open in it before it is merged or divided, and nothing else of it."""

from django.db import migrations

from gongzhi.core.permissions import sql

OPEN_MATTERS = f"""
CREATE FUNCTION workflow_open_matters(p_codes bigint[], p_levels integer[]) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- sealed matters are not counted: a small count would tell of them
  SELECT count(*)::integer
    FROM unnest(p_codes, p_levels) AS place (code, level)
    JOIN workflow_matter m ON m.region_code BETWEEN place.code AND place.code + regions_span(place.level) - 1
   WHERE m.closed_at IS NULL AND m.sealed_to IS NULL AND {sql.within("manage_posts", "m.region_code")}
$$
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0006_reported_stays"), ("regions", "0002_functions")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, OPEN_MATTERS]
    ]
