"""An event without a case is told where one keeps the register; an event claims only what it made."""

from django.db import migrations

from gongzhi.core.permissions import sql

# Of his own erasure everybody may tell, and the row that it names must be erased by it.
KEEPS_REGISTER = f"""
CREATE POLICY events_event_register ON events_event AS RESTRICTIVE FOR INSERT WITH CHECK (
  thread IS NOT NULL OR coalesce({sql.within("edit_people")}, false) OR coalesce({sql.within("manage_posts")}, false)
  OR (name = 'person.erased' AND actor IS NOT NULL))
"""

ERASURE_CHANGED = """
CREATE FUNCTION events_erasure_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM events_eventsubject s WHERE s.event_id = NEW.id AND s.table_name = 'people_person') THEN
    RAISE EXCEPTION 'event % erased nobody', NEW.id USING ERRCODE = 'GZ003';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER events_erasure_changed AFTER INSERT ON events_event
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name = 'person.erased')
  EXECUTE FUNCTION events_erasure_changed()
"""

# A row that the owner installed has a first version without an event: nobody may claim it later.
SUBJECT_CHANGED = """
CREATE OR REPLACE FUNCTION events_subject_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE reached integer; made_by uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM events_event e WHERE e.id = NEW.event_id AND e.xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'event % is over: nothing is added to it', NEW.event_id USING ERRCODE = 'GZ003';
  END IF;
  EXECUTE format('SELECT version, event_id FROM %I WHERE id = $1', NEW.table_name) INTO reached, made_by USING NEW.row_id;
  IF reached IS NULL OR reached < NEW.version
     OR reached = NEW.version AND made_by IS DISTINCT FROM NEW.event_id
     OR reached > NEW.version AND NOT EXISTS (
          SELECT FROM events_eventsubject s JOIN events_event e ON e.id = s.event_id AND e.xid = pg_current_xact_id()
           WHERE s.table_name = NEW.table_name AND s.row_id = NEW.row_id AND s.version = NEW.version + 1) THEN
    RAISE EXCEPTION 'event % names a change of % that did not happen', NEW.event_id, NEW.table_name
      USING ERRCODE = 'GZ003';
  END IF;
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0003_regions"), ("permissions", "0004_attended")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [sql.FIX_SEARCH_PATH, KEEPS_REGISTER, ERASURE_CHANGED, SUBJECT_CHANGED]
    ]
