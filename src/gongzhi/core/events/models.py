"""What happened: one immutable row a command, and one subject row for each row that it changed."""

from typing import Any

from django.db import models

from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.rows import Tracked

__all__ = ["Event", "EventSubject", "Tracked", "Xid8Field"]


class Xid8Field(models.BigIntegerField):  # type: ignore[type-arg]  # not generic when it runs
    """PostgreSQL's 64-bit transaction id. A trigger writes it; nobody else does."""

    def db_type(self, connection: Any) -> str:
        """The column type."""
        return "xid8"


class Event(models.Model):
    """One change, told in ids and codes. Never edited, never deleted; corrections are later events.

    `occurred_at` is claimed by the actor and may lie before `recorded_at`; punctuality uses `recorded_at`.
    `thread` is the case that the event belongs to: who may see the case may see its events.
    `actor` is a pseudonym; erasing the person destroys its link.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)
    thread = models.UUIDField(null=True)
    region_code = models.BigIntegerField(null=True)
    actor = models.UUIDField(null=True)
    post = models.UUIDField(null=True)
    client_id = models.UUIDField(null=True)
    caused_by = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    xid = Xid8Field(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["xid", "id"], name="event_order"),
            models.Index(fields=["thread", "id"], name="event_thread"),
        ]


class EventSubject(models.Model):
    """That an event made version `version` of a row. Each version of a row has exactly one event."""

    pk = models.CompositePrimaryKey("table_name", "row_id", "version")
    table_name = models.CharField(max_length=63)
    row_id = models.UUIDField()
    version = models.IntegerField()
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="subjects")
