"""Words that a post often says: read and kept by whoever holds the post."""

import django.db.models.deletion
from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

OWN = sql.one_of("post_id", sql.POSTS)

WRITE = f"""
CREATE OR REPLACE FUNCTION desk_write(p jsonb) RETURNS text
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
      WHEN 'insert desk_postreply' THEN {sql.one_of("(item -> 'row' ->> 'post_id')::uuid", sql.POSTS)}
      WHEN 'update desk_postreply' THEN NOT item -> 'row' ? 'post_id' AND EXISTS (
        SELECT FROM desk_postreply r WHERE r.id = (item -> 'row' ->> 'id')::uuid AND {sql.one_of("r.post_id", sql.POSTS)})
      END;
    IF mine IS NOT TRUE THEN
      RETURN '42501';
    END IF;
  END LOOP;
  RETURN command_write(p);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial"), ("people", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="PostReply",
            fields=[
                ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField(default=1, editable=False)),
                ("step", models.CharField(max_length=40)),
                ("name", models.CharField(blank=True, max_length=40)),
                ("words", models.TextField(blank=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.post"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("post", "step", "name"),
                        name="reply_named_once",
                    )
                ]
            },
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                *sql.policies("desk_postreply", select=OWN, insert=OWN, update=OWN),
                *events.track("desk_postreply"),
                WRITE,
            ]
        ],
    ]
