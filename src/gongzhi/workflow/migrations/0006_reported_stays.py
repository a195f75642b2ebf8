"""Where a matter came from never changes; who only reported it says neither what nor where nor whose it is."""

from django.db import migrations

from gongzhi.core.permissions import sql

ORIGIN = "number, subject, source, assisted_by, sealed_to, occurred_at, recorded_at"
SORT = "family, kind, kind_id, flow_id, deadline_id, region_code, region_level, urgent, quarantined"


def of(row: str, columns: str) -> str:
    """The columns of OLD or NEW, to be compared whole."""
    return "(" + ", ".join(f"{row}.{column.strip()}" for column in columns.split(",")) + ")"


# The reporter may be forgotten (null), never be another.
KEPT = f"""
CREATE FUNCTION workflow_matter_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF {of("NEW", ORIGIN)} IS DISTINCT FROM {of("OLD", ORIGIN)}
     OR NEW.reporter IS NOT NULL AND NEW.reporter IS DISTINCT FROM OLD.reporter
     OR NEW.receipt_hash IS NOT NULL AND NEW.receipt_hash IS DISTINCT FROM OLD.receipt_hash THEN
    RAISE EXCEPTION 'where a matter came from never changes' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (OLD.reporter = {sql.ACTOR} OR OLD.receipt_hash = {sql.RECEIPT})
     AND ((OLD.sealed_to IS NULL AND ({sql.within("work_matters", "OLD.region_code")}
            OR OLD.closed_at IS NULL AND {sql.one_of("OLD.holder_id", sql.POSTS)}))
          OR {sql.one_of("OLD.sealed_to", sql.SEALED)}) IS NOT TRUE
     AND ({of("NEW", SORT)} IS DISTINCT FROM {of("OLD", SORT)}
          OR NEW.holder_id IS NOT NULL AND NEW.holder_id IS DISTINCT FROM OLD.holder_id
          OR NEW.fulfilled_by IS NOT NULL AND NEW.fulfilled_by IS DISTINCT FROM OLD.fulfilled_by) THEN
    RAISE EXCEPTION 'who reported a matter does not say what or whose it is' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER workflow_matter_kept BEFORE UPDATE ON workflow_matter
  FOR EACH ROW EXECUTE FUNCTION workflow_matter_kept()
"""

READ_THERE = f"""
CREATE POLICY audit_personaldataread_of_matter ON audit_personaldataread AS RESTRICTIVE FOR INSERT WITH CHECK (
  thread IS NULL OR EXISTS (SELECT FROM workflow_matter m
    WHERE m.id = thread AND m.region_code = audit_personaldataread.region_code))
"""

# An event comes before its rows, so whether its case was opened is asked at the end.
OPENED = """
CREATE FUNCTION workflow_opened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM workflow_matter WHERE id = NEW.thread) THEN
    RAISE EXCEPTION 'event % belongs to a case that is none', NEW.id USING ERRCODE = 'GZ003';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER workflow_opened AFTER INSERT ON events_event
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.thread IS NOT NULL)
  EXECUTE FUNCTION workflow_opened()
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0005_sealed_readings")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, KEPT, READ_THERE, OPENED]
    ]
