"""What the level above is to decide is not open to helpers; words are found by whoever has a hand in their order."""

from django.db import migrations

from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

OFFERS = f"""
CREATE OR REPLACE FUNCTION orders_offers(p_order uuid, p_limit integer)
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
     AND NOT EXISTS (SELECT FROM workflow_task d
                      WHERE d.matter_id = m.id AND d.what = 'decide_competence' AND d.done_at IS NULL)
     AND (m.reporter IS NULL OR m.reporter IS DISTINCT FROM {sql.ACTOR})
     AND EXISTS (SELECT FROM people_post p
                   JOIN permissions_roleright r ON r.role = p.role AND r."right" = 'act_volunteer'
                  WHERE {sql.one_of("p.id", sql.POSTS)}
                    AND m.region_code <@ regions_reach(p.region_code, p.region_level::integer))
   ORDER BY m.recorded_at DESC, m.id DESC LIMIT p_limit
$$
"""

SEES = f"""
CREATE OR REPLACE FUNCTION orders_sees(p_matter uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN EXISTS (SELECT FROM workflow_matter WHERE id = p_matter AND ({matters.SEE_BY_HAND}));
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_alike_quicker"), ("workflow", "0011_hands")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, OFFERS, SEES]
    ]
