"""What time does to an order, as the platform: one thing at a time, each with its event."""

from uuid import UUID

from django.utils import timezone

from gongzhi.capabilities.orders.commands.steps import Asked, locked, take_step
from gongzhi.core.command.running import Answer, Change, change, no_such_row
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow import watching
from gongzhi.workflow.models import Matter, Task

MOST_AT_ONCE = 12
"""No order has more watches than this: an order whose time never comes to rest is left for the next run."""


def watch_order(*, actor: Actor, order_id: UUID) -> Answer | None:
    """Do the first thing whose time has come for this order: remind its holder, or call on the level above.

    None when nothing is due; a next time that no longer fits is set right. Refuses what the flow refuses, among it a
    watch that somebody else fired meanwhile, and an order that the post does not see.
    """
    matter = Matter.objects.filter(pk=order_id, subject="orders").first()
    if matter is None:
        raise no_such_row()
    tasks = list(Task.objects.filter(matter=matter, done_at__isnull=True))
    row = watching.present_round(matter)
    fired = watching.first_due(matter, tasks=tasks, round_row=row, now=timezone.now())
    if fired is not None:
        step = "escalate" if fired.watch.to else "remind"
        return take_step(actor=actor, asked=Asked(order_id), step=step)
    if any(task.watch_at is not None and task.watch_at <= timezone.now() for task in tasks):
        _set_right(actor, order_id)
    return None


def _set_right(actor: Actor, order_id: UUID) -> None:
    with change(actor, "order.watched") as c:
        matter = locked(c, Asked(order_id))
        _watch_again(c, matter)


def _watch_again(c: Change, matter: Matter) -> None:
    tasks = Task.objects.select_for_update().filter(matter=matter, done_at__isnull=True)
    watching.watch(c, matter, tasks=tasks, round_row=watching.present_round(matter))


__all__ = ["MOST_AT_ONCE", "watch_order"]
