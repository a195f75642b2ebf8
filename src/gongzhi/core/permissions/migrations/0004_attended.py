"""A sealed post is attended once a second person approved whoever was given it."""

from django.db import migrations

from gongzhi.core.permissions import sql

ATTENDED = """
CREATE OR REPLACE FUNCTION permissions_attended(p_posts uuid[], p_today date) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT array_agg(DISTINCT t.post_id) FROM people_tenure t JOIN people_post p ON p.id = t.post_id
   WHERE t.post_id = ANY (p_posts) AND t.valid_from <= p_today AND (t.valid_to IS NULL OR t.valid_to >= p_today)
     AND (t.approved_by IS NOT NULL
          OR NOT EXISTS (SELECT FROM permissions_roleright r WHERE r.role = p.role AND r.sealed))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0003_sealed_by_time")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, ATTENDED]
    ]
