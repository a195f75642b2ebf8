"""Who sees the matter sees the order; a helper learns kind and village until he takes it."""

from django.db import migrations

from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

OFFERS = f"""
CREATE FUNCTION orders_offers(p_order uuid, p_limit integer)
RETURNS TABLE (id uuid, version integer, kind varchar, kind_id uuid, flow_id uuid, deadline_id uuid, state varchar,
               region_code bigint, recorded_at timestamptz, respond_by timestamptz, due_at timestamptz,
               task_id uuid, task_version integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- before a helper takes an order, its kind and its village are all that anybody learns
  SELECT m.id, m.version, m.kind, m.kind_id, m.flow_id, m.deadline_id, m.state, m.region_code, m.recorded_at,
         m.respond_by, m.due_at, t.id, t.version
    FROM workflow_matter m JOIN orders_order o ON o.id = m.id
    LEFT JOIN workflow_task t ON t.matter_id = m.id AND t.what = 'dispatch' AND t.done_at IS NULL
   WHERE o.open_to_helpers AND m.sealed_to IS NULL AND NOT m.quarantined AND m.holder_id IS NULL
     AND m.closed_at IS NULL AND m.state IN ('received', 'returned') AND (p_order IS NULL OR m.id = p_order)
     AND (m.reporter IS NULL OR m.reporter IS DISTINCT FROM {sql.ACTOR})
     AND EXISTS (SELECT FROM people_post p
                   JOIN permissions_roleright r ON r.role = p.role AND r."right" = 'act_volunteer'
                  WHERE {sql.one_of("p.id", sql.POSTS)}
                    AND m.region_code <@ regions_reach(p.region_code, p.region_level::integer))
   ORDER BY m.recorded_at DESC, m.id DESC LIMIT p_limit
$$
"""

TAKE = """
CREATE FUNCTION orders_take(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE taken uuid; item jsonb; allowed boolean;
BEGIN
  SELECT (i -> 'row' ->> 'id')::uuid INTO taken FROM jsonb_array_elements(p -> 'rows') AS i
   WHERE i ->> 'table' = 'workflow_matter' AND i ->> 'op' = 'update'
     AND (i -> 'row' ->> 'holder_id')::uuid = ANY (%(posts)s::uuid[]);
  IF taken IS NULL OR NOT EXISTS (SELECT FROM orders_offers(taken, 1)) THEN
    RETURN '42501';
  END IF;
  FOR item IN SELECT * FROM jsonb_array_elements(p -> 'rows') LOOP
    -- of the matter its state and holder change, and its tasks stay with it
    allowed := CASE concat_ws(' ', item ->> 'op', item ->> 'table')
      WHEN 'update workflow_matter' THEN (item -> 'row' ->> 'id')::uuid = taken
        AND (item -> 'row') - '{id,version,event_id,state,holder_id}'::text[] = '{}'
      WHEN 'insert workflow_task' THEN (item -> 'row' ->> 'matter_id')::uuid = taken
      WHEN 'update workflow_task' THEN NOT item -> 'row' ? 'matter_id' AND EXISTS (
        SELECT FROM workflow_task t WHERE t.id = (item -> 'row' ->> 'id')::uuid AND t.matter_id = taken)
      END;
    IF allowed IS NOT TRUE THEN
      RETURN '42501';
    END IF;
  END LOOP;
  IF command_forged(p) OR (p -> 'event' ->> 'thread')::uuid IS DISTINCT FROM taken THEN
    RETURN '42501';
  END IF;
  RETURN command_write(p);
END $$
""" % {"posts": sql.POSTS}

COUNT_INTAKE = """
CREATE FUNCTION orders_count_intake(p_keys text[], p_hour timestamptz) RETURNS integer[]
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- counts one more anonymous order under each key, and tells the counts of this hour in the order of the keys
  WITH counted AS (
    INSERT INTO orders_intake (key, hour, count) SELECT k, p_hour, 1 FROM unnest(p_keys) AS k
    ON CONFLICT (key, hour) DO UPDATE SET count = orders_intake.count + 1 RETURNING key, count)
  SELECT array_agg(c.count ORDER BY array_position(p_keys, c.key::text)) FROM counted c
$$
"""

LOOSE_PHOTOS = """
CREATE FUNCTION orders_loose_photos(p_paths text[]) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT array_agg(path) FROM unnest(p_paths) AS given(path)
   WHERE NOT EXISTS (SELECT FROM orders_photo o WHERE o.path = given.path)
$$
"""

BELONGING = ["orderwords", "ordercontact", "message", "photo", "lesson"]
MINE = (
    "EXISTS (SELECT FROM workflow_matter m WHERE m.id = orders_message.matter_id "
    f"AND (m.reporter = {sql.ACTOR} OR m.receipt_hash = {sql.RECEIPT}))"
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("workflow", "0002_policies")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [
            *matters.belonging("orders_order", "id"),
            *[s for name in BELONGING for s in matters.belonging(f"orders_{name}", "matter_id")],
            "DROP POLICY orders_message_select ON orders_message",
            "CREATE POLICY orders_message_select ON orders_message FOR SELECT USING "
            f"({matters.of_matter('orders_message.matter_id')} AND (direction <> 'note' OR NOT {MINE}))",
            *[s for name in ["order", *BELONGING] for s in events.track(f"orders_{name}")],
            sql.FIX_SEARCH_PATH,
            OFFERS,
            TAKE,
            COUNT_INTAKE,
            LOOSE_PHOTOS,
        ]
    ]
