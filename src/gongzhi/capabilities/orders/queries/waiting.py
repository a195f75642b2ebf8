"""What waits for the actor, as the desk lists it: the nearest due time first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gongzhi.capabilities.orders.queries.listing import Listed, with_words
from gongzhi.capabilities.orders.queries.paging import MOST_COUNTED, PAGE, Page, Turn, counted
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.models import Task
from gongzhi.workflow.queries import tasks_for

TaskKey = tuple[datetime | None, UUID]


@dataclass(frozen=True)
class Waiting:
    """A task with the order that it belongs to."""

    task: Task
    listed: Listed


WaitingPage = Page[Waiting, TaskKey]
"""One page of tasks."""


def tasks_waiting(
    actor: Actor, *, after: TaskKey | None = None, before: TaskKey | None = None, limit: int = PAGE
) -> WaitingPage:
    """One page of what waits for the actor. What has no due time comes last."""
    turn = Turn(after, before, limit)
    tasks = _orders_tasks(actor)
    if before is not None:
        ordered = tasks.filter(_earlier(before)).order_by(F("due_at").desc(nulls_first=True), "-id")
    else:
        ordered = tasks.filter(_later(after)) if after is not None else tasks
    found = list(ordered.select_related("matter", "matter__holder")[: limit + 1])
    page = turn.page(found, key=lambda task: (task.due_at, task.id), counted=counted(tasks))
    listed = {each.matter.id: each for each in with_words([task.matter for task in page.rows])}
    rows = [Waiting(task, listed[task.matter_id]) for task in page.rows if task.matter_id in listed]
    return WaitingPage(rows, page.next, page.previous, page.total, page.capped)


def tasks_new(actor: Actor, since: datetime) -> int:
    """How many tasks began to wait for the actor after `since`, at most MOST_COUNTED."""
    return _orders_tasks(actor).filter(opened_at__gt=since).order_by()[:MOST_COUNTED].count()


def task_overdue(task: Task) -> bool:
    """Whether the task is past its due time."""
    return task.due_at is not None and task.due_at < timezone.now()


def _orders_tasks(actor: Actor) -> QuerySet[Task]:
    return tasks_for(actor).filter(matter__subject="orders")


def _later(key: TaskKey) -> Q:
    at, task_id = key
    if at is None:
        return Q(due_at__isnull=True, id__gt=task_id)
    return Q(due_at__gt=at) | Q(due_at=at, id__gt=task_id) | Q(due_at__isnull=True)


def _earlier(key: TaskKey) -> Q:
    at, task_id = key
    if at is None:
        return Q(due_at__isnull=False) | Q(due_at__isnull=True, id__lt=task_id)
    return Q(due_at__lt=at) | Q(due_at=at, id__lt=task_id)
