"""One statement writes what a command changed: its event, the subjects, the rows, and the answer to keep."""

from django.db import migrations

from gongzhi.core.permissions import sql

WRITE = """
CREATE FUNCTION command_write(p jsonb) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE item jsonb; columns text; touched integer; broken text;
BEGIN
  INSERT INTO events_event SELECT * FROM jsonb_populate_record(NULL::events_event, p -> 'event');
  INSERT INTO events_eventsubject (table_name, row_id, version, event_id)
    SELECT i ->> 'table', (i -> 'row' ->> 'id')::uuid, (i -> 'row' ->> 'version')::integer,
           (p -> 'event' ->> 'id')::uuid
      FROM jsonb_array_elements(p -> 'rows') AS i;
  FOR item IN SELECT * FROM jsonb_array_elements(p -> 'rows') LOOP
    IF item ->> 'op' = 'insert' THEN
      EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1)', item ->> 'table')
        USING item -> 'row';
    ELSE
      SELECT string_agg(format('%I', k), ', ') INTO columns
        FROM jsonb_object_keys(item -> 'row') AS k WHERE k <> 'id';
      EXECUTE format('UPDATE %1$I SET (%2$s) = (SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1)) '
                     'WHERE id = $2 AND version = $3', item ->> 'table', columns)
        USING item -> 'row', (item -> 'row' ->> 'id')::uuid, (item -> 'row' ->> 'version')::integer - 1;
      GET DIAGNOSTICS touched = ROW_COUNT;
      IF touched <> 1 THEN
        RAISE EXCEPTION 'row % of % is not yours or has changed', item -> 'row' ->> 'id', item ->> 'table'
          USING ERRCODE = 'GZ409';
      END IF;
    END IF;
  END LOOP;
  IF p ? 'key' THEN
    UPDATE command_commandkey
       SET answer = p -> 'key' -> 'answer', subject_table = p -> 'key' ->> 'table',
           subject_id = (p -> 'key' ->> 'id')::uuid
     WHERE actor_key = p -> 'key' ->> 'actor' AND client_id = (p -> 'key' ->> 'client')::uuid;
  END IF;
  RETURN '';
EXCEPTION
  -- the block's work is undone, the transaction lives on: the caller tells the user and may go on reading
  WHEN SQLSTATE 'GZ409' OR insufficient_privilege THEN RETURN SQLSTATE;
  WHEN unique_violation OR check_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    RETURN SQLSTATE || ':' || broken;
END $$
"""

# The functions that write as the owner ask this first: there, row-level security asks nothing.
FORGED = f"""
CREATE FUNCTION command_forged(p jsonb) RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT (p -> 'event' ->> 'actor')::uuid IS DISTINCT FROM {sql.ACTOR}
      OR (p -> 'event' ->> 'post')::uuid <> ALL (coalesce({sql.POSTS}, '{{}}'))
      OR p ? 'key' AND p -> 'key' ->> 'actor' IS DISTINCT FROM {sql.OWN_KEY}
$$
"""

OWN_KEY = f"actor_key = {sql.OWN_KEY}"


class Migration(migrations.Migration):
    dependencies = [("command", "0001_initial"), ("events", "0002_guards_and_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            sql.FIX_SEARCH_PATH,
            WRITE,
            FORGED,
            "ALTER TABLE command_commandkey ENABLE ROW LEVEL SECURITY",
            *[
                f"CREATE POLICY command_commandkey_{verb.lower()} ON command_commandkey FOR {verb} {clause}"
                for verb, clause in [
                    ("SELECT", f"USING ({OWN_KEY})"),
                    ("INSERT", f"WITH CHECK ({OWN_KEY})"),
                    ("UPDATE", f"USING ({OWN_KEY}) WITH CHECK ({OWN_KEY})"),
                    ("DELETE", f"USING ({OWN_KEY} AND answer IS NULL)"),
                ]
            ],
        ]
    ]
