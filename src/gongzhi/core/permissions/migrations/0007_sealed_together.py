"""Who holds a sealed post of a county sees what is sealed to any of them: so that another than who did it can check it.

`permissions_another_sealed` tells whether there is such another; nothing is told of who.
"""

from django.db import migrations

from gongzhi.core.permissions import sql

SCOPE = """
CREATE OR REPLACE FUNCTION permissions_scope(p_posts uuid[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE found jsonb;
BEGIN
  WITH held AS (
    SELECT p.id, p.role, p.region_code, p.region_level, p.title,
           regions_reach(p.region_code, p.region_level::integer) AS reach,
           coalesce(r.rights, '{}') AS rights, coalesce(r.sealed, false) AS sealed
      FROM people_post p
      LEFT JOIN (SELECT role, array_agg("right"::text) AS rights, bool_or(sealed) AS sealed
                   FROM permissions_roleright GROUP BY role) r ON r.role = p.role
     WHERE p.id = ANY (p_posts)
  ), settings AS (
    SELECT set_config('gz.see', coalesce((range_agg(reach) FILTER (WHERE 'see_matters' = ANY (rights)))::text, ''), true),
           set_config('gz.work', coalesce((range_agg(reach) FILTER (WHERE 'work_matters' = ANY (rights)))::text, ''), true),
           set_config('gz.people', coalesce((range_agg(reach) FILTER (WHERE 'see_people' = ANY (rights)))::text, ''), true),
           set_config('gz.edit', coalesce((range_agg(reach) FILTER (WHERE 'edit_people' = ANY (rights)))::text, ''), true),
           set_config('gz.manage', coalesce((range_agg(reach) FILTER (WHERE 'manage_posts' = ANY (rights)))::text, ''), true),
           set_config('gz.audit', coalesce((range_agg(reach) FILTER (WHERE 'see_audit' = ANY (rights)))::text, ''), true),
           set_config('gz.posts', coalesce(array_agg(id)::text, ''), true),
           set_config('gz.sealed', coalesce((
             SELECT array_agg(o.id)::text FROM people_post o
              WHERE (o.region_code, o.region_level) IN (SELECT h.region_code, h.region_level FROM held h WHERE h.sealed)
                AND EXISTS (SELECT FROM permissions_roleright r WHERE r.role = o.role AND r.sealed)), ''), true),
           coalesce(jsonb_agg(jsonb_build_object(
             'id', id, 'role', role, 'code', region_code, 'level', region_level, 'title', title,
             'rights', to_jsonb(rights), 'sealed', sealed,
             'reach', (SELECT jsonb_agg(jsonb_build_array(lower(i), upper(i) - 1)) FROM unnest(reach) AS i))), '[]') AS posts
      FROM held
  )
  SELECT posts INTO found FROM settings;
  RETURN found;
END $$
"""

ANOTHER = """
CREATE FUNCTION permissions_another_sealed(p_post uuid, p_today date, p_without uuid[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT EXISTS (
    SELECT FROM people_post s
      JOIN people_post o ON o.region_code = s.region_code AND o.region_level = s.region_level
      JOIN people_tenure t ON t.post_id = o.id AND t.approved_by IS NOT NULL
      JOIN people_person p ON p.id = t.person_id
     WHERE s.id = p_post AND EXISTS (SELECT FROM permissions_roleright r WHERE r.role = o.role AND r.sealed)
       AND t.valid_from <= p_today AND (t.valid_to IS NULL OR t.valid_to >= p_today)
       AND o.valid_from <= p_today AND (o.valid_to IS NULL OR o.valid_to >= p_today)
       AND p.pseudonym IS NOT NULL AND p.pseudonym <> ALL (p_without))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0006_rosters")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [sql.FIX_SEARCH_PATH, SCOPE, ANOTHER]
    ]
