"""Regions, what they were before, the other codes they are known by, and sets of villages that act as one."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.regions import rules

LEVELS = [
    (1, _("省")),
    (2, _("市")),
    (3, _("县")),
    (4, _("乡镇")),
    (5, _("村")),
    (6, _("网格")),
    (7, _("小网格")),
    (8, _("微网格")),
]


class RegionSet(models.QuerySet["Region"]):
    """Regions, asked for by day and by interval."""

    def standing(self, on_date: date) -> "RegionSet":
        """Those that stand on that day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on_date), valid_from__lte=on_date)

    def inside(self, *intervals: rules.Interval) -> "RegionSet":
        """Those whose code lies in one of the intervals (BETWEEN, so that the B-tree serves)."""
        condition = Q(pk__in=[])
        for low, high in intervals:
            condition |= Q(code__gte=low, code__lte=high)
        return self.filter(condition)


class Region(Tracked):
    """One place at one level for a stretch of days, `valid_to` included.

    The key is (code, level, valid_from). A new name or number is a new row, joined to the old one by a
    `Succession`; records keep the code under which they were made. Official divisions are reference rows
    that the owner of the database loads without an event; any other change carries one.
    """

    event_id = models.UUIDField(null=True, editable=False)  # type: ignore[assignment]  # reference rows have none
    code = models.BigIntegerField()
    level = models.SmallIntegerField(choices=LEVELS)
    name = models.CharField(max_length=100)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    urban_rural = models.SmallIntegerField(null=True)
    boundary = models.JSONField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    official = models.BooleanField(default=False)

    objects = RegionSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "code", "valid_from"], name="region_key"),
            models.UniqueConstraint(
                fields=["level", "code"], name="region_stands_once", condition=Q(valid_to=None)
            ),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=8), name="region_level"),
            models.CheckConstraint(condition=Q(code__gt=0, code__lt=10**18), name="region_code_digits"),
        ]
        indexes = [
            models.Index(fields=["name"], opclasses=["text_pattern_ops"], name="region_name"),
            models.Index(fields=["code"], condition=Q(boundary__isnull=False), name="region_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.short}"

    @property
    def interval(self) -> rules.Interval:
        """The codes of this region's subtree, both ends included."""
        return rules.interval(self.code, self.level)

    @property
    def text(self) -> str:
        """The code with 18 digits."""
        return rules.code_text(self.code)

    @property
    def short(self) -> str:
        """The code as pages and addresses show it."""
        return rules.short_text(self.code, self.level)


class Succession(Tracked):
    """One region followed another: by a new name or number, by a merger, or by a division.

    The codes stand here too, since `regions_reach` looks for successors by interval.
    """

    class Kind(models.TextChoices):
        RENAMED = "renamed"
        MERGED = "merged"
        SPLIT = "split"

    event_id = models.UUIDField(null=True, editable=False)  # type: ignore[assignment]  # installed ones have none
    predecessor = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="origins")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on_date = models.DateField()
    predecessor_code = models.BigIntegerField()
    predecessor_level = models.SmallIntegerField()
    successor_code = models.BigIntegerField()
    successor_level = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_of_another"),
        ]
        indexes = [
            models.Index(fields=["successor_code"], name="succession_successor"),
            models.Index(fields=["predecessor_code"], name="succession_predecessor"),
        ]


class Alias(models.Model):
    """A region's code and name in another code system, as of one year's edition.

    The codes of statistics and of civil affairs differ for a quarter of the townships: neither is "the"
    code.
    """

    id = models.BigAutoField(primary_key=True)
    system = models.CharField(max_length=20)
    code = models.CharField(max_length=30)
    vintage = models.CharField(max_length=10)
    name = models.CharField(max_length=100, blank=True)
    region_code = models.BigIntegerField()
    region_level = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "code", "vintage", "region_level"], name="alias_key")
        ]
        indexes = [models.Index(fields=["region_code", "region_level"], name="alias_region")]


class JointVillage(Tracked):
    """Villages that act as one: a named set of regions. `region_code` is the region that holds them all."""

    name = models.CharField(max_length=100)
    region_code = models.BigIntegerField()
    region_level = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)


class JointVillageMember(Tracked):
    """One region of a joint village, for a stretch of days."""

    joint = models.ForeignKey(JointVillage, on_delete=models.PROTECT, related_name="members")
    region_code = models.BigIntegerField()
    region_level = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["joint", "region_code", "region_level"],
                name="joint_member_once",
                condition=Q(valid_to=None),
            )
        ]


class Tally(models.Model):
    """How many regions of a level began (less those that ended) on a day in one county.

    Kept by triggers of the database whenever regions change; nobody else writes here. `county` is the first
    six digits of the code. The sum of `change` up to a day is what stands on that day.
    """

    pk = models.CompositePrimaryKey("county", "level", "day")
    county = models.IntegerField()
    level = models.SmallIntegerField()
    day = models.DateField()
    change = models.IntegerField()
