"""Who sees a matter sees what belongs to it; giving a matter away passes through one checked function."""

from django.db import migrations

from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

GIVE = f"""
CREATE FUNCTION workflow_give(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE given uuid[]; item jsonb; belongs text; owner uuid;
BEGIN
  -- only matters that the caller may work on as they stand now; none is made here
  SELECT array_agg((i -> 'row' ->> 'id')::uuid) INTO given
    FROM jsonb_array_elements(p -> 'rows') AS i WHERE i ->> 'table' = 'workflow_matter' AND i ->> 'op' = 'update';
  IF cardinality(given) IS DISTINCT FROM
       (SELECT count(*)::integer FROM workflow_matter WHERE id = ANY (given) AND ({matters.WORK})) THEN
    RETURN '42501';
  END IF;
  -- every other row must belong to one of them, and stay there
  FOR item IN SELECT i FROM jsonb_array_elements(p -> 'rows') AS i
               WHERE (i ->> 'table', i ->> 'op') IS DISTINCT FROM ('workflow_matter', 'update') LOOP
    belongs := substring(obj_description(to_regclass(quote_ident(item ->> 'table')), 'pg_class')
                         FROM '^{matters.BELONGS}(.*)$');
    owner := NULL;
    IF belongs IS NOT NULL AND item ->> 'op' = 'insert' THEN
      owner := (item -> 'row' ->> belongs)::uuid;
    ELSIF item ->> 'op' = 'update' AND (belongs = 'id' OR NOT item -> 'row' ? belongs) THEN
      EXECUTE format('SELECT %I FROM %I WHERE id = $1', belongs, item ->> 'table')
        INTO owner USING (item -> 'row' ->> 'id')::uuid;
    END IF;
    IF owner IS NULL OR owner <> ALL (given) THEN
      RETURN '42501';
    END IF;
  END LOOP;
  IF command_forged(p) OR ((p -> 'event' ->> 'thread')::uuid = ANY (given)) IS NOT TRUE THEN
    RETURN '42501';
  END IF;
  RETURN command_write(p);
END $$
"""

KNOWN = """
CREATE FUNCTION workflow_known(p_matter uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT EXISTS (SELECT FROM workflow_matter WHERE id = p_matter)
$$
"""

# An event comes before its rows, so the matter that it opens is not there yet.
OWN_THREAD = f"""
CREATE POLICY events_event_own_thread ON events_event AS RESTRICTIVE FOR INSERT WITH CHECK (
  thread IS NULL OR {matters.works_on("thread")}
  OR NOT workflow_known(thread))
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0001_initial"), ("command", "0002_write")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            *sql.policies("workflow_matter", select=matters.SEE, insert=matters.BEGIN, update=matters.WORK),
            sql.FIX_SEARCH_PATH,
            matters.WORKS_ON,
            *matters.belonging("workflow_task", "matter_id"),
            *matters.belonging("workflow_round", "matter_id"),
            "CREATE POLICY events_event_thread ON events_event FOR SELECT "
            "USING (thread IS NOT NULL AND EXISTS (SELECT FROM workflow_matter m WHERE m.id = thread))",
            *[s for table in ("matter", "task", "round") for s in events.track(f"workflow_{table}")],
            KNOWN,
            OWN_THREAD,
            GIVE,
        ]
    ]
