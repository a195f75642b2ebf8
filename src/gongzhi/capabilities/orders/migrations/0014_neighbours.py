"""What neighbours may know of an order and follow: a summary that the desk released, the reporter's consent, followers."""

import json

import django.db.models.deletion
from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql
from gongzhi.workflow import sql as matters

TRACKED = [
    ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
    ("event_id", models.UUIDField(editable=False)),
    ("version", models.IntegerField(default=1, editable=False)),
]
VILLAGE = 10**6
"""So many codes lie in one village: nothing finer is told."""


def one_order(name: str) -> models.OneToOneField:
    """The order that a row belongs to."""
    return models.OneToOneField(
        db_column="matter_id", on_delete=django.db.models.deletion.PROTECT, related_name=name, to="orders.order"
    )


def whose(table: str) -> str:
    """The condition that the reader is the one who reported the matter of a row of `table`."""
    return f"EXISTS (SELECT FROM workflow_matter m WHERE m.id = {table}.matter_id AND ({matters.MINE}))"


# The consent is the reporter's alone; a summary is released by whoever works on the matters of the place.
CONSENTING = f"""EXISTS (SELECT FROM workflow_matter m
  WHERE m.id = orders_showconsent.matter_id AND m.sealed_to IS NULL AND ({matters.MINE}))"""
RELEASING = f"""EXISTS (SELECT FROM workflow_matter m WHERE m.id = orders_releasedsummary.matter_id
  AND m.sealed_to IS NULL AND NOT coalesce({matters.MINE}, false) AND {sql.within("work_matters", "m.region_code")})"""

STANDING = """
  s.revoked_at IS NULL AND s.erased_at IS NULL AND m.subject = 'orders' AND m.family = 'public_report'
  AND m.sealed_to IS NULL AND NOT m.quarantined AND m.leading IS NULL AND m.closed_at IS NULL"""
NOT_OWN = f"(m.reporter IS NULL OR m.reporter IS DISTINCT FROM {sql.ACTOR})"
GIVEN = "EXISTS (SELECT FROM orders_showconsent c WHERE c.matter_id = s.matter_id AND c.given AND c.at <= s.at)"

# Whoever asks learns what the desk released: the village, a point of a grid of 100 metres, the day.
OFFERED = f"""
CREATE FUNCTION orders_offered(p_low bigint, p_high bigint, p_since timestamptz, p_limit integer)
RETURNS TABLE (id uuid, matter_id uuid, kind varchar, kind_id uuid, region_code bigint, lon numeric, lat numeric,
               since timestamptz, summary varchar, words text, photos uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT s.id, m.id, m.kind, m.kind_id, m.region_code - m.region_code % {VILLAGE}, round(o.lon::numeric, 3),
         round(o.lat::numeric, 3), date_trunc('day', m.recorded_at, 'Asia/Shanghai'), s.summary,
         CASE WHEN s.words AND shown.given THEN w.text ELSE '' END,
         CASE WHEN s.photos AND shown.given
              THEN ARRAY(SELECT p.id FROM orders_photo p WHERE p.matter_id = m.id AND p.by = 'resident'
                            AND p.erased_at IS NULL ORDER BY p.id)
              ELSE '{{}}' END
    FROM orders_releasedsummary s
    JOIN workflow_matter m ON m.id = s.matter_id
    JOIN orders_order o ON o.id = s.matter_id
    JOIN orders_orderwords w ON w.matter_id = s.matter_id AND w.erased_at IS NULL
   CROSS JOIN LATERAL (SELECT {GIVEN} AS given) shown
   WHERE s.region_code BETWEEN p_low AND p_high AND m.region_code BETWEEN p_low AND p_high AND m.recorded_at >= p_since
     AND {STANDING} AND {NOT_OWN}
   ORDER BY s.at DESC, s.id DESC LIMIT p_limit
$$
"""

SHOWN_PHOTO = f"""
CREATE FUNCTION orders_shown_photo(p_summary uuid, p_photo uuid) RETURNS varchar
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT p.path FROM orders_releasedsummary s JOIN workflow_matter m ON m.id = s.matter_id
    JOIN orders_photo p ON p.matter_id = s.matter_id AND p.id = p_photo AND p.by = 'resident' AND p.erased_at IS NULL
   WHERE s.id = p_summary AND s.photos AND {STANDING} AND {GIVEN}
$$
"""

# Who follows sees no matter, so this writes for him: one row of his own, or what is left of it once he stops.
FOLLOW = f"""
CREATE FUNCTION orders_follow(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE item jsonb := p -> 'rows' -> 0; fresh jsonb := p -> 'rows' -> 0 -> 'row'; kept orders_follower; answer text;
BEGIN
  IF command_forged(p) OR jsonb_array_length(p -> 'rows') <> 1 OR item ->> 'table' IS DISTINCT FROM 'orders_follower'
     OR coalesce(p -> 'event' ->> 'thread', p -> 'event' ->> 'caused_by') IS NOT NULL THEN
    RETURN '42501';
  END IF;
  IF item ->> 'op' = 'insert' THEN
    IF p -> 'event' ->> 'name' IS DISTINCT FROM 'order.followed' OR {sql.RECEIPT} IS NULL
       OR p -> 'event' ->> 'post' IS NOT NULL OR fresh ->> 'receipt_hash' IS DISTINCT FROM {sql.RECEIPT}
       OR (fresh ->> 'follower')::uuid IS DISTINCT FROM {sql.ACTOR} OR fresh ->> 'stopped_at' IS NOT NULL
       OR EXISTS (SELECT FROM workflow_matter m WHERE m.receipt_hash = {sql.RECEIPT})
       OR NOT EXISTS (SELECT FROM orders_releasedsummary s JOIN workflow_matter m ON m.id = s.matter_id
                       WHERE s.matter_id = (fresh ->> 'matter_id')::uuid AND {STANDING}
                         AND {NOT_OWN}
                         AND (p -> 'event' ->> 'region_code')::bigint = m.region_code - m.region_code % {VILLAGE}) THEN
      RETURN '42501';
    END IF;
    RETURN command_write(p);
  END IF;
  SELECT * INTO kept FROM orders_follower WHERE id = (fresh ->> 'id')::uuid AND stopped_at IS NULL;
  IF kept.id IS NULL OR item ->> 'op' IS DISTINCT FROM 'update' OR fresh ->> 'stopped_at' IS NULL
     OR fresh - '{{id,version,event_id,stopped_at}}'::text[] <> '{{"receipt_hash": null, "follower": null}}'
     OR coalesce(CASE p -> 'event' ->> 'name'
          WHEN 'order.unfollowed' THEN p -> 'event' ->> 'post' IS NULL AND kept.receipt_hash = {sql.RECEIPT}
          -- the platform, once the order that was followed is over
          WHEN 'order.follower_forgotten' THEN {sql.ACTOR} IS NULL AND {sql.RECEIPT} IS NULL AND EXISTS (
            SELECT FROM workflow_matter m, people_post t
             WHERE m.id = kept.matter_id AND m.closed_at IS NOT NULL AND {sql.one_of("t.id", sql.POSTS)}
               AND t.role = 'platform' AND m.region_code <@ regions_reach(t.region_code, t.region_level::integer))
          END, false) IS FALSE THEN
    RETURN '42501';
  END IF;
  answer := command_write(p);
  IF answer = '' THEN  -- the keys of his commands bear the digest of his receipt
    DELETE FROM command_commandkey WHERE actor_key = 'r:' || kept.receipt_hash;
  END IF;
  RETURN answer;
END $$
"""

# Where the order stands that the receipt follows; if it was merged by a post, where the leading one does. No words.
FOLLOWED = f"""
CREATE FUNCTION orders_followed()
RETURNS TABLE (id uuid, version integer, at timestamptz, number varchar, kind_id uuid, region_code bigint,
               since timestamptz, summary varchar, merged_into varchar, flow_id uuid, state varchar, outcome varchar,
               due_at timestamptz, closed_at timestamptz, erased boolean, steps jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT f.id, f.version, f.at, m.number, m.kind_id, m.region_code - m.region_code % {VILLAGE},
         date_trunc('day', m.recorded_at, 'Asia/Shanghai'), coalesce(s.summary, ''),
         CASE WHEN l.id = m.id THEN '' ELSE l.number END, l.flow_id, l.state, l.outcome, l.due_at, l.closed_at,
         w.erased_at IS NOT NULL,
         (SELECT coalesce(jsonb_agg(jsonb_build_array(e.step, e.recorded_at) ORDER BY e.id), '[]')
            FROM (SELECT e.id, e.data ->> 'step' AS step, e.recorded_at FROM events_event e
                   WHERE e.thread = l.id AND e.data ? 'step' ORDER BY e.id DESC LIMIT 100) e)
    FROM orders_follower f
    JOIN workflow_matter m ON m.id = f.matter_id AND m.sealed_to IS NULL
    JOIN orders_orderwords w ON w.matter_id = m.id
    JOIN workflow_matter l ON l.sealed_to IS NULL AND l.id = CASE
         WHEN m.leading IS NOT NULL AND EXISTS (SELECT FROM events_event e WHERE e.thread = m.id AND e.post IS NOT NULL
                                                   AND e.data ->> 'leading' = m.leading::text) THEN m.leading
         ELSE m.id END
    LEFT JOIN orders_releasedsummary s ON s.matter_id = m.id AND s.revoked_at IS NULL AND s.erased_at IS NULL
   WHERE f.receipt_hash = {sql.RECEIPT} AND f.stopped_at IS NULL
$$
"""

ERASABLE = """
CREATE OR REPLACE FUNCTION orders_erasable(p_order uuid)
RETURNS TABLE (kept_in text, id uuid, version integer, path varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT r.* FROM (
    SELECT 'orders_orderwords', id, version, '' FROM orders_orderwords WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_ordercontact', id, version, '' FROM orders_ordercontact
     WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_message', id, version, '' FROM orders_message WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_photo', id, version, path FROM orders_photo WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_releasedsummary', id, version, '' FROM orders_releasedsummary
     WHERE matter_id = p_order AND erased_at IS NULL
    UNION ALL SELECT 'orders_order', id, version, '' FROM orders_order
     WHERE id = p_order AND (lon IS NOT NULL OR lat IS NOT NULL OR reasons <> '[]')) r
   WHERE workflow_works_on(p_order)
$$
"""

BLANK = json.dumps(
    {
        "orders_orderwords": {"title": "", "text": "", "place_text": "", "bigrams": []},
        "orders_ordercontact": {"name": "", "phone_enc": None, "phone_index": None, "share": False},
        "orders_message": {"text": ""},
        "orders_photo": {"path": "", "sha256": ""},
        "orders_releasedsummary": {"summary": "", "words": False, "photos": False},
        "orders_order": {"lon": None, "lat": None, "reasons": []},
    }
)
ERASE = f"""
CREATE OR REPLACE FUNCTION orders_erase(p jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE erased uuid := (p -> 'event' ->> 'thread')::uuid; item jsonb; owner uuid; alone boolean;
  blank constant jsonb := '{BLANK}';
BEGIN
  SELECT coalesce(bool_and(i ->> 'table' = 'orders_ordercontact'), false) INTO alone
    FROM jsonb_array_elements(p -> 'rows') AS i;
  IF command_forged(p) OR (workflow_works_on(erased) AND orders_may_erase(erased, alone)) IS NOT TRUE
     OR p -> 'event' ->> 'name' IS DISTINCT FROM
          (CASE WHEN alone THEN 'order.contact_erased' ELSE 'order.erased' END) THEN
    RETURN '42501';
  END IF;
  FOR item IN SELECT * FROM jsonb_array_elements(p -> 'rows') LOOP
    owner := NULL;
    IF item ->> 'op' = 'update' AND (item -> 'row') - '{{id,version,event_id,erased_at}}'::text[] = blank -> (item ->> 'table')
       AND (item ->> 'table' = 'orders_order' OR item -> 'row' ->> 'erased_at' IS NOT NULL) THEN
      EXECUTE format('SELECT %I FROM %I WHERE id = $1',
                     CASE item ->> 'table' WHEN 'orders_order' THEN 'id' ELSE 'matter_id' END, item ->> 'table')
        INTO owner USING (item -> 'row' ->> 'id')::uuid;
    END IF;
    IF owner IS DISTINCT FROM erased THEN
      RETURN '42501';
    END IF;
  END LOOP;
  IF NOT alone THEN
    UPDATE command_commandkey SET digest = '', answer = '{{}}'
     WHERE subject_id = erased AND client_id::text IS DISTINCT FROM p -> 'event' ->> 'client_id';
  END IF;
  RETURN command_write(p);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_wechat"), ("workflow", "0009_watches")]
    operations = [
        migrations.CreateModel(
            name="ShowConsent",
            fields=[
                *TRACKED,
                ("given", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("order", one_order("show_consent")),
            ],
            options={},
        ),
        migrations.CreateModel(
            name="ReleasedSummary",
            fields=[
                *TRACKED,
                ("summary", models.CharField(blank=True, max_length=200)),
                ("words", models.BooleanField(default=False)),
                ("photos", models.BooleanField(default=False)),
                ("region_code", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                ("order", one_order("released")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("erased_at__isnull", True), ("revoked_at__isnull", True)),
                        fields=["region_code", "at"],
                        name="summary_standing",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Follower",
            fields=[
                *TRACKED,
                ("receipt_hash", models.CharField(max_length=64, null=True)),
                ("follower", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "order",
                    models.ForeignKey(
                        db_column="matter_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followers",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("receipt_hash",), name="follower_once")]
            },
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                sql.FIX_SEARCH_PATH,
                *sql.policies(
                    "orders_showconsent",
                    select=matters.of_matter("orders_showconsent.matter_id"),
                    insert=CONSENTING,
                    update=CONSENTING,
                ),
                *sql.policies(
                    "orders_releasedsummary",
                    select=matters.of_matter("orders_releasedsummary.matter_id"),
                    insert=RELEASING,
                    update=RELEASING,
                ),
                *sql.policies(
                    "orders_follower",
                    select=f"({matters.of_matter('orders_follower.matter_id')} AND NOT {whose('orders_follower')}) "
                    f"OR receipt_hash = {sql.RECEIPT}",
                ),
                *events.track("orders_showconsent"),
                *events.track("orders_releasedsummary"),
                *events.track("orders_follower"),
                OFFERED,
                SHOWN_PHOTO,
                FOLLOW,
                FOLLOWED,
                ERASABLE,
                ERASE,
            ]
        ],
    ]
