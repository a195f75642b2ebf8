"""A search finds by words and by place, together with the list's other filters, and counts in the same call."""

from django.db import migrations, models

from gongzhi.core.permissions import sql

# What a search looks for, as the statement for one stretch of time. There are two ways: to walk through the orders by
# date, or to ask the indexes of words and of places. A fence (OFFSET 0) keeps the planner from mixing them.
STATEMENT = f"""
CREATE FUNCTION orders_search_statement(p jsonb, p_walk boolean, p_low timestamptz, p_high timestamptz, p_limit integer,
                                        p_way text)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  grams text := format('w.bigrams @> %L::text[]', ARRAY(SELECT jsonb_array_elements_text(p -> 'grams')));
  rest text := format('w.bigrams @> %L::text[]', ARRAY(SELECT jsonb_array_elements_text(p -> 'rest')));
  cut text := format(' LIMIT %s', p_limit);
  found text; kept text; within text; places text; narrowed text;
BEGIN
  SELECT '(' || string_agg(format('w.region_code BETWEEN %s AND %s', low, high), ' OR ') || ')' INTO within
    FROM (SELECT (e ->> 0)::bigint, (e ->> 1)::bigint FROM jsonb_array_elements(p -> 'within') AS e
          UNION ALL
          SELECT lower(r), upper(r) - 1 FROM unnest(regions_reach((p #>> '{{chosen,0}}')::bigint, (p #>> '{{chosen,1}}')::integer)) AS r
           WHERE p ->> 'chosen' IS NOT NULL) AS interval_of(low, high);
  SELECT '(' || string_agg(format('w.region_code BETWEEN %s AND %s', lower(r), upper(r) - 1), ' OR ') || ')' INTO places
    FROM jsonb_array_elements(p -> 'places') AS e, unnest(regions_reach((e ->> 0)::bigint, (e ->> 1)::integer)) AS r;
  IF p -> 'rest' <> '[]' THEN
    places := places || ' AND ' || rest;
  END IF;
  kept := format($q$ WHERE %s
      AND ((NOT w.sealed AND coalesce({sql.within("see_matters", "w.region_code")}, false)) OR orders_sees(w.matter_id))
      AND w.recorded_at >= %L AND w.recorded_at < %L$q$, within, p_low, p_high);
  SELECT string_agg(' AND ' || CASE name
           WHEN 'unheld' THEN 'm.holder_id IS NULL AND m.closed_at IS NULL'
           WHEN 'open_only' THEN 'm.closed_at IS NULL'
           WHEN 'due' THEN 'm.closed_at IS NULL AND m.due_at IS NOT NULL'
           WHEN 'overdue' THEN format('m.closed_at IS NULL AND m.due_at < now() AND m.state <> ALL (%L)',
                                      ARRAY(SELECT jsonb_array_elements_text(value)))
           WHEN 'quarantined' THEN format('m.quarantined = %L::boolean', value #>> '{{}}')
           WHEN 'holder' THEN format('m.holder_id = %L::uuid', value #>> '{{}}')
           WHEN 'state' THEN format('m.state = %L', value #>> '{{}}')
           WHEN 'kind' THEN format('m.kind = %L', value #>> '{{}}')
           WHEN 'source' THEN format('m.source = %L', value #>> '{{}}')
           WHEN 'category' THEN format('EXISTS (SELECT FROM orders_order o WHERE o.id = m.id AND o.category = %L)',
                                       value #>> '{{}}')
           END, '') INTO narrowed
    FROM jsonb_each(p -> 'filter') AS each(name, value);
  IF narrowed IS NOT NULL THEN
    kept := kept || ' AND EXISTS (SELECT FROM workflow_matter m WHERE m.id = w.matter_id' || narrowed
      || CASE WHEN p_walk THEN ' OFFSET 0)' ELSE ')' END;
  END IF;
  IF p_way <> '' THEN
    IF p ->> 'key' IS NOT NULL THEN
      kept := kept || format(' AND (w.recorded_at, w.matter_id) %s (%L::timestamptz, %L::uuid)',
                             CASE p_way WHEN 'ASC' THEN '>' ELSE '<' END, p #>> '{{key,0}}', p #>> '{{key,1}}');
    END IF;
    cut := format(' ORDER BY w.recorded_at %s, w.matter_id %1$s LIMIT %s', p_way, p_limit);
  END IF;
  found := 'SELECT w.matter_id, w.recorded_at FROM ';
  IF p_walk THEN
    RETURN found || format('(SELECT * FROM orders_orderwords w WHERE w.recorded_at >= %L AND w.recorded_at < %L '
        'ORDER BY w.recorded_at %s, w.matter_id %3$s OFFSET 0) w', p_low, p_high, coalesce(nullif(p_way, ''), 'DESC'))
      || kept || ' AND (' || grams || coalesce(' OR ' || places, '') || ')' || cut;
  END IF;
  found := found || 'orders_orderwords w' || kept || ' AND ';
  IF places IS NULL THEN
    RETURN found || grams || cut;
  END IF;
  RETURN 'SELECT * FROM ((' || found || grams || cut || ') UNION (' || found || places || cut || ')) w' || cut;
END $$
"""

# `p` says: grams (of all words), rest (of those that name no place), places ([code, level]: an order there needs not
# the words that name it), within ([low, high]: codes) or the reach of a place chosen ([code, level]), since and until, key ([at, id]: the last row seen), rising, limit, most
# (count so far; null: do not count), filter (above).
# A list wants the newest few of what may be a handful or half of all orders, and the planner's guess is bad where words
# always stand together. So the newest orders are looked through first, and what was found among them tells which way
# costs less; it goes on in windows of time, each four times as long, which bounds the error of either.
SEARCH = """
CREATE FUNCTION orders_search(p jsonb) RETURNS TABLE (ids uuid[], counted integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET random_page_cost = 4 SET enable_seqscan = off AS $$
DECLARE
  sample CONSTANT integer := 2000;
  walkable CONSTANT integer := 16000;
  wanted CONSTANT integer := p -> 'limit';
  most CONSTANT integer := p ->> 'most';
  rising CONSTANT boolean := p -> 'rising';
  key_at CONSTANT timestamptz := p #>> '{key,0}';
  way CONSTANT text := CASE WHEN rising THEN 'ASC' ELSE 'DESC' END;
  collect CONSTANT text := 'SELECT coalesce(array_agg(matter_id), ''{}'') FROM (%s) AS x';
  first timestamptz; last timestamptz; low timestamptz; high timestamptz; edge timestamptz; sampled interval; width interval;
  hits integer; need double precision; walk boolean; batch uuid[];
BEGIN
  SELECT min(recorded_at), max(recorded_at) + interval '1 microsecond' INTO first, last FROM orders_orderwords;
  first := CASE WHEN first IS NOT NULL THEN greatest(first, (p ->> 'since')::timestamptz) END;  -- null: no order at all
  last := least(last, (p ->> 'until')::timestamptz);
  ids := '{}';
  counted := 0;
  IF first IS NULL OR first >= last THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF rising THEN
    low := greatest(first, key_at);
    SELECT recorded_at INTO edge FROM orders_orderwords WHERE recorded_at >= low ORDER BY recorded_at OFFSET sample LIMIT 1;
    high := least(coalesce(edge, last), last);
  ELSE
    high := least(last, key_at + interval '1 microsecond');
    SELECT recorded_at INTO edge FROM orders_orderwords WHERE recorded_at < high ORDER BY recorded_at DESC OFFSET sample LIMIT 1;
    low := greatest(coalesce(edge, first), first);
  END IF;
  sampled := greatest(high - low, interval '1 millisecond');
  EXECUTE format(collect, orders_search_statement(p, true, low, high, sample * 2, way)) INTO ids;
  hits := cardinality(ids);
  ids := ids[:wanted];
  need := sample / greatest(hits, 0.5);
  walk := need * (wanted - hits) <= walkable;
  width := sampled * greatest(1, need * (wanted - hits) / sample * CASE WHEN walk THEN 1.5 ELSE 4 END);
  WHILE cardinality(ids) < wanted AND (CASE WHEN rising THEN high < last ELSE low > first END) LOOP
    IF rising THEN
      low := high;
      high := least(last, high + width);
    ELSE
      high := low;
      low := greatest(first, low - width);
    END IF;
    EXECUTE format(collect, orders_search_statement(p, walk, low, high, wanted - cardinality(ids), way)) INTO batch;
    ids := ids || batch;
    walk := false;
    width := width * 4;
  END LOOP;
  IF most IS NULL OR (key_at IS NULL AND cardinality(ids) < wanted) THEN
    counted := cardinality(ids);
  ELSE
    counted := least(hits, most);
    IF counted < most AND need * most <= walkable THEN
      low := greatest(first, last - sampled * (need * most / sample * 4));
      EXECUTE 'SELECT count(*) FROM (' || orders_search_statement(p, true, low, last, most, '') || ') AS x' INTO counted;
    END IF;
    IF counted < most THEN
      EXECUTE 'SELECT count(*) FROM (' || orders_search_statement(p, false, first, last, most, '') || ') AS x' INTO counted;
    END IF;
  END IF;
  RETURN NEXT;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_erasing"), ("regions", "0002_functions")]
    operations = [
        migrations.AddIndex(
            model_name="orderwords",
            index=models.Index(fields=["region_code", "recorded_at"], name="words_place"),
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                "DROP FUNCTION orders_found(text[], bigint, bigint, timestamptz, timestamptz, integer)",
                "DROP FUNCTION orders_search(text[], bigint, bigint, timestamptz, timestamptz, integer, boolean)",
                STATEMENT,
                SEARCH,
            ]
        ],
    ]
