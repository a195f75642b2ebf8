"""Matters (what somebody asked for or reported), their rounds, and the tasks that wait for somebody."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.people.models import Post


class Matter(Tracked):
    """One matter under a flow. Its visibility is that of all that belongs to it.

    `due_at` is written only by commands, with its trace; `reconcile` recomputes it from the events.
    `round` counts the clocks: reopening starts the next one, and the first result stays in its `Round`.
    `leading`: the matter that this one was merged into, and which goes on for both. `hands`: the posts that have a
    task of their own in what another holds (see `handing`); none where there is none. `lead_level`: the level that
    leads it once it was reported up (吹哨), or given to a post of that level; none: the township, as usual.
    """

    number = models.CharField(max_length=24, unique=True)
    subject = models.CharField(max_length=20)
    family = models.CharField(max_length=20)
    kind = models.CharField(max_length=60)
    kind_id = models.UUIDField()
    flow_id = models.UUIDField()
    deadline_id = models.UUIDField()
    state = models.CharField(max_length=30)
    outcome = models.CharField(max_length=20, blank=True)
    region_code = models.BigIntegerField()
    region_level = models.SmallIntegerField()
    holder = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    sealed_to = models.UUIDField(null=True)
    reporter = models.UUIDField(null=True)
    receipt_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - most matters have none; "" would match
    assisted_by = models.UUIDField(null=True)
    fulfilled_by = models.UUIDField(null=True)
    source = models.CharField(max_length=20, default="portal")
    urgent = models.BooleanField(default=False)
    quarantined = models.BooleanField(default=False)
    round = models.SmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    due_trace = models.JSONField(default=list)
    paused_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    leading = models.UUIDField(null=True)
    hands = ArrayField(models.UUIDField(), null=True)
    lead_level = models.SmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["leading"], name="matter_led", condition=models.Q(leading__isnull=False)),
            models.Index(fields=["-recorded_at", "-id"], name="matter_newest"),
            models.Index(fields=["state", "-recorded_at", "-id"], name="matter_state"),
            models.Index(fields=["kind", "-recorded_at", "-id"], name="matter_kind"),
            models.Index(fields=["region_code", "-recorded_at", "-id"], name="matter_place"),
            models.Index(fields=["holder", "state"], name="matter_holder"),
            models.Index(
                fields=["due_at", "id"], name="matter_due", condition=models.Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["-recorded_at", "-id"], name="matter_open", condition=models.Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["-recorded_at", "-id"],
                name="matter_quarantined",
                condition=models.Q(quarantined=True),
            ),
            models.Index(
                fields=["source", "-recorded_at", "-id"],
                name="matter_source",
                condition=~models.Q(source="portal"),
            ),
            models.Index(
                fields=["receipt_hash"],
                name="matter_receipt",
                condition=models.Q(receipt_hash__isnull=False),
            ),
            models.Index(
                fields=["reporter", "-id"], name="matter_reporter", condition=models.Q(reporter__isnull=False)
            ),
        ]


class Round(Tracked):
    """One clock of a matter: when it started, when it was due, what came of it. A reopened matter has two.

    `passed`: the keys of what time did already (`watches.Watch`), each once a round. `raised_to`: the highest level
    that was called on. `urged`: how often the resident asked what keeps it. `let_go`: which posts let it go since the
    last decision, and whether each said that it is not its affair. `decided_for`: the post that the level above named.
    `sent_down`: the county gave it back to the township.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="rounds")
    number = models.SmallIntegerField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    passed = models.JSONField(default=list, db_default=[])
    raised_to = models.SmallIntegerField(null=True)
    urged = models.SmallIntegerField(default=0, db_default=0)
    urged_at = models.DateTimeField(null=True)
    let_go = models.JSONField(default=list, db_default=[])
    decided_for = models.UUIDField(null=True)
    sent_down = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["matter", "number"], name="round_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["matter"],
                name="round_raised",
                condition=models.Q(raised_to__isnull=False, closed_at__isnull=True),
            )
        ]


class Task(Tracked):
    """What waits for a post: one row for each duty.

    Without a holder it waits for any post that plays `part` over `region_code`, one level up: a matter that nobody
    holds is a task of the level above. `watch_at`: when time next does something about it (see `watching`).
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="tasks")
    what = models.CharField(max_length=30)
    holder = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    part = models.CharField(max_length=20)
    region_code = models.BigIntegerField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=30, blank=True)
    watch_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["watch_at", "id"],
                name="task_watch",
                condition=models.Q(done_at__isnull=True, watch_at__isnull=False),
            ),
            models.Index(
                fields=["holder", "due_at"], name="task_today", condition=models.Q(done_at__isnull=True)
            ),
            models.Index(fields=["due_at", "id"], name="task_due", condition=models.Q(done_at__isnull=True)),
            models.Index(
                fields=["part", "region_code"], name="task_waiting", condition=models.Q(done_at__isnull=True)
            ),
        ]


def row_of(model: type[Tracked], row_id: UUID, **known: Any) -> Any:
    """A row known only in part (a giving function told it), fit for `Change.update`."""
    row = model(id=row_id, **known)
    row._state.adding = False
    return row
