"""What was sent of an order, and what became of it; by which channels its resident wants to be told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gongzhi.core.definitions.rows import Tracked

FINAL = ("sent", "delivered", "failed", "dropped")
STATES = [
    ("queued", "queued"),
    ("sent", "sent"),
    ("delivered", "delivered"),
    ("failed", "failed"),
    ("uncertain", "uncertain"),
    ("dropped", "dropped"),
]


class Delivery(Tracked):
    """One notice of one order by one channel. No telephone and no words stand here.

    While it is being sent it is `uncertain`: so whoever is stopped in the middle leaves the truth behind. `key` is
    the provider's key of the message that carried it; notices gathered in one message share it.
    """

    order = models.ForeignKey(
        "orders.Order", db_column="matter_id", on_delete=models.PROTECT, related_name="deliveries"
    )
    cause = models.UUIDField()
    notice = models.CharField(max_length=60)
    step = models.CharField(max_length=40)
    audience = models.CharField(max_length=10)
    channel = models.CharField(max_length=10)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=STATES, default="queued")
    reason = models.CharField(max_length=40, blank=True)
    tries = models.SmallIntegerField(default=0)
    key = models.UUIDField(null=True)
    provider_id = models.CharField(max_length=80, blank=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["-id"], name="delivery_amiss", condition=Q(state__in=["failed", "uncertain"])
            ),
            models.Index(fields=["due_at"], name="delivery_waiting", condition=Q(state="queued")),
            models.Index(fields=["key"], name="delivery_key", condition=Q(key__isnull=False)),
            models.Index(fields=["provider_id"], name="delivery_provider", condition=~Q(provider_id="")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cause", "notice", "audience", "channel"], name="delivery_once")
        ]


class NoticeChoice(Tracked):
    """Whether the resident of an order wants to be told by a channel; the last word of a number holds for all of it."""

    order = models.ForeignKey(
        "orders.Order", db_column="matter_id", on_delete=models.PROTECT, related_name="notice_choices"
    )
    channel = models.CharField(max_length=10)
    wanted = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "channel"], name="notice_choice_once")
        ]


class WeChatAddress(Tracked):
    """Where a person is reached by WeChat: his openid at the place's official account, kept with his consent.

    `owner` is the pseudonym. What is ended or forgotten loses the address; the row stays, and is used again.
    """

    owner = models.UUIDField(unique=True)
    region_code = models.BigIntegerField()
    openid_enc = models.BinaryField(null=True)
    openid_index = models.BinaryField(null=True)
    bound_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
