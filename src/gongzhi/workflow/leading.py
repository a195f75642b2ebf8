"""The matter into which another was merged, as whoever sees the merged one may know it: where it stands, no words."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from gongzhi.workflow.models import Matter


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
            "SELECT id, number, flow_id, state, outcome, due_at, closed_at, steps FROM workflow_led_by(%s)",
            [matter.id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    steps = json.loads(row[-1]) if isinstance(row[-1], str) else row[-1]
    return Leading(*row[:-1], [(step, datetime.fromisoformat(at)) for step, at in steps])
