"""Search: the newest orders whose words hold all of the asked bigrams, within the caller's scope.

Under row-level security the operators of arrays use no index, so the search runs in one SECURITY DEFINER function,
which applies the caller's scope before it returns an id.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

# Most are seen for their place, which the words' own row tells; only for the others the matter is asked.
FOUND = f"""
     SELECT w.matter_id, w.recorded_at
       FROM orders_orderwords w
      WHERE w.bigrams @> $1 AND w.region_code BETWEEN $2 AND $3
        AND ((NOT w.sealed AND coalesce({sql.within("see_matters", "w.region_code")}, false))
             OR orders_sees(w.matter_id))"""

SEES = f"""
CREATE FUNCTION orders_sees(p_matter uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN EXISTS (SELECT FROM workflow_matter WHERE id = p_matter AND ({matters.SEE}));
END $$
"""

BACKFILL = """
ALTER TABLE orders_orderwords DISABLE TRIGGER orders_orderwords_guard;
UPDATE orders_orderwords w SET sealed = true FROM workflow_matter m WHERE m.id = w.matter_id AND m.sealed_to IS NOT NULL;
ALTER TABLE orders_orderwords ENABLE TRIGGER orders_orderwords_guard
"""

# A list wants the newest few of what may be a handful or half of all orders. So the time is looked through in windows,
# the first as long as the last 8,000 orders took and each next one four times as long, until enough is found. In each
# the planner chooses anew (EXECUTE) between the index of words and that of dates; its errors are bounded by the window.
# To compare arrays costs far more than the planner knows: jumping counts dearly here, so that it walks for common words only.
SEARCH = f"""
CREATE FUNCTION orders_search(p_grams text[], p_low bigint, p_high bigint, p_from timestamptz, p_until timestamptz,
                              p_limit integer, p_rising boolean)
RETURNS TABLE (matter uuid, entered timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET random_page_cost = 4 AS $$
DECLARE
  way text := CASE WHEN p_rising THEN 'ASC' ELSE 'DESC' END;
  first timestamptz; last timestamptz; low timestamptz; high timestamptz; width interval; wanted integer := p_limit;
  found_here integer;
BEGIN
  SELECT min(recorded_at), max(recorded_at) + interval '1 microsecond' INTO first, last FROM orders_orderwords;
  first := greatest(first, p_from);
  last := least(last, p_until);
  IF p_rising THEN
    SELECT recorded_at - first INTO width FROM orders_orderwords WHERE recorded_at >= first
     ORDER BY recorded_at OFFSET 8000 LIMIT 1;
  ELSE
    SELECT last - recorded_at INTO width FROM orders_orderwords WHERE recorded_at < last
     ORDER BY recorded_at DESC OFFSET 8000 LIMIT 1;
  END IF;
  width := greatest(coalesce(width, last - first), interval '1 second');
  low := CASE WHEN p_rising THEN first ELSE last END;
  high := low;
  WHILE wanted > 0 AND (CASE WHEN p_rising THEN high < last ELSE low > first END) LOOP
    IF p_rising THEN
      low := high;
      high := least(last, high + width);
    ELSE
      high := low;
      low := greatest(first, low - width);
    END IF;
    RETURN QUERY EXECUTE $q${FOUND} AND w.recorded_at >= $4 AND w.recorded_at < $5
        ORDER BY w.recorded_at $q$ || way || ', w.matter_id ' || way || ' LIMIT $6'
      USING p_grams, p_low, p_high, low, high, wanted;
    GET DIAGNOSTICS found_here = ROW_COUNT;
    wanted := wanted - found_here;
    width := width * 4;
  END LOOP;
END $$
"""

COUNT = """
CREATE FUNCTION orders_found(p_grams text[], p_low bigint, p_high bigint, p_from timestamptz, p_until timestamptz,
                             p_most integer)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT count(*) FROM orders_search(p_grams, p_low, p_high, p_from, p_until, p_most, false)
$$
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
        migrations.AddField(
            model_name="orderwords",
            name="sealed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="orderwords",
            index=django.contrib.postgres.indexes.GinIndex(fields=["bigrams"], name="words_bigrams"),
        ),
        migrations.AddIndex(
            model_name="orderwords",
            index=models.Index(fields=["-recorded_at", "-order"], name="words_newest"),
        ),
        *[migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in [sql.FIX_SEARCH_PATH, SEES, SEARCH, COUNT]],
    ]
