"""Packs as installed, and every version of every definition. The owner writes at installation; all may read.

Nothing here speaks of a person, so there is no row-level security. A version never changes: a matter names
the version that governed it, and must find it again years later.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from gongzhi.core.definitions.ids import uuid7


class Pack(models.Model):
    """A pack as it was last installed. `region_low` and `region_high` bound the places that it governs.

    `owner_code` is the county (or higher) that owns the installation where the pack is a township's brand:
    below the county no government application may be built. The base pack has no region.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=40, unique=True)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    region_code = models.BigIntegerField(null=True)
    region_level = models.SmallIntegerField(null=True)
    region_low = models.BigIntegerField(null=True)
    region_high = models.BigIntegerField(null=True)
    owner_code = models.BigIntegerField(null=True)
    installed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(region_code__isnull=True, region_low__isnull=True, region_high__isnull=True)
                | Q(region_code__isnull=False, region_low__lte=models.F("region_high")),
                name="pack_bounds",
            )
        ]


class Definition(models.Model):
    """One immutable version of one definition of one pack, numbered from 1."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="definitions")
    number = models.IntegerField()
    digest = models.CharField(max_length=64)
    body = models.JSONField()
    installed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "kind", "key", "number"], name="definition_number")
        ]


class Current(models.Model):
    """Which version governs what is opened from now on. `position` keeps the pack's own order."""

    pk = models.CompositePrimaryKey("pack_id", "kind", "key")
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="current")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    definition = models.OneToOneField(Definition, on_delete=models.PROTECT, related_name="current")
    position = models.IntegerField()


class Installation(models.Model):
    """One row. `epoch` is new after each installation and each restore; caches and clients compare it.

    `database` is new after a restore alone: whoever reads events from a kept position compares it.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    epoch = models.UUIDField()
    database = models.UUIDField(default=uuid4)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_is_one")]
