"""The event of a registration belongs to no case and no post: nobody writes into another's history by it."""

from django.db import migrations

from gongzhi.core.permissions import sql

REGISTER = f"""
CREATE OR REPLACE FUNCTION command_register(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE entered jsonb;
BEGIN
  -- one new person without household or numbers, by somebody who is nobody yet
  SELECT i -> 'row' INTO entered FROM jsonb_array_elements(p -> 'rows') AS i
   WHERE i ->> 'table' = 'people_person' AND i ->> 'op' = 'insert';
  IF entered IS NULL OR jsonb_array_length(p -> 'rows') <> 1 OR p ? 'key'
     OR {sql.ACTOR} IS NOT NULL OR p -> 'event' ->> 'actor' IS NOT NULL
     OR coalesce(p -> 'event' ->> 'thread', p -> 'event' ->> 'post', p -> 'event' ->> 'caused_by') IS NOT NULL
     OR p -> 'event' ->> 'name' IS DISTINCT FROM 'person.registered'
     OR coalesce(entered ->> 'household_id', entered ->> 'phone_enc', entered ->> 'idno_enc',
                 entered ->> 'phone_index', entered ->> 'idno_index') IS NOT NULL THEN
    RETURN '42501';
  END IF;
  RETURN command_write(p);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("command", "0003_register")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, REGISTER]
    ]
