"""The base of every tracked row: a row that cannot change without an event that names the change."""

from django.db import models

from gongzhi.core.definitions.ids import uuid7


class Tracked(models.Model):
    """A row that a trigger guards: each insert and update names the event that made it.

    `version` counts the changes from 1; `event_id` is the event of the last one. Both are written by
    `core.command` alone; the trigger `events_guard` refuses a change without them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.UUIDField(editable=False)
    version = models.IntegerField(default=1, editable=False)

    class Meta:
        abstract = True
