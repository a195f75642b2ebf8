"""What an order has beyond its matter: words, contact, photos, messages, rating, and the lessons of the desk."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from gongzhi.capabilities.orders.notices.models import Delivery, NoticeChoice, WeChatAddress
from gongzhi.capabilities.orders.ringing.models import Drill, DrillRing, Ring
from gongzhi.core.definitions.rows import Tracked


class Order(Tracked):
    """A resident's order; `id` is its matter's. No names and no free text stand here."""

    category = models.CharField(max_length=60, blank=True)
    category_by = models.CharField(max_length=20, blank=True)
    certainty = models.FloatField(null=True)
    reasons = models.JSONField(default=list)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    open_to_helpers = models.BooleanField(default=False)
    danger = models.CharField(max_length=20, blank=True)
    external_source = models.CharField(max_length=40, blank=True)
    external_number = models.CharField(max_length=60, blank=True)
    stars = models.SmallIntegerField(null=True)
    solved = models.CharField(max_length=10, blank=True)
    rated_at = models.DateTimeField(null=True)
    rated_by_call = models.BooleanField(default=False)
    complaints = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["category"], name="order_category")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["external_source", "external_number"],
                name="order_external_once",
                condition=~Q(external_number=""),
            ),
            models.CheckConstraint(
                condition=Q(stars__isnull=True) | Q(stars__range=(1, 5)), name="order_stars_1_to_5"
            ),
        ]


class OrderWords(Tracked):
    """The resident's own words: erasable, and searched by character bigrams.

    `recorded_at`, `region_code` and `sealed` repeat the matter's, so that a search needs one table to order and narrow.
    """

    order = models.OneToOneField(Order, db_column="matter_id", on_delete=models.PROTECT, related_name="words")
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    place_text = models.CharField(max_length=200, blank=True)
    bigrams = ArrayField(models.TextField(), default=list)
    region_code = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    sealed = models.BooleanField(default=False, db_default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["bigrams"], name="words_bigrams"),
            models.Index(fields=["-recorded_at", "-order"], name="words_newest"),
            models.Index(fields=["region_code", "recorded_at"], name="words_place"),
        ]


class OrderContact(Tracked):
    """How the resident can be reached; shown to the handler only where `share` says so, with a logged reason."""

    order = models.OneToOneField(
        Order, db_column="matter_id", on_delete=models.PROTECT, related_name="contact"
    )
    name = models.CharField(max_length=60, blank=True)
    phone_enc = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    share = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["phone_index"], name="contact_phone"),
            models.Index(fields=["order"], name="contact_kept", condition=Q(erased_at__isnull=True)),
        ]


class Message(Tracked):
    """Words about an order: from the resident, to the resident, or a note among staff."""

    order = models.ForeignKey(Order, db_column="matter_id", on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(
        max_length=10, choices=[("in", "from the resident"), ("out", "to the resident"), ("note", "staff")]
    )
    step = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    author = models.UUIDField(null=True)
    post = models.UUIDField(null=True)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class Photo(Tracked):
    """A photo of an order, stripped of what the camera wrote into it, kept outside the web root."""

    order = models.ForeignKey(Order, db_column="matter_id", on_delete=models.PROTECT, related_name="photos")
    by = models.CharField(max_length=10, choices=[("resident", "resident"), ("handler", "handler")])
    path = models.CharField(max_length=100)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class Lesson(Tracked):
    """What the desk corrected: dispatch learns from it."""

    order = models.ForeignKey(Order, db_column="matter_id", on_delete=models.PROTECT, related_name="lessons")
    region_code = models.BigIntegerField()
    proposed_category = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=60)
    proposed_holder = models.UUIDField(null=True)
    holder = models.UUIDField(null=True)
    at = models.DateTimeField()


class Different(Tracked):
    """Two orders that look alike and are not the same, in the desk's judgement. `order` has the smaller id."""

    order = models.ForeignKey(
        Order, db_column="matter_id", on_delete=models.PROTECT, related_name="different"
    )
    other = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "other"], name="different_once")
        ]


class ShowConsent(Tracked):
    """Whether the reporter lets neighbours see the words and photos of the order, and since when. No row: no."""

    order = models.OneToOneField(
        Order, db_column="matter_id", on_delete=models.PROTECT, related_name="show_consent"
    )
    given = models.BooleanField()
    at = models.DateTimeField()


class ReleasedSummary(Tracked):
    """What the desk lets neighbours know of an order, so that they may follow it instead of reporting the same.

    `words`, `photos`: these of the order too, while the reporter's consent stands and is no younger than this release.
    `region_code` repeats the matter's at the time: an order that moved is offered nowhere until it is released again.
    """

    order = models.OneToOneField(
        Order, db_column="matter_id", on_delete=models.PROTECT, related_name="released"
    )
    summary = models.CharField(max_length=200, blank=True)
    words = models.BooleanField(default=False)
    photos = models.BooleanField(default=False)
    region_code = models.BigIntegerField()
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["region_code", "at"],
                name="summary_standing",
                condition=Q(revoked_at__isnull=True, erased_at__isnull=True),
            )
        ]


class Follower(Tracked):
    """Somebody who follows another's order by a receipt of his own; who stopped leaves nothing but the count.

    `follower`: the pseudonym of whoever was signed in, so that nobody counts twice among the people of a hot spot.
    """

    order = models.ForeignKey(
        Order, db_column="matter_id", on_delete=models.PROTECT, related_name="followers"
    )
    receipt_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - who stopped has none; "" would match
    follower = models.UUIDField(null=True)
    at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["receipt_hash"], name="follower_once")
        ]


class HotOrder(Tracked):
    """Which hot spot an order was gathered into by night; `spot`: the id of the oldest order of it, None for none.

    `region_code` and `recorded_at` repeat the matter's, so that the page reads its own place and time alone.
    """

    order = models.OneToOneField(Order, db_column="matter_id", on_delete=models.PROTECT, related_name="hot")
    spot = models.UUIDField(null=True)
    region_code = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["region_code", "recorded_at"],
                name="hot_order_place",
                condition=Q(spot__isnull=False),
            )
        ]


class HotRun(Tracked):
    """When a county's hot spots were gathered last, and of what: a digest of the orders, so that nothing is done twice.

    `read`: of how many orders; `capped`: there were more, and older ones.
    """

    region_code = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    read = models.IntegerField()
    capped = models.BooleanField()
    at = models.DateTimeField()


class TrainedModel(Tracked):
    """What a county's dispatch learned at some time: never changed, and holding numbers alone, no words and no persons.

    `content` tells categories, `routing` (if there was enough) posts. `taught`: what it learned from, in counts, with
    the event up to which it read and the orders whose words were erased by then. `figures`: what it came to out of
    fold.
    """

    region_code = models.BigIntegerField()
    number = models.IntegerField()
    content = models.BinaryField()
    routing = models.BinaryField(null=True)
    digest = models.CharField(max_length=64)
    taught = models.JSONField()
    figures = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region_code", "number"], name="trained_once")
        ]


class ModelInUse(Tracked):
    """By which trained model a county dispatches (none: by the words of its pack alone), and how sure it must be."""

    region_code = models.BigIntegerField(unique=True)
    trained = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, null=True, related_name="+")
    threshold = models.FloatField(default=0.8)


class Intake(models.Model):
    """How many anonymous orders came for a village, or from an address, in an hour: counts only, and soon deleted.

    `key` is a keyed digest of the address, or the village's code; neither is kept beyond a day.
    """

    pk = models.CompositePrimaryKey("key", "hour")
    key = models.CharField(max_length=64)
    hour = models.DateTimeField()
    count = models.IntegerField(default=0)


__all__ = [
    "Delivery",
    "Different",
    "Drill",
    "DrillRing",
    "Follower",
    "HotOrder",
    "HotRun",
    "Intake",
    "Lesson",
    "Message",
    "ModelInUse",
    "NoticeChoice",
    "Order",
    "OrderContact",
    "OrderWords",
    "Photo",
    "ReleasedSummary",
    "Ring",
    "ShowConsent",
    "TrainedModel",
    "WeChatAddress",
]
