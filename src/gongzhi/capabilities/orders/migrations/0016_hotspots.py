"""Hot spots as they were gathered by night: which order belongs to which, and when a county was gathered last."""

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
COUNTY = 10**12
SEEN = (
    f"int8range(region_code, region_code + {COUNTY}) && {sql.setting(sql.RIGHTS['see_matters'], 'int8multirange')}"
)
BY_ITSELF = f"({sql.ACTOR} IS NULL AND {sql.RECEIPT} IS NULL AND {{}})"
"""The platform alone gathers; no person writes."""
WORKED = BY_ITSELF.format(sql.within("work_matters"))
OF_ORDER = BY_ITSELF.format(
    "EXISTS (SELECT FROM workflow_matter m WHERE m.id = orders_hotorder.matter_id AND m.sealed_to IS NULL "
    f"AND {sql.within('work_matters', 'm.region_code')})"
)

# What the platform gathered belongs to no case. All else is as it was.
REGISTER = f"""
CREATE POLICY events_event_register ON events_event AS RESTRICTIVE FOR INSERT WITH CHECK (
  thread IS NOT NULL OR coalesce({sql.within("edit_people")}, false) OR coalesce({sql.within("manage_posts")}, false)
  OR (name = 'person.erased' AND actor IS NOT NULL)
  OR (name IN ('dispatch.learned', 'dispatch.model_chosen', 'dispatch.threshold_set',
               'drill.started', 'drill.rung', 'drill.answered', 'drill.stopped', 'hotspots.gathered')
      AND coalesce({sql.within("work_matters")}, false)))
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_outcomes")]
    operations = [
        migrations.CreateModel(
            name="HotOrder",
            fields=[
                *TRACKED,
                ("spot", models.UUIDField(null=True)),
                ("region_code", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "order",
                    models.OneToOneField(
                        db_column="matter_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hot",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("spot__isnull", False)),
                        fields=["region_code", "recorded_at"],
                        name="hot_order_place",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="HotRun",
            fields=[
                *TRACKED,
                ("region_code", models.BigIntegerField(unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("read", models.IntegerField()),
                ("capped", models.BooleanField()),
                ("at", models.DateTimeField()),
            ],
            options={},
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                *sql.policies(
                    "orders_hotorder",
                    select=matters.of_matter("orders_hotorder.matter_id"),
                    insert=OF_ORDER,
                    update=OF_ORDER,
                ),
                *sql.policies("orders_hotrun", select=SEEN, insert=WORKED, update=WORKED),
                *events.track("orders_hotorder"),
                *events.track("orders_hotrun"),
                "DROP POLICY events_event_register ON events_event",
                REGISTER,
            ]
        ],
    ]
