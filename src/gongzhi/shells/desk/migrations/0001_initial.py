"""A person's own views of a list: seen and changed by that person alone, with events that nobody else reads."""

from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

OWN = f"owner = {sql.ACTOR}"

# An event of one's own desk belongs to no case and no place: nobody who audits a place reads it. So it is written here,
# where it can name nothing but rows of the writer's own.
WRITE = f"""
CREATE FUNCTION desk_write(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE item jsonb; mine boolean; event jsonb := p -> 'event';
BEGIN
  IF command_forged(p) OR event ->> 'actor' IS NULL OR NOT starts_with(event ->> 'name', 'desk.')
     OR event ->> 'thread' IS NOT NULL OR event ->> 'region_code' IS NOT NULL
     OR coalesce(jsonb_array_length(p -> 'rows'), 0) = 0 THEN
    RETURN '42501';
  END IF;
  FOR item IN SELECT * FROM jsonb_array_elements(p -> 'rows') LOOP
    mine := CASE concat_ws(' ', item ->> 'op', item ->> 'table')
      WHEN 'insert desk_savedview' THEN (item -> 'row' ->> 'owner')::uuid = {sql.ACTOR}
      WHEN 'update desk_savedview' THEN NOT item -> 'row' ? 'owner' AND EXISTS (
        SELECT FROM desk_savedview v WHERE v.id = (item -> 'row' ->> 'id')::uuid AND v.owner = {sql.ACTOR})
      END;
    IF mine IS NOT TRUE THEN
      RETURN '42501';
    END IF;
  END LOOP;
  RETURN command_write(p);
END $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("command", "0004_register_unforged")]
    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField(default=1, editable=False)),
                ("owner", models.UUIDField()),
                ("page", models.CharField(max_length=20)),
                ("name", models.CharField(blank=True, max_length=40)),
                ("query", models.CharField(blank=True, max_length=500)),
                ("position", models.SmallIntegerField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("owner", "page", "name"),
                        name="view_named_once",
                    )
                ]
            },
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                *sql.policies("desk_savedview", select=OWN, insert=OWN, update=OWN),
                *events.track("desk_savedview"),
                WRITE,
            ]
        ],
    ]
