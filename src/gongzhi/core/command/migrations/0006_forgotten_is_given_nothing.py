"""Whoever is forgotten, also at this very moment, is given no post, no roster and no sign-in."""

from django.db import migrations

from gongzhi.core.permissions import sql

# The lock waits for an erasure that is not committed yet, and lets one that comes later wait for this.
STANDS = """
CREATE FUNCTION command_person_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM 1 FROM people_person WHERE id = NEW.person_id AND erased_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such person' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("command", "0005_sign_ins")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            sql.FIX_SEARCH_PATH,
            STANDS,
            *[
                f"CREATE TRIGGER {table}_person_stands BEFORE INSERT ON {table} FOR EACH ROW "
                "WHEN (NEW.person_id IS NOT NULL) EXECUTE FUNCTION command_person_stands()"
                for table in ("people_tenure", "people_rosterentry", "people_account")
            ],
        ]
    ]
