"""Private addresses for calendars: told to their owner alone, and once; known here by a digest."""

from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

OWN = f"owner = {sql.ACTOR}"

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
      WHEN 'insert desk_calendarfeed' THEN (item -> 'row' ->> 'owner')::uuid = {sql.ACTOR}
      WHEN 'update desk_calendarfeed' THEN NOT item -> 'row' ? 'owner' AND NOT item -> 'row' ? 'token_hash' AND EXISTS (
        SELECT FROM desk_calendarfeed f WHERE f.id = (item -> 'row' ->> 'id')::uuid AND f.owner = {sql.ACTOR})
      END;
    IF mine IS NOT TRUE THEN
      RETURN '42501';
    END IF;
  END LOOP;
  RETURN command_write(p);
END $$
"""


# A calendar signs in to nothing: whoever presents the token is taken for its owner, as long as he may sign in.
PERSON = """
CREATE FUNCTION desk_feed_person(p_token_hash text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT p.id FROM desk_calendarfeed f JOIN people_person p ON p.pseudonym = f.owner
   WHERE f.token_hash = p_token_hash AND f.revoked_at IS NULL AND p.erased_at IS NULL
     AND EXISTS (SELECT FROM people_account a WHERE a.person_id = p.id AND a.is_active)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_replies")]
    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField(default=1, editable=False)),
                ("owner", models.UUIDField()),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)), fields=("owner",), name="feed_once"
                    )
                ]
            },
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                *sql.policies("desk_calendarfeed", select=OWN, insert=OWN, update=OWN),
                *events.track("desk_calendarfeed"),
                WRITE,
                PERSON,
            ]
        ],
    ]
