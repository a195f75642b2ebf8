"""Orders that are alike: what may be the same is found in the caller's scope, and what is not the same is kept."""

import django.db.models.deletion
from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

# The newest of a township within some months are looked through; sealed and erased ones never are.
ALIKE = f"""
CREATE FUNCTION orders_alike(p_order uuid, p_low bigint, p_high bigint, p_since timestamptz, p_until timestamptz,
                             p_limit integer)
RETURNS TABLE (id uuid, grams text[], region_code bigint, recorded_at timestamptz, category varchar,
               lon double precision, lat double precision, photos text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT near.matter_id, near.bigrams, near.region_code, near.recorded_at, o.category, o.lon, o.lat, shot.digests
    FROM (SELECT w.matter_id, w.bigrams, w.region_code, w.recorded_at, asked.grams, asked.digests
            FROM (SELECT a.bigrams AS grams,
                         ARRAY(SELECT p.sha256::text FROM orders_photo p
                                WHERE p.matter_id = p_order AND p.erased_at IS NULL) AS digests
                    FROM orders_orderwords a JOIN workflow_matter m ON m.id = a.matter_id
                   WHERE a.matter_id = p_order AND NOT a.sealed AND a.erased_at IS NULL
                     AND ({sql.within("see_matters", "a.region_code")} OR {sql.one_of("m.holder_id", sql.POSTS)})) asked
           CROSS JOIN LATERAL (
             SELECT * FROM orders_orderwords w
              WHERE w.region_code BETWEEN p_low AND p_high AND w.recorded_at BETWEEN p_since AND p_until
                AND NOT w.sealed AND w.erased_at IS NULL AND w.matter_id <> p_order
                AND {sql.within("see_matters", "w.region_code")}
              ORDER BY w.recorded_at DESC LIMIT 3000) w) near
    JOIN workflow_matter m ON m.id = near.matter_id AND m.subject = 'orders' AND m.leading IS NULL
                          AND m.sealed_to IS NULL AND m.state NOT IN ('withdrawn', 'void')
    JOIN orders_order o ON o.id = near.matter_id
   CROSS JOIN LATERAL (SELECT ARRAY(SELECT p.sha256::text FROM orders_photo p
                                     WHERE p.matter_id = near.matter_id AND p.erased_at IS NULL) AS digests) shot
   WHERE (near.bigrams && near.grams OR shot.digests && near.digests)
     AND NOT EXISTS (SELECT FROM orders_different d
                      WHERE (d.matter_id, d.other) IN ((p_order, near.matter_id), (near.matter_id, p_order)))
   ORDER BY (SELECT count(*) FROM unnest(near.bigrams) AS gram WHERE gram = ANY (near.grams))::float
              / greatest(cardinality(near.bigrams), 1) + CASE WHEN shot.digests && near.digests THEN 1 ELSE 0 END DESC,
            near.recorded_at DESC
   LIMIT p_limit
$$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_learning"), ("workflow", "0008_leading")]
    operations = [
        migrations.CreateModel(
            name="Different",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("event_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField(default=1, editable=False)),
                ("other", models.UUIDField()),
                ("at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_column="matter_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="different",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("order", "other"), name="different_once")],
            },
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                *matters.belonging("orders_different", "matter_id"),
                *events.track("orders_different"),
                ALIKE,
            ]
        ],
    ]
