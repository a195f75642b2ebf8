"""What a village's page tells of its orders: counts of a place alone, and none where there are fewer than five."""

from django.db import migrations

from gongzhi.core.permissions import sql

OUTCOMES = """
CREATE FUNCTION orders_outcomes(p_code bigint, p_level integer, p_since timestamptz)
RETURNS TABLE (received bigint, in_hand bigint, closed bigint, solved bigint, partly bigint, not_solved bigint,
               not_ours bigint, unrated bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM (
    SELECT count(*) AS received,
           count(*) FILTER (WHERE m.closed_at IS NULL),
           count(*) FILTER (WHERE m.closed_at IS NOT NULL),
           count(*) FILTER (WHERE m.closed_at IS NOT NULL AND m.outcome = 'solved' AND o.stars IS NOT NULL),
           count(*) FILTER (WHERE m.closed_at IS NOT NULL AND m.outcome = 'partly'),
           count(*) FILTER (WHERE m.closed_at IS NOT NULL AND m.outcome = 'not_solved'),
           count(*) FILTER (WHERE m.closed_at IS NOT NULL AND m.outcome = 'not_ours'),
           count(*) FILTER (WHERE m.closed_at IS NOT NULL AND m.outcome NOT IN ('partly', 'not_solved', 'not_ours')
                                  AND o.stars IS NULL)
      FROM workflow_matter m JOIN orders_order o ON o.id = m.id
     WHERE m.subject = 'orders' AND m.sealed_to IS NULL AND NOT m.quarantined
       AND m.state NOT IN ('withdrawn', 'void') AND m.outcome <> 'duplicate' AND m.recorded_at >= p_since
       AND m.region_code BETWEEN lower(regions_reach(p_code, p_level)) AND upper(regions_reach(p_code, p_level)) - 1
       AND m.region_code <@ regions_reach(p_code, p_level)) AS counts
   WHERE received >= 5
$$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_neighbours")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, OUTCOMES]
    ]
