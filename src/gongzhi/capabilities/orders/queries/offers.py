"""Orders that a Party member or volunteer may take: before that, kind and village are all that is told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from gongzhi.workflow.models import Matter, Task, row_of


@dataclass(frozen=True)
class Offer:
    """One open order, as much of it as a helper may know."""

    id: UUID
    version: int
    kind: str
    kind_id: UUID
    flow_id: UUID
    deadline_id: UUID
    state: str
    region_code: int
    recorded_at: datetime
    respond_by: datetime | None
    due_at: datetime | None
    task_id: UUID | None
    task_version: int

    def as_matter(self) -> Matter:
        """The matter's row, as far as it is known, fit to be changed by `orders_take`."""
        known = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if name not in NOT_THE_MATTERS
        }
        matter: Matter = row_of(Matter, self.id, due_trace=[{"step": "opened"}], **known)
        return matter

    def tasks(self) -> list[Task]:
        """The task that waits for somebody to dispatch it, so that taking the order can end it."""
        if self.task_id is None:
            return []
        return [row_of(Task, self.task_id, version=self.task_version, what="dispatch", matter_id=self.id)]


NOT_THE_MATTERS = {"id", "task_id", "task_version"}
COLUMNS = ", ".join(Offer.__dataclass_fields__)


def offers(limit: int = 50) -> list[Offer]:
    """The orders that the actor's posts may take now, the newest first. `limit`: at most so many."""
    return _offers(None, limit)


def offer(order_id: UUID) -> Offer | None:
    """One of them; None when it is no longer open, or not to this actor."""
    return next(iter(_offers(order_id, 1)), None)


def _offers(order_id: UUID | None, limit: int) -> list[Offer]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM orders_offers(%s, %s)", [order_id, limit])  # noqa: S608 - our own names
        return [Offer(*row) for row in cursor.fetchall()]
