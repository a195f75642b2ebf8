"""The matter into which another was merged, as whoever sees the merged one may know it: where it stands, no words."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from gongzhi.workflow.models import Matter

COLUMNS = ("id", "number", "flow_id", "state", "outcome", "due_at", "closed_at", "steps")


@dataclass(frozen=True)
class Leading:
    """Where the leading matter stands. `steps`: what was done with it, and when, oldest first."""

    id: UUID
    number: str
    flow_id: UUID
    state: str
    outcome: str
    due_at: datetime | None
    closed_at: datetime | None
    steps: list[tuple[str, datetime]]


def led_by(matter: Matter) -> Leading | None:
    """The matter that this one was merged into; None for one that stands alone."""
    if matter.leading is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM workflow_led_by(%s)",  # noqa: S608 - our own names
            [matter.id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    found = dict(zip(COLUMNS, row, strict=True))
    told = found.pop("steps")
    steps = json.loads(told) if isinstance(told, str) else told
    return Leading(**found, steps=[(step, datetime.fromisoformat(at)) for step, at in steps])
