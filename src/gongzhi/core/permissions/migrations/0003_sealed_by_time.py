"""What time alone does to a sealed matter is done as its own sealed post: no other post may see it."""

from django.db import migrations

from gongzhi.core.permissions import sql

ENTER_SYSTEM = """
CREATE OR REPLACE FUNCTION permissions_enter_system(p_post uuid, p_today date) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE mine uuid[];
BEGIN
  SELECT coalesce(array_agg(id), '{}') INTO mine FROM people_post p
   WHERE id = p_post AND valid_from <= p_today AND (valid_to IS NULL OR valid_to >= p_today)
     AND (role = 'platform' OR EXISTS (SELECT FROM permissions_roleright r WHERE r.role = p.role AND r.sealed));
  PERFORM set_config('gz.actor', '', true), set_config('gz.person', '', true), set_config('gz.receipt', '', true);
  RETURN jsonb_build_object('pseudonym', NULL, 'posts', permissions_scope(mine));
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0002_scope_and_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, ENTER_SYSTEM]
    ]
