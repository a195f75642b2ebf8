"""Who was rung for an order, when and by what, and who accepted; and the drills, which are no orders."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gongzhi.core.definitions.rows import Tracked

OUTCOMES = [
    ("", "ringing"),
    ("accepted", "accepted"),
    ("other", "somebody else accepted"),
    ("ended", "the order ended otherwise"),
    ("nobody", "nobody holds such a post"),
]
STATES = ["", "queued", "sent", "delivered", "failed", "uncertain", "dropped"]
SENDING = [(state, state) for state in STATES]


class Ring(Tracked):
    """One post rung for one order by one channel. `who` is the step of the chain, or `end`: nobody answered at all.

    The page rings while `outcome` is empty. `state`, of a text message or a call, is what became of it; while it is
    being sent it is `uncertain`, so whoever is stopped in the middle leaves the truth behind. No telephone stands here.
    """

    order = models.ForeignKey(
        "orders.Order", db_column="matter_id", on_delete=models.PROTECT, related_name="rings"
    )
    chain_id = models.UUIDField(null=True)
    number = models.SmallIntegerField()
    who = models.CharField(max_length=10)
    post = models.UUIDField(null=True)
    channel = models.CharField(max_length=10)
    rung_at = models.DateTimeField()
    until = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)
    answered_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=SENDING, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    tries = models.SmallIntegerField(default=0)
    key = models.UUIDField(null=True)
    provider_id = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["post", "-id"], name="ring_open", condition=Q(outcome="")),
            models.Index(fields=["post", "at"], name="ring_other", condition=Q(outcome="other")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "number", "post", "channel"], name="ring_once", nulls_distinct=False
            )
        ]


class Drill(Tracked):
    """A drill (演练): the chain is rung for a place without any order. It counts nowhere but in the list of drills."""

    region_code = models.BigIntegerField()
    region_level = models.SmallIntegerField()
    chain_id = models.UUIDField()
    started_at = models.DateTimeField()
    started_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(
        max_length=10,
        choices=[("", ""), ("answered", "answered"), ("nobody", "nobody"), ("stopped", "stopped")],
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["-id"], name="drill_newest")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["region_code", "region_level"],
                condition=Q(ended_at__isnull=True),
                name="drill_one_a_place",
            )
        ]


class DrillRing(Tracked):
    """One post rung in a drill: always by the page alone. Posts are named, never persons."""

    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="rings")
    region_code = models.BigIntegerField()
    number = models.SmallIntegerField()
    who = models.CharField(max_length=10)
    post = models.UUIDField(null=True)
    rung_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["post", "-id"], name="drillring_open", condition=Q(outcome="")),
            models.Index(fields=["rung_at"], name="drillring_rung"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["drill", "number", "post"], name="drillring_once", nulls_distinct=False
            )
        ]
