"""Who holds no post is scoped without looking for any: most requests are such a resident's.

The search itself keeps its text under the name `permissions_scope_of`.
"""

from django.db import migrations

from gongzhi.core.permissions import sql

KEPT = "ALTER FUNCTION permissions_scope(uuid[]) RENAME TO permissions_scope_of"

SCOPE = """
CREATE FUNCTION permissions_scope(p_posts uuid[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF cardinality(p_posts) > 0 THEN
    RETURN permissions_scope_of(p_posts);
  END IF;
  PERFORM set_config('gz.see', '', true), set_config('gz.work', '', true), set_config('gz.people', '', true),
          set_config('gz.edit', '', true), set_config('gz.manage', '', true), set_config('gz.audit', '', true),
          set_config('gz.posts', '', true), set_config('gz.sealed', '', true);
  RETURN '[]'::jsonb;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0008_posts_follow")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [sql.FIX_SEARCH_PATH, KEPT, SCOPE]
    ]
