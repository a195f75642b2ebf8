"""What the commands never do is refused: persons keep their past, posts their role and place; one's own row is only erased."""

from django.db import migrations

from gongzhi.core.permissions import sql

# Whoever sees no other row changes his own by one command alone: he asks to be forgotten.
PERSON_KEPT = f"""
CREATE FUNCTION people_person_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE erased boolean := NEW.erased_at IS NOT NULL AND NEW.name = '' AND NEW.pseudonym IS NULL
  AND num_nonnulls(NEW.phone_enc, NEW.phone_index, NEW.idno_enc, NEW.idno_index) = 0;
BEGIN
  IF TG_OP = 'UPDATE' AND (
       OLD.erased_at IS NOT NULL
       OR (NEW.erased_at IS NOT NULL OR NEW.pseudonym IS DISTINCT FROM OLD.pseudonym) AND NOT erased
       OR OLD.id = {sql.PERSON} AND ({sql.within("edit_people", "OLD.region_code")}) IS NOT TRUE
          AND (NOT erased OR (NEW.region_code, NEW.household_id) IS DISTINCT FROM (OLD.region_code, OLD.household_id)
               OR NOT EXISTS (SELECT FROM events_event e WHERE e.id = NEW.event_id AND e.name = 'person.erased'))) THEN
    RAISE EXCEPTION 'a person keeps the past until erased, and changes nothing else of the own row'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.household_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.household_id IS DISTINCT FROM OLD.household_id)
     AND {sql.PERSON} IS NOT NULL AND NOT EXISTS (
       SELECT FROM people_household h WHERE h.id = NEW.household_id AND {sql.within("edit_people", "h.region_code")}) THEN
    RAISE EXCEPTION 'the household is in another''s care' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER people_person_kept BEFORE INSERT OR UPDATE ON people_person
  FOR EACH ROW EXECUTE FUNCTION people_person_kept()
"""

# A post that changed its role would give its holder what nobody granted him.
POST_KEPT = """
CREATE FUNCTION people_post_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (NEW.role, NEW.region_code, NEW.region_level, NEW.organisation_id, NEW.valid_from)
       IS DISTINCT FROM (OLD.role, OLD.region_code, OLD.region_level, OLD.organisation_id, OLD.valid_from)
     OR OLD.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to THEN
    RAISE EXCEPTION 'a post keeps its role and place; ended, it stays so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER people_post_kept BEFORE UPDATE ON people_post FOR EACH ROW EXECUTE FUNCTION people_post_kept()
"""

ENTERED_HERE = (
    f"EXISTS (SELECT FROM people_person p WHERE p.id = person_id AND {sql.within('edit_people', 'p.region_code')})"
)
HUMAN = "NOT EXISTS (SELECT FROM people_post p WHERE p.id = post_id AND p.role = 'platform')"


class Migration(migrations.Migration):
    dependencies = [("permissions", "0004_attended"), ("events", "0002_guards_and_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            sql.FIX_SEARCH_PATH,
            PERSON_KEPT,
            POST_KEPT,
            "CREATE POLICY people_rosterentry_entered_here ON people_rosterentry AS RESTRICTIVE FOR INSERT "
            f"WITH CHECK ({ENTERED_HERE})",
            f"CREATE POLICY people_tenure_human ON people_tenure AS RESTRICTIVE FOR INSERT WITH CHECK ({HUMAN})",
        ]
    ]
