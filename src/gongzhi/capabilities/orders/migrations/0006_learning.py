"""Trained models and which one a county uses. They hold no words, no person and no matter."""


import django.db.models.deletion
from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.core.permissions import sql

COUNTY = 10**12
SEEN = (
    f"int8range(region_code, region_code + {COUNTY}) && {sql.setting(sql.RIGHTS['see_matters'], 'int8multirange')}"
)
"""Whoever sees matters somewhere in the county reads by what they are dispatched there."""
WORKED = sql.within("work_matters")

# By what a county dispatches belongs to no case: it is told by whoever works on the matters of the whole county.
REGISTER = f"""
CREATE POLICY events_event_register ON events_event AS RESTRICTIVE FOR INSERT WITH CHECK (
  thread IS NOT NULL OR coalesce({sql.within("edit_people")}, false) OR coalesce({sql.within("manage_posts")}, false)
  OR (name = 'person.erased' AND actor IS NOT NULL)
  OR (name IN ('dispatch.learned', 'dispatch.model_chosen', 'dispatch.threshold_set')
      AND coalesce({sql.within("work_matters")}, false)))
"""

TRACKED = [
    ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
    ("event_id", models.UUIDField(editable=False)),
    ("version", models.IntegerField(default=1, editable=False)),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_search_places"), ("events", "0004_told_by_whom_it_concerns")]
    operations = [
        migrations.CreateModel(
            name="TrainedModel",
            fields=[
                *TRACKED,
                ("region_code", models.BigIntegerField()),
                ("number", models.IntegerField()),
                ("content", models.BinaryField()),
                ("routing", models.BinaryField(null=True)),
                ("digest", models.CharField(max_length=64)),
                ("taught", models.JSONField()),
                ("figures", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("region_code", "number"), name="trained_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="ModelInUse",
            fields=[
                *TRACKED,
                ("region_code", models.BigIntegerField(unique=True)),
                (
                    "trained",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.trainedmodel",
                    ),
                ),
                ("threshold", models.FloatField(default=0.8)),
            ],
            options={},
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in [
                *sql.policies("orders_trainedmodel", select=SEEN, insert=WORKED),
                *sql.policies("orders_modelinuse", select=SEEN, insert=WORKED, update=WORKED),
                *events.track("orders_trainedmodel"),
                *events.track("orders_modelinuse"),
                "DROP POLICY events_event_register ON events_event",
                REGISTER,
            ]
        ],
    ]
