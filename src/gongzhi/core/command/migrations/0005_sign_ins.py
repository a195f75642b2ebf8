"""A sign-in belongs to its person for good; its password is its owner's, its switch whoever manages him.

Sign-ins are read before anybody is known, so they stand without row-level security: a trigger says what may change.
"""

from django.db import migrations

from gongzhi.core.permissions import sql

MANAGED = (
    f"EXISTS (SELECT FROM people_person p WHERE p.id = {{}} AND p.id IS DISTINCT FROM {sql.PERSON}"
    f" AND {sql.within('manage_posts', 'p.region_code')})"
)

ACCOUNT_KEPT = f"""
CREATE FUNCTION people_account_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE managed boolean; erased boolean; opened boolean; joined boolean;
BEGIN
  IF session_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RETURN NEW;
  END IF;
  managed := {MANAGED.format("NEW.person_id")};
  IF TG_OP = 'INSERT' THEN
    IF NEW.person_id IS NOT NULL AND NOT managed THEN
      RAISE EXCEPTION 'a new sign-in is nobody''s' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  erased := EXISTS (SELECT FROM people_person p WHERE p.id = OLD.person_id AND p.erased_at IS NOT NULL);
  opened := OLD.invited_at IS NOT NULL AND NEW.invited_at IS NULL AND OLD.is_active;
  joined := OLD.person_id IS NULL AND EXISTS (
    SELECT FROM people_person p JOIN events_event e ON e.id = p.event_id
     WHERE p.id = NEW.person_id AND e.name = 'person.registered' AND e.xid = pg_current_xact_id());
  IF NEW.id <> OLD.id
     OR NEW.person_id IS DISTINCT FROM OLD.person_id AND NOT joined
     OR NEW.username <> OLD.username AND NOT erased
     OR NEW.is_active <> OLD.is_active AND NOT (managed OR erased AND NOT NEW.is_active)
     OR NEW.invited_at IS DISTINCT FROM OLD.invited_at AND NOT (managed OR opened OR erased)
     OR NEW.password <> OLD.password
        AND NOT (opened OR coalesce(OLD.person_id = {sql.PERSON}, false)
                 OR (managed OR erased) AND left(NEW.password, 1) = '!') THEN
    RAISE EXCEPTION 'a sign-in is another''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER people_account_kept BEFORE INSERT OR UPDATE ON people_account
  FOR EACH ROW EXECUTE FUNCTION people_account_kept()
"""

# To be unlike all of no posts is true of anything, so an event of no post is asked first.
FORGED = f"""
CREATE OR REPLACE FUNCTION command_forged(p jsonb) RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT (p -> 'event' ->> 'actor')::uuid IS DISTINCT FROM {sql.ACTOR}
      OR p -> 'event' ->> 'post' IS NOT NULL
         AND (p -> 'event' ->> 'post')::uuid <> ALL (coalesce({sql.POSTS}, '{{}}'))
      OR p ? 'key' AND p -> 'key' ->> 'actor' IS DISTINCT FROM {sql.OWN_KEY}
$$
"""

# Whoever opens a sign-in by its link is not known yet: the event is told here, at the place of the person.
OPEN = """
CREATE FUNCTION command_open(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE place bigint;
BEGIN
  SELECT person.region_code INTO place FROM people_account a JOIN people_person person ON person.id = a.person_id
   WHERE a.id = (p -> 'event' -> 'data' ->> 'account')::uuid AND a.invited_at IS NOT NULL AND a.is_active;
  IF place IS NULL OR p ? 'key' OR jsonb_array_length(p -> 'rows') <> 0 OR command_forged(p)
     OR coalesce(p -> 'event' ->> 'thread', p -> 'event' ->> 'post', p -> 'event' ->> 'caused_by') IS NOT NULL
     OR p -> 'event' ->> 'name' IS DISTINCT FROM 'account.opened' THEN
    RETURN '42501';
  END IF;
  RETURN command_write(jsonb_set(p, '{event,region_code}', to_jsonb(place)));
END $$
"""

OF_ACCOUNT = "EXISTS (SELECT FROM people_account a WHERE a.id = user_id AND {})"
OWN_FACTOR = OF_ACCOUNT.format(f"a.person_id = {sql.PERSON}")
MANAGED_FACTOR = OF_ACCOUNT.format(MANAGED.format("a.person_id"))

# A code is used up before its owner is known, and noted as seen; nothing else of a factor ever changes.
FACTOR_KEPT = """
CREATE FUNCTION command_factor_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF session_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
     AND ((NEW.id, NEW.user_id, NEW.type) IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.type)
          OR NEW.data - '{used_mask,viewed_at}'::text[] IS DISTINCT FROM OLD.data - '{used_mask,viewed_at}'::text[]
          OR (NEW.data ->> 'used_mask')::bigint & (OLD.data ->> 'used_mask')::bigint <> (OLD.data ->> 'used_mask')::bigint) THEN
    RAISE EXCEPTION 'a second factor is made anew, never changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER command_factor_kept BEFORE UPDATE ON mfa_authenticator
  FOR EACH ROW EXECUTE FUNCTION command_factor_kept()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("command", "0004_register_unforged"),
        ("permissions", "0004_attended"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            sql.FIX_SEARCH_PATH,
            ACCOUNT_KEPT,
            FORGED,
            OPEN,
            FACTOR_KEPT,
            "ALTER TABLE mfa_authenticator ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY mfa_authenticator_select ON mfa_authenticator FOR SELECT USING (true)",
            f"CREATE POLICY mfa_authenticator_insert ON mfa_authenticator FOR INSERT WITH CHECK ({OWN_FACTOR})",
            "CREATE POLICY mfa_authenticator_update ON mfa_authenticator FOR UPDATE USING (true) WITH CHECK (true)",
            "CREATE POLICY mfa_authenticator_delete ON mfa_authenticator FOR DELETE "
            f"USING ({OWN_FACTOR} OR {MANAGED_FACTOR})",
        ]
    ]
