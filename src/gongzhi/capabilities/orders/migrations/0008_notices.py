"""Notices that go outside, and by which channels a resident wants them: rows that belong to their order."""

import django.db.models.deletion
from django.db import migrations, models

import gongzhi.core.definitions.ids
from gongzhi.core.events import sql as events
from gongzhi.workflow import sql as matters

TRACKED = [
    ("id", models.UUIDField(default=gongzhi.core.definitions.ids.uuid7, editable=False, primary_key=True, serialize=False)),
    ("event_id", models.UUIDField(editable=False)),
    ("version", models.IntegerField(default=1, editable=False)),
]
STATES = ["queued", "sent", "delivered", "failed", "uncertain", "dropped"]


def order(name: str) -> models.ForeignKey:
    """The order that a row belongs to."""
    return models.ForeignKey(
        db_column="matter_id", on_delete=django.db.models.deletion.PROTECT, related_name=name, to="orders.order"
    )


# Of a sealed order no row tells that anybody was told: the database takes none.
UNSEALED = """
CREATE POLICY {table}_unsealed ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK (
  NOT EXISTS (SELECT FROM workflow_matter m WHERE m.id = {table}.matter_id AND m.sealed_to IS NOT NULL))
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_alike")]
    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                *TRACKED,
                ("cause", models.UUIDField()),
                ("notice", models.CharField(max_length=60)),
                ("step", models.CharField(max_length=40)),
                ("audience", models.CharField(max_length=10)),
                ("channel", models.CharField(max_length=10)),
                ("urgent", models.BooleanField(default=False)),
                ("state", models.CharField(choices=[(s, s) for s in STATES], default="queued", max_length=10)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("tries", models.SmallIntegerField(default=0)),
                ("key", models.UUIDField(null=True)),
                ("provider_id", models.CharField(blank=True, max_length=80)),
                ("queued_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("order", order("deliveries")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["failed", "uncertain"])),
                        fields=["-id"],
                        name="delivery_amiss",
                    ),
                    models.Index(condition=models.Q(("state", "queued")), fields=["due_at"], name="delivery_waiting"),
                    models.Index(condition=models.Q(("key__isnull", False)), fields=["key"], name="delivery_key"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("cause", "notice", "audience", "channel"), name="delivery_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                *TRACKED,
                ("channel", models.CharField(max_length=10)),
                ("wanted", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("order", order("notice_choices")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("order", "channel"), name="notice_choice_once")]
            },
        ),
        *[
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for table in ("orders_delivery", "orders_noticechoice")
            for statement in [
                *matters.belonging(table, "matter_id"),
                UNSEALED.format(table=table),
                *events.track(table),
            ]
        ],
    ]
