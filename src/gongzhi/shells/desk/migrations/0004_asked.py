"""How often a form was sent: by oneself, for oneself alone; by a unit, where five posts or more sent it."""

from django.db import migrations

from gongzhi.core.permissions import sql

# An event's id begins with its time, so a month is a range of ids.
BOUND = "(lpad(to_hex((extract(epoch FROM ({month}) AT TIME ZONE p_zone) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid"
FROM = BOUND.format(month="date_trunc('month', p_month::timestamp)")
UNTIL = BOUND.format(month="date_trunc('month', p_month::timestamp) + interval '1 month'")

OWN = f"""
CREATE FUNCTION desk_own_asked(p_month date, p_zone text) RETURNS TABLE (name varchar, times bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT e.name, count(*) FROM events_event e
   WHERE e.id >= {FROM} AND e.id < {UNTIL} AND e.actor = {sql.ACTOR}
   GROUP BY e.name
$$
"""

BY_UNIT = f"""
CREATE FUNCTION desk_unit_asked(p_month date, p_zone text) RETURNS TABLE (unit bigint, name varchar, times bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  -- five posts in the hands of five people, or nothing is told; the platform and sealed posts are not counted
  SELECT u.unit, u.name, count(*) FROM (
    SELECT e.name, e.post, e.actor,
           CASE WHEN p.region_level >= 4 THEN p.region_code / 1000000000 * 1000000000
                ELSE p.region_code / 1000000000000 * 1000000000000 END AS unit
      FROM events_event e JOIN people_post p ON p.id = e.post
     WHERE e.id >= {FROM} AND e.id < {UNTIL} AND e.actor IS NOT NULL AND p.role <> 'platform'
       AND date_trunc('month', p_month::timestamp) < date_trunc('month', now() AT TIME ZONE p_zone)
       AND NOT EXISTS (SELECT FROM permissions_roleright r WHERE r.role = p.role AND r.sealed)) u
   WHERE EXISTS (SELECT FROM people_post mine
                   JOIN permissions_roleright r ON r.role = mine.role AND r."right" = 'see_matters'
                  WHERE {sql.one_of("mine.id", sql.POSTS)} AND mine.region_level <= 3
                    AND u.unit <@ regions_reach(mine.region_code, mine.region_level::integer))
   GROUP BY u.unit, u.name HAVING least(count(DISTINCT u.post), count(DISTINCT u.actor)) >= 5
$$
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_calendar"), ("events", "0001_initial"), ("regions", "0002_functions")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [sql.FIX_SEARCH_PATH, OWN, BY_UNIT]
    ]
