"""Search: the newest orders whose words hold all of the asked bigrams, within the caller's scope.

Under row-level security the operators of arrays use no index, so the search runs in one SECURITY DEFINER function,
which applies the caller's scope before it returns an id.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

FOUND = f"""
     SELECT m.id, m.recorded_at
       FROM orders_orderwords w
       JOIN (SELECT id, recorded_at, region_code FROM workflow_matter WHERE {matters.SEE}) m ON m.id = w.matter_id
      WHERE w.bigrams @> $1 AND w.region_code BETWEEN $2 AND $3 AND m.region_code BETWEEN $2 AND $3"""

SPAN = "AND w.recorded_at >= $4 AND w.recorded_at < $5"

SEARCH = f"""
CREATE FUNCTION orders_search(p_grams text[], p_low bigint, p_high bigint, p_from timestamptz, p_until timestamptz,
                              p_limit integer, p_rising boolean)
RETURNS TABLE (matter uuid, entered timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE way text := CASE WHEN p_rising THEN 'ASC' ELSE 'DESC' END;
BEGIN
  -- planned anew each time (EXECUTE): how common the words are decides between the index of words and that of dates
  RETURN QUERY EXECUTE $q${FOUND} {SPAN} ORDER BY w.recorded_at $q$ || way || ', w.matter_id ' || way || ' LIMIT $6'
    USING p_grams, p_low, p_high, p_from, p_until, p_limit;
END $$
"""

COUNT = f"""
CREATE FUNCTION orders_found(p_grams text[], p_low bigint, p_high bigint, p_from timestamptz, p_until timestamptz,
                             p_most integer)
RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE n bigint;
BEGIN
  EXECUTE $q$SELECT count(*) FROM ({FOUND} {SPAN} LIMIT $6) f$q$ INTO n
    USING p_grams, p_low, p_high, p_from, p_until, p_most;
  RETURN n;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_policies")]
    operations = [
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS orders_search(text[], timestamptz, bigint, bigint, integer)",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveIndex(model_name="orderwords", name="words_bigrams"),
        migrations.RemoveIndex(model_name="orderwords", name="words_newest"),
        migrations.AlterField(
            model_name="orderwords",
            name="bigrams",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="orderwords",
            index=django.contrib.postgres.indexes.GinIndex(fields=["bigrams"], name="words_bigrams"),
        ),
        migrations.AddIndex(
            model_name="orderwords",
            index=models.Index(fields=["-recorded_at", "-order"], name="words_newest"),
        ),
        *[migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, SEARCH, COUNT]],
    ]
