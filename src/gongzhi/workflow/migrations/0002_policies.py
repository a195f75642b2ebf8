"""Who sees a matter sees what belongs to it; giving a matter away passes through one checked function."""

from django.db import migrations

from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

GIVE = f"""
CREATE FUNCTION workflow_give(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE given uuid[]; asked integer; item jsonb; owner uuid; belongs boolean;
BEGIN
  -- only matters that the caller may work on as they stand now
  SELECT array_agg((i -> 'row' ->> 'id')::uuid), count(*) INTO given, asked
    FROM jsonb_array_elements(p -> 'rows') AS i
   WHERE i ->> 'table' = 'workflow_matter' AND i ->> 'op' = 'update';
  IF asked = 0 OR asked <> (SELECT count(*) FROM workflow_matter WHERE id = ANY (given) AND ({matters.WORK})) THEN
    RETURN '42501';
  END IF;
  -- every other row must belong to one of them: it has a column matter_id, or shares the matter's id
  FOR item IN SELECT * FROM jsonb_array_elements(p -> 'rows') WHERE value ->> 'table' <> 'workflow_matter' LOOP
    owner := NULL;
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(item ->> 'table'))
                      AND attname = 'matter_id' AND NOT attisdropped) INTO belongs;
    IF item ->> 'op' = 'update' AND (item -> 'row' ->> 'id')::uuid = ANY (given) THEN
      owner := (item -> 'row' ->> 'id')::uuid;
    ELSIF belongs AND item ->> 'op' = 'insert' THEN
      owner := (item -> 'row' ->> 'matter_id')::uuid;
    ELSIF belongs AND NOT item -> 'row' ? 'matter_id' THEN
      EXECUTE format('SELECT matter_id FROM %I WHERE id = $1', item ->> 'table')
        INTO owner USING (item -> 'row' ->> 'id')::uuid;
    END IF;
    IF owner IS NULL OR owner <> ALL (given) THEN
      RETURN '42501';
    END IF;
  END LOOP;
  IF (p -> 'event' ->> 'actor')::uuid IS DISTINCT FROM {sql.ACTOR} THEN
    RETURN '42501';
  END IF;
  RETURN command_write(p);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0001_initial"), ("command", "0002_write")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            *sql.policies("workflow_matter", select=matters.SEE, insert=matters.BEGIN, update=matters.WORK),
            *matters.belonging("workflow_task", "matter_id"),
            *matters.belonging("workflow_round", "matter_id"),
            "CREATE POLICY events_event_thread ON events_event FOR SELECT "
            "USING (thread IS NOT NULL AND EXISTS (SELECT FROM workflow_matter m WHERE m.id = thread))",
            *[s for table in ("matter", "task", "round") for s in events.track(f"workflow_{table}")],
            sql.FIX_SEARCH_PATH,
            GIVE,
        ]
    ]
