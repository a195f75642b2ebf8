"""An entry of a roster stands where its person lives, and stays that person's."""

from django.db import migrations

from gongzhi.core.permissions import sql

THEIRS = "EXISTS (SELECT FROM people_person p WHERE p.id = person_id AND p.region_code = people_rosterentry.region_code)"

KEPT = """
CREATE FUNCTION people_rosterentry_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  -- whose it is and of which roster never changes; its place may only follow the person's
  IF (NEW.roster, NEW.person_id) IS DISTINCT FROM (OLD.roster, OLD.person_id)
     OR NEW.region_code <> OLD.region_code
        AND NOT EXISTS (SELECT FROM people_person p WHERE p.id = NEW.person_id AND p.region_code = NEW.region_code) THEN
    RAISE EXCEPTION 'an entry of a roster keeps its roster and person, and stands in the place of that person'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER people_rosterentry_kept BEFORE UPDATE ON people_rosterentry
  FOR EACH ROW EXECUTE FUNCTION people_rosterentry_kept()
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0005_own_rows"), ("people", "0001_initial")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            sql.FIX_SEARCH_PATH,
            KEPT,
            "DROP POLICY people_rosterentry_insert ON people_rosterentry",
            "CREATE POLICY people_rosterentry_insert ON people_rosterentry FOR INSERT "
            f"WITH CHECK ({sql.within('edit_people')} AND {THEIRS})",
        ]
    ]
