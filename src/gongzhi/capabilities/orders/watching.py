"""What time does to open orders: every few minutes what is due, and nothing else, is read and done."""

import logging
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.commands.watching import MOST_AT_ONCE, watch_order
from gongzhi.capabilities.orders.jobs import BATCH, platform_posts, sealed_posts
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.workflow.models import Task

log = logging.getLogger("gongzhi.orders")
BATCHES = 10
"""So many batches of a post in one run: what is left waits for the next one, in order of time."""

Key = tuple[datetime, UUID]


@app.periodic(cron="*/3 * * * *", periodic_id="orders.watch")
@app.task(name="orders.watch", lock="orders.watch", queueing_lock="orders.watch")
def watch(timestamp: int) -> None:
    """Remind holders before their terms end and call on the levels above after it, also for what nobody holds."""
    for post in [*platform_posts(), *sealed_posts()]:
        watch_as(post.id)


def watch_as(post_id: UUID) -> int:
    """What is due among the orders that one post sees; how many things were done.

    What is refused is passed over, so that it holds up nothing behind it, and looked at again in the next run.
    """
    done, after = 0, None
    for _batch in range(BATCHES):
        with enter_as_system(post_id):
            due = due_orders(after)
        for order_id in dict.fromkeys(order_id for _key, order_id in due):
            done += watch_order_as(post_id, order_id)
        if len(due) < BATCH:
            break
        after = due[-1][0]
    return done


def due_orders(after: Key | None) -> list[tuple[Key, UUID]]:
    """The next visible tasks whose time has come, at most BATCH, with their orders."""
    waiting = Task.objects.filter(
        done_at__isnull=True, watch_at__lte=timezone.now(), matter__subject="orders"
    )
    if after is not None:
        at, task_id = after
        waiting = waiting.filter(Q(watch_at__gt=at) | Q(watch_at=at, id__gt=task_id), watch_at__gte=at)
    rows = waiting.order_by("watch_at", "id").values_list("watch_at", "id", "matter_id")[:BATCH]
    return [((at, task_id), order_id) for at, task_id, order_id in rows if at is not None]


def watch_order_as(post_id: UUID, order_id: UUID) -> int:
    """Do what is due for one order, each in its own transaction; how much it was."""
    for done in range(MOST_AT_ONCE):
        try:
            with enter_as_system(post_id) as actor:
                if watch_order(actor=actor, order_id=order_id) is None:
                    return done
        except Refused as refused:
            log.info("an order's watch was refused: %s", refused.code)  # never which order: it may be sealed
            return done
    return MOST_AT_ONCE
