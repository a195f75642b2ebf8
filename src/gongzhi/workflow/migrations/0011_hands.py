"""A post that has a task of its own in what another holds sees it; what was said in a round of whose affair it is."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

WORKS_ON = f"""
CREATE OR REPLACE FUNCTION workflow_works_on(p_matter uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- a function keeps its plan, where a policy's condition is planned anew with each row that a command writes
  RETURN EXISTS (SELECT FROM workflow_matter
                  WHERE id = p_matter AND ({matters.SEE_BY_HAND}) AND ({matters.WORK_BY_HAND}));
END $$
"""

LED_BY = f"""
CREATE OR REPLACE FUNCTION workflow_led_by(p_matter uuid)
RETURNS TABLE (id uuid, number varchar, flow_id uuid, state varchar, outcome varchar, due_at timestamptz,
               closed_at timestamptz, steps jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT l.id, l.number, l.flow_id, l.state, l.outcome, l.due_at, l.closed_at,
         (SELECT coalesce(jsonb_agg(jsonb_build_array(e.step, e.recorded_at) ORDER BY e.id), '[]')
            FROM (SELECT e.id, e.data ->> 'step' AS step, e.recorded_at FROM events_event e
                   WHERE e.thread = l.id AND e.data ? 'step' ORDER BY e.id DESC LIMIT 100) e)
    FROM (SELECT m.id, m.leading FROM workflow_matter m
           WHERE m.id = p_matter AND m.leading IS NOT NULL AND m.sealed_to IS NULL AND ({matters.SEE_BY_HAND})) m
    JOIN workflow_matter l ON l.id = m.leading AND l.sealed_to IS NULL
   WHERE EXISTS (SELECT FROM events_event e WHERE e.thread = m.id AND e.post IS NOT NULL
                    AND e.data ->> 'leading' = l.id::text)
$$
"""

GIVE = f"""
CREATE OR REPLACE FUNCTION workflow_give(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE given uuid[]; item jsonb; belongs text; owner uuid;
BEGIN
  -- only matters that the caller may work on as they stand now; none is made here
  SELECT array_agg((i -> 'row' ->> 'id')::uuid) INTO given
    FROM jsonb_array_elements(p -> 'rows') AS i WHERE i ->> 'table' = 'workflow_matter' AND i ->> 'op' = 'update';
  IF cardinality(given) IS DISTINCT FROM
       (SELECT count(*)::integer FROM workflow_matter WHERE id = ANY (given) AND ({matters.WORK_BY_HAND})) THEN
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

SORT = "family, kind, kind_id, flow_id, deadline_id, region_code, region_level, urgent, quarantined"


def of(row: str, columns: str) -> str:
    """The columns of OLD or NEW, to be compared whole."""
    return "(" + ", ".join(f"{row}.{column.strip()}" for column in columns.split(",")) + ")"


# Who has but a hand in a matter says neither what nor whose it is, and lets nobody else into it.
HANDS_KEPT = f"""
CREATE FUNCTION workflow_hands_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.sealed_to IS NULL AND (OLD.reporter = {sql.ACTOR} OR OLD.receipt_hash = {sql.RECEIPT}
                                OR OLD.hands && ({sql.POSTS})::uuid[])
     AND ({sql.within("work_matters", "OLD.region_code")}
          OR OLD.closed_at IS NULL AND {sql.one_of("OLD.holder_id", sql.POSTS)}) IS NOT TRUE
     AND ({of("NEW", SORT)} IS DISTINCT FROM {of("OLD", SORT)}
          OR NEW.holder_id IS NOT NULL AND NEW.holder_id IS DISTINCT FROM OLD.holder_id
          OR NEW.fulfilled_by IS NOT NULL AND NEW.fulfilled_by IS DISTINCT FROM OLD.fulfilled_by
          OR NEW.hands IS NOT NULL AND NOT NEW.hands <@ coalesce(OLD.hands, '{{}}')) THEN
    RAISE EXCEPTION 'who has but a hand in a matter does not say whose it is' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER workflow_hands_kept BEFORE UPDATE ON workflow_matter
  FOR EACH ROW EXECUTE FUNCTION workflow_hands_kept()
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0010_told_who_read"), ("command", "0002_write")]
    operations = [
        migrations.AddField("matter", "hands", ArrayField(base_field=models.UUIDField(), null=True, size=None)),
        migrations.AddField("round", "let_go", models.JSONField(default=list, db_default=[])),
        migrations.AddField("round", "decided_for", models.UUIDField(null=True)),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                "DROP POLICY workflow_matter_select ON workflow_matter",
                "DROP POLICY workflow_matter_update ON workflow_matter",
                f"CREATE POLICY workflow_matter_select ON workflow_matter FOR SELECT USING ({matters.SEE_BY_HAND})",
                "CREATE POLICY workflow_matter_update ON workflow_matter FOR UPDATE "
                f"USING ({matters.WORK_BY_HAND}) WITH CHECK ({matters.WORK_BY_HAND})",
                sql.FIX_SEARCH_PATH,
                WORKS_ON,
                LED_BY,
                GIVE,
                HANDS_KEPT,
            ]
        ],
    ]
