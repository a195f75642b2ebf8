"""A post's place changes only to what became of it: by a merger, a division or a renumbering."""

from django.db import migrations

from gongzhi.core.permissions import sql

POST_KEPT = """
CREATE OR REPLACE FUNCTION people_post_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (NEW.role, NEW.organisation_id, NEW.valid_from) IS DISTINCT FROM (OLD.role, OLD.organisation_id, OLD.valid_from)
     OR OLD.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to THEN
    RAISE EXCEPTION 'a post keeps its role and place; ended, it stays so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.region_code, NEW.region_level) IS DISTINCT FROM (OLD.region_code, OLD.region_level) AND NOT EXISTS (
       WITH RECURSIVE after (code, level) AS (
         SELECT OLD.region_code, OLD.region_level
         UNION
         SELECT s.successor_code, s.successor_level
           FROM after a JOIN regions_succession s ON s.predecessor_code = a.code AND s.predecessor_level = a.level)
       SELECT FROM after WHERE code = NEW.region_code AND level = NEW.region_level) THEN
    RAISE EXCEPTION 'a post moves only to what its place became' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0007_sealed_together"), ("regions", "0002_functions")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, POST_KEPT]
    ]
