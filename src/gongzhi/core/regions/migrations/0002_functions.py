"""What the database itself knows of places: spans, reaches, and how many regions stand."""

from django.db import migrations

SPAN = """
CREATE FUNCTION regions_span(level integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (ARRAY[10000000000000000, 100000000000000, 1000000000000, 1000000000, 1000000, 10000, 100, 1])[level]
$$
"""

# A code that some region bears today keeps its records: whoever parted from that region does not reach them.
REACH = """
CREATE FUNCTION regions_reach(code bigint, level integer, on_date date DEFAULT 'infinity') RETURNS int8multirange
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH RECURSIVE held (code, level) AS (
    SELECT $1, $2
    UNION
    SELECT x.predecessor_code, x.predecessor_level::integer
      FROM held h
      JOIN regions_succession x
        ON x.successor_code BETWEEN h.code AND h.code + regions_span(h.level) - 1
       AND x.successor_level >= h.level AND x.on_date <= $3
     WHERE x.predecessor_code NOT BETWEEN h.code AND h.code + regions_span(h.level) - 1
       AND NOT EXISTS (
         SELECT FROM regions_region o
          WHERE o.level = x.predecessor_level AND o.code = x.predecessor_code
            AND o.valid_from <= $3 AND (o.valid_to IS NULL OR o.valid_to >= $3))
  )
  SELECT range_agg(int8range(held.code, held.code + regions_span(held.level))) FROM held
$$
"""

# Whole counties come from the tally, anything smaller from the regions themselves.
COUNTS = """
CREATE FUNCTION regions_counts(reach int8multirange, on_date date) RETURNS TABLE (level smallint, n bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH part AS MATERIALIZED (
    SELECT lower(r) AS low, upper(r) - 1 AS high,
           lower(r) % 1000000000000 = 0 AND upper(r) % 1000000000000 = 0 AS whole
      FROM unnest($1) AS r
  ), counted (level, n) AS (
    SELECT t.level, t.change::bigint
      FROM part JOIN regions_tally t
        ON t.county BETWEEN (low / 1000000000000)::integer AND (high / 1000000000000)::integer
     WHERE whole AND t.day <= $2
    UNION ALL
    SELECT r.level, 1
      FROM part JOIN regions_region r ON r.level = ANY ('{1,2,3,4,5,6,7,8}') AND r.code BETWEEN low AND high
     WHERE NOT whole AND r.valid_from <= $2 AND (r.valid_to IS NULL OR r.valid_to >= $2)
  )
  SELECT counted.level, sum(counted.n)::bigint FROM counted GROUP BY 1 HAVING sum(counted.n) <> 0 ORDER BY 1
$$
"""

NEW = "SELECT code, level, valid_from, valid_to, 1 AS sign FROM new_rows"
OLD = "SELECT code, level, valid_from, valid_to, -1 AS sign FROM old_rows"


def changes(rows: str) -> str:
    """The SQL that turns rows of regions into changes by county, level and day."""
    return f"""
    SELECT (r.code / 1000000000000)::integer AS county, r.level, d.day, sum(d.change)::integer AS change
      FROM ({rows}) AS r
           CROSS JOIN LATERAL (VALUES (r.valid_from, r.sign), (r.valid_to + 1, -r.sign)) AS d (day, change)
     WHERE d.day IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(d.change) <> 0 ORDER BY 1, 2, 3"""


def add(rows: str) -> str:
    """The SQL that adds the changes in `rows` to the tally."""
    return f"""
    INSERT INTO regions_tally AS t (county, level, day, change) {changes(rows)}
    ON CONFLICT (county, level, day) DO UPDATE SET change = t.change + excluded.change;"""


# The transition tables make one statement for a whole COPY. Adding under the row's lock is exact here, since the
# tally changes in the transaction that changes the regions; regions_tally_drift proves it. Regions are never deleted.
TALLY = f"""
CREATE FUNCTION regions_tally_keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN {add(NEW)}
  ELSE {add(f"{NEW} UNION ALL {OLD}")}
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER regions_tally_inserted AFTER INSERT ON regions_region
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION regions_tally_keep();
CREATE TRIGGER regions_tally_updated AFTER UPDATE ON regions_region
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION regions_tally_keep()
"""

DRIFT = f"""
CREATE FUNCTION regions_tally_drift() RETURNS TABLE (county integer, level smallint, day date, kept integer, counted integer)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT county, level, day, coalesce(t.change, 0), coalesce(c.change, 0)
    FROM (SELECT * FROM regions_tally WHERE change <> 0) AS t
    FULL JOIN ({changes("SELECT code, level, valid_from, valid_to, 1 AS sign FROM regions_region")}) AS c
   USING (county, level, day)
   WHERE t.change IS DISTINCT FROM c.change
$$
"""

FIX_SEARCH_PATH = "SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true)"


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in [FIX_SEARCH_PATH, SPAN, REACH, COUNTS, TALLY, DRIFT]
    ]
