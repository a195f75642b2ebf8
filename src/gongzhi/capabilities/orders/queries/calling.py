"""Whom the desk calls back."""

from uuid import UUID

from gongzhi.capabilities.orders.queries.listing import with_words
from gongzhi.capabilities.orders.queries.paging import PAGE, Page, Turn, counted
from gongzhi.capabilities.orders.queries.waiting import Waiting
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.models import Matter, Task
from gongzhi.workflow.queries import tasks_for


def calls_waiting(actor: Actor, *, after: UUID | None = None, limit: int = PAGE) -> Page[Waiting, UUID]:
    """The orders about which the actor's desk is to call, the longest waiting first. Six statements at most."""
    tasks = tasks_for(actor).filter(matter__subject="orders", what="call_back")
    rest = tasks.filter(id__gt=after) if after is not None else tasks
    found = list(rest.order_by("id").select_related("matter", "matter__holder")[: limit + 1])
    page = Turn(after, None, limit).page(found, key=lambda task: task.id, counted=counted(tasks))
    listed = {each.matter.id: each for each in with_words([task.matter for task in page.rows])}
    rows = [Waiting(task, listed[task.matter_id]) for task in page.rows if task.matter_id in listed]
    return Page(rows, page.next, page.previous, page.total, page.capped)


def is_waiting(matter: Matter) -> bool:
    """Whether somebody is to call about the order."""
    return Task.objects.filter(matter=matter, what="call_back", done_at__isnull=True).exists()
