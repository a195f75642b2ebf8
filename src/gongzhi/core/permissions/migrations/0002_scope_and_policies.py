"""The functions that set a transaction's scope, and the policies of the register of people."""

from django.db import migrations

from gongzhi.core.permissions import sql

SCOPE = """
CREATE FUNCTION permissions_scope(p_posts uuid[]) RETURNS jsonb
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
           set_config('gz.sealed', coalesce((array_agg(id) FILTER (WHERE sealed))::text, ''), true),
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

ENTER = """
CREATE FUNCTION permissions_enter(p_person uuid, p_receipt text, p_today date) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE me uuid; mine uuid[] := '{}';
BEGIN
  IF p_person IS NOT NULL THEN
    SELECT pseudonym INTO me FROM people_person WHERE id = p_person;
    SELECT coalesce(array_agg(DISTINCT t.post_id), '{}') INTO mine
      FROM people_tenure t JOIN people_post p ON p.id = t.post_id
     WHERE t.person_id = p_person
       AND t.valid_from <= p_today AND (t.valid_to IS NULL OR t.valid_to >= p_today)
       AND p.valid_from <= p_today AND (p.valid_to IS NULL OR p.valid_to >= p_today)
       AND (t.approved_by IS NOT NULL
            OR NOT EXISTS (SELECT FROM permissions_roleright r WHERE r.role = p.role AND r.sealed));
  END IF;
  PERFORM set_config('gz.actor', coalesce(me::text, ''), true),
          set_config('gz.person', coalesce(p_person::text, ''), true),
          set_config('gz.receipt', coalesce(p_receipt, ''), true);
  RETURN jsonb_build_object('pseudonym', me, 'posts', permissions_scope(mine));
END $$
"""

ENTER_SYSTEM = """
CREATE FUNCTION permissions_enter_system(p_post uuid, p_today date) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE mine uuid[];
BEGIN
  SELECT coalesce(array_agg(id), '{}') INTO mine FROM people_post
   WHERE id = p_post AND role = 'platform' AND valid_from <= p_today AND (valid_to IS NULL OR valid_to >= p_today);
  PERFORM set_config('gz.actor', '', true), set_config('gz.person', '', true), set_config('gz.receipt', '', true);
  RETURN jsonb_build_object('pseudonym', NULL, 'posts', permissions_scope(mine));
END $$
"""

ATTENDED = """
CREATE FUNCTION permissions_attended(p_posts uuid[], p_today date) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT array_agg(DISTINCT post_id) FROM people_tenure
   WHERE post_id = ANY (p_posts) AND valid_from <= p_today AND (valid_to IS NULL OR valid_to >= p_today)
$$
"""

TENURE_KEPT = f"""
CREATE FUNCTION people_tenure_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  -- who holds which post since when, and by whose grant, never changes; an end stays; an approval is the approver's own
  IF (NEW.post_id, NEW.person_id, NEW.region_code, NEW.valid_from, NEW.granted_by)
       IS DISTINCT FROM (OLD.post_id, OLD.person_id, OLD.region_code, OLD.valid_from, OLD.granted_by)
     OR OLD.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to
     OR NEW.approved_by IS DISTINCT FROM OLD.approved_by
        AND (OLD.approved_by IS NOT NULL OR NEW.approved_by IS DISTINCT FROM {sql.ACTOR}) THEN
    RAISE EXCEPTION 'a tenure keeps its post, person and grant; only another person approves it'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER people_tenure_kept BEFORE UPDATE ON people_tenure FOR EACH ROW EXECUTE FUNCTION people_tenure_kept()
"""

# A post reaches as far as its level says, so the level must not lead out of the place of whoever makes the post.
REACH_MANAGED = f"regions_reach(region_code, region_level::integer) <@ {sql.MANAGED}"
POST_IS_THERE = (
    "EXISTS (SELECT FROM people_post p WHERE p.id = post_id AND p.region_code = people_tenure.region_code)"
)
SELF = f"id = {sql.PERSON}"
OWN = f"person_id = {sql.PERSON}"
GRANT_TO_OTHERS = f"{sql.within('manage_posts')} AND person_id IS DISTINCT FROM {sql.PERSON}"


class Migration(migrations.Migration):
    dependencies = [
        ("permissions", "0001_initial"),
        ("people", "0001_initial"),
        ("regions", "0002_functions"),
    ]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            sql.FIX_SEARCH_PATH,
            SCOPE,
            ENTER,
            ENTER_SYSTEM,
            ATTENDED,
            TENURE_KEPT,
            *sql.policies(
                "people_person",
                select=f"{SELF} OR {sql.within('see_people')} OR {sql.within('manage_posts')}",
                insert=sql.within("edit_people"),
                update=f"{SELF} OR {sql.within('edit_people')}",
            ),
            *sql.policies(
                "people_household",
                select=f"{sql.within('see_people')} OR EXISTS (SELECT FROM people_person p "
                f"WHERE p.household_id = people_household.id AND p.id = {sql.PERSON})",
                insert=sql.within("edit_people"),
                update=sql.within("edit_people"),
            ),
            *sql.policies(
                "people_rosterentry",
                select=f"{OWN} OR {sql.within('see_people')}",
                insert=sql.within("edit_people"),
                update=sql.within("edit_people"),
            ),
            *sql.policies(
                "people_organisation",
                select="true",
                insert=sql.within("edit_people"),
                update=sql.within("edit_people"),
            ),
            *sql.policies(
                "people_post",
                select="true",
                insert=REACH_MANAGED,
                update=REACH_MANAGED,
            ),
            *sql.policies(
                "people_tenure",
                select=f"{OWN} OR {sql.within('manage_posts')} OR {sql.within('see_people')}",
                insert=f"{GRANT_TO_OTHERS} AND granted_by = {sql.ACTOR} AND approved_by IS NULL AND {POST_IS_THERE}",
                update=f"{GRANT_TO_OTHERS} AND (approved_by IS NULL OR approved_by <> granted_by)",
            ),
        ]
    ]
