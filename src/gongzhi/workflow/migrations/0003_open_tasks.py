"""Whoever manages posts learns how much waits for a post before it is handed over, and nothing else of it."""

from django.db import migrations

from gongzhi.core.permissions import sql

OPEN_TASKS = f"""
CREATE FUNCTION workflow_open_tasks(p_posts uuid[]) RETURNS TABLE (post_id uuid, open_tasks integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- sealed matters are not counted: a small count would tell of them
  SELECT t.holder_id, count(*)::integer
    FROM workflow_task t
    JOIN workflow_matter m ON m.id = t.matter_id AND m.sealed_to IS NULL
    JOIN people_post p ON p.id = t.holder_id
   WHERE t.holder_id = ANY (p_posts) AND t.done_at IS NULL AND {sql.within("manage_posts", "p.region_code")}
   GROUP BY t.holder_id
$$
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0002_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, OPEN_TASKS]
    ]
