"""One-key response: who was rung for an order (as its matter is seen), and drills (of a place, and of the posts rung)."""

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
OUTCOME = models.CharField(
    blank=True,
    choices=[
        ("", "ringing"),
        ("accepted", "accepted"),
        ("other", "somebody else accepted"),
        ("ended", "the order ended otherwise"),
        ("nobody", "nobody holds such a post"),
    ],
    max_length=10,
)
STATES = ["", "queued", "sent", "delivered", "failed", "uncertain", "dropped"]
RESULTS = ["", "answered", "nobody", "stopped"]

SEES = f"coalesce({sql.within('see_matters')}, false)"
WORKS = f"coalesce({sql.within('work_matters')}, false)"
RUNG = sql.one_of("post", sql.POSTS)
# who was rung in a drill answers, wherever the drill was started; of drill rings alone, so that no policy asks itself
RUNG_IN_IT = (
    "EXISTS (SELECT FROM orders_drillring r WHERE r.drill_id = orders_drill.id "
    f"AND {sql.one_of('r.post', sql.POSTS)})"
)

# A drill belongs to no case: it is told by whoever works on the matters of its place, or of the place of the post that
# answers. All else is as it was.
REGISTER = f"""
CREATE POLICY events_event_register ON events_event AS RESTRICTIVE FOR INSERT WITH CHECK (
  thread IS NOT NULL OR coalesce({sql.within("edit_people")}, false) OR coalesce({sql.within("manage_posts")}, false)
  OR (name = 'person.erased' AND actor IS NOT NULL)
  OR (name IN ('dispatch.learned', 'dispatch.model_chosen', 'dispatch.threshold_set',
               'drill.started', 'drill.rung', 'drill.answered', 'drill.stopped')
      AND coalesce({sql.within("work_matters")}, false)))
"""

RING = migrations.CreateModel(
    name="Ring",
    fields=[
        *TRACKED,
        ("chain_id", models.UUIDField(null=True)),
        ("number", models.SmallIntegerField()),
        ("who", models.CharField(max_length=10)),
        ("post", models.UUIDField(null=True)),
        ("channel", models.CharField(max_length=10)),
        ("rung_at", models.DateTimeField()),
        ("until", models.DateTimeField()),
        ("outcome", OUTCOME),
        ("answered_at", models.DateTimeField(null=True)),
        ("state", models.CharField(blank=True, choices=[(s, s) for s in STATES], max_length=10)),
        ("reason", models.CharField(blank=True, max_length=40)),
        ("tries", models.SmallIntegerField(default=0)),
        ("key", models.UUIDField(null=True)),
        ("provider_id", models.CharField(blank=True, max_length=80)),
        ("at", models.DateTimeField()),
        (
            "order",
            models.ForeignKey(
                db_column="matter_id",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rings",
                to="orders.order",
            ),
        ),
    ],
    options={
        "indexes": [
            models.Index(condition=models.Q(("outcome", "")), fields=["post", "-id"], name="ring_open"),
            models.Index(condition=models.Q(("outcome", "other")), fields=["post", "at"], name="ring_other"),
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("order", "number", "post", "channel"), name="ring_once", nulls_distinct=False
            )
        ],
    },
)
DRILL = migrations.CreateModel(
    name="Drill",
    fields=[
        *TRACKED,
        ("region_code", models.BigIntegerField()),
        ("region_level", models.SmallIntegerField()),
        ("chain_id", models.UUIDField()),
        ("started_at", models.DateTimeField()),
        ("started_by", models.UUIDField(null=True)),
        ("ended_at", models.DateTimeField(null=True)),
        (
            "result",
            models.CharField(
                choices=[("", ""), ("answered", "answered"), ("nobody", "nobody"), ("stopped", "stopped")],
                max_length=10,
            ),
        ),
    ],
    options={
        "indexes": [models.Index(fields=["-id"], name="drill_newest")],
        "constraints": [
            models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("region_code", "region_level"),
                name="drill_one_a_place",
            )
        ],
    },
)
DRILL_RING = migrations.CreateModel(
    name="DrillRing",
    fields=[
        *TRACKED,
        ("region_code", models.BigIntegerField()),
        ("number", models.SmallIntegerField()),
        ("who", models.CharField(max_length=10)),
        ("post", models.UUIDField(null=True)),
        ("rung_at", models.DateTimeField()),
        ("outcome", OUTCOME.clone()),
        ("answered_at", models.DateTimeField(null=True)),
        (
            "drill",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rings", to="orders.drill"
            ),
        ),
    ],
    options={
        "indexes": [
            models.Index(condition=models.Q(("outcome", "")), fields=["post", "-id"], name="drillring_open"),
            models.Index(fields=["rung_at"], name="drillring_rung"),
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("drill", "number", "post"), name="drillring_once", nulls_distinct=False
            )
        ],
    },
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_reports"), ("workflow", "0009_watches")]
    operations = [
        RING,
        DRILL,
        DRILL_RING,
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                *matters.belonging("orders_ring", "matter_id"),
                *sql.policies(
                    "orders_drillring", select=f"{SEES} OR {RUNG}", insert=WORKS, update=f"{WORKS} OR {RUNG}"
                ),
                *sql.policies(
                    "orders_drill",
                    select=f"{SEES} OR {RUNG_IN_IT}",
                    insert=WORKS,
                    update=f"{WORKS} OR {RUNG_IN_IT}",
                ),
                *events.track("orders_ring"),
                *events.track("orders_drill"),
                *events.track("orders_drillring"),
                "DROP POLICY events_event_register ON events_event",
                REGISTER,
            ]
        ],
    ]
