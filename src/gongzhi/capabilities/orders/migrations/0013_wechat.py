"""Where a resident is reached by WeChat, kept with his consent: read by himself, and by the platform to tell him."""

from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

OWN = f"owner = {sql.ACTOR}"
EMPTY = '{"openid_enc": null, "openid_index": null}'

# One's own address alone, at one's own place, in no case.
BIND = f"""
CREATE FUNCTION orders_bind(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE item jsonb := p -> 'rows' -> 0; place bigint; mine boolean;
BEGIN
  SELECT region_code INTO place FROM people_person WHERE id = {sql.PERSON} AND pseudonym = {sql.ACTOR} AND erased_at IS NULL;
  mine := CASE concat_ws(' ', item ->> 'op', item ->> 'table')
    WHEN 'insert orders_wechataddress' THEN
      (item -> 'row' ->> 'owner')::uuid = {sql.ACTOR} AND (item -> 'row' ->> 'region_code')::bigint = place
    WHEN 'update orders_wechataddress' THEN
      NOT item -> 'row' ? 'owner' AND NOT item -> 'row' ? 'region_code' AND EXISTS (
        SELECT FROM orders_wechataddress w WHERE w.id = (item -> 'row' ->> 'id')::uuid AND w.owner = {sql.ACTOR})
    END;
  IF command_forged(p) OR place IS NULL OR mine IS NOT TRUE OR jsonb_array_length(p -> 'rows') <> 1
     OR p -> 'event' ->> 'name' NOT IN ('notice.wechat_bound', 'notice.wechat_ended')
     OR p -> 'event' ->> 'thread' IS NOT NULL
     OR (p -> 'event' ->> 'region_code')::bigint IS DISTINCT FROM place THEN
    RETURN '42501';
  END IF;
  RETURN command_write(p);
END $$
"""

BY_ITSELF = f"""{sql.ACTOR} IS NULL AND EXISTS (
  SELECT FROM people_post post WHERE {sql.one_of("post.id", sql.POSTS)} AND post.role = 'platform'
     AND {{}} <@ regions_reach(post.region_code, post.region_level::integer))"""

OF_ORDER = f"""
CREATE FUNCTION orders_wechat_of(p_order uuid) RETURNS TABLE (openid_enc bytea, openid_index bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT w.openid_enc, w.openid_index
    FROM workflow_matter m JOIN orders_wechataddress w ON w.owner = m.reporter
   WHERE m.id = p_order AND m.sealed_to IS NULL AND w.openid_enc IS NOT NULL AND {BY_ITSELF.format("m.region_code")}
$$
"""

# With a person: whom the caller is, or whose entry he keeps. Without: what the platform finds past its term.
FORGET = f"""
CREATE FUNCTION orders_forget_wechat(p_person uuid, p_closed_before timestamptz, p_events uuid[], p_at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE found record; done integer := 0; answer text;
BEGIN
  FOR found IN
    SELECT w.id, w.version, w.region_code FROM orders_wechataddress w
     WHERE w.openid_enc IS NOT NULL AND CASE WHEN p_person IS NOT NULL
       THEN EXISTS (SELECT FROM people_person p WHERE p.id = p_person AND p.pseudonym = w.owner
                       AND (p.id = {sql.PERSON} OR {sql.within("edit_people", "p.region_code")}))
       ELSE w.bound_at < p_closed_before AND {BY_ITSELF.format("w.region_code")}
            AND NOT EXISTS (SELECT FROM workflow_matter m WHERE m.reporter = w.owner
                               AND (m.closed_at IS NULL OR m.closed_at >= p_closed_before)) END
     ORDER BY w.id LIMIT cardinality(p_events) FOR UPDATE OF w
  LOOP
    done := done + 1;
    answer := command_write(jsonb_build_object(
      'event', jsonb_build_object('id', p_events[done], 'name', 'notice.wechat_forgotten', 'actor', {sql.ACTOR},
        'post', CASE WHEN {sql.ACTOR} IS NULL THEN ({sql.POSTS})[1] END, 'region_code', found.region_code,
        'occurred_at', p_at, 'recorded_at', p_at,
        'data', jsonb_build_object('reason', CASE WHEN p_person IS NULL THEN 'term_over' ELSE 'person_erased' END)),
      'rows', jsonb_build_array(jsonb_build_object('op', 'update', 'table', 'orders_wechataddress', 'row',
        '{EMPTY}'::jsonb || jsonb_build_object(
          'id', found.id, 'version', found.version + 1, 'event_id', p_events[done], 'ended_at', p_at)))));
    IF answer <> '' THEN
      RAISE EXCEPTION 'a WeChat address was not erased: %', answer USING ERRCODE = 'GZ409';
    END IF;
  END LOOP;
  RETURN done;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_ringing"), ("people", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="WeChatAddress",
            fields=[
                ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField(default=1, editable=False)),
                ("owner", models.UUIDField(unique=True)),
                ("region_code", models.BigIntegerField()),
                ("openid_enc", models.BinaryField(null=True)),
                ("openid_index", models.BinaryField(null=True)),
                ("bound_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                *sql.policies("orders_wechataddress", select=OWN, insert=OWN, update=OWN),
                *events.track("orders_wechataddress"),
                BIND,
                OF_ORDER,
                FORGET,
            ]
        ],
    ]
