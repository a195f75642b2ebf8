"""Notices on their way: made by the platform once a step is taken, sent when their time has come.

The call to a provider stands between two transactions: before it the delivery is marked as tried, after it what became
of it is written. Whoever is stopped in between leaves it uncertain, and it is not sent again unasked.
"""

from datetime import datetime
from uuid import UUID, uuid5

from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.commands.notifying import (
    Ready,
    begin_sending,
    finish_sending,
    queue_notices,
)
from gongzhi.capabilities.orders.jobs import BATCH, OURS, platform_posts
from gongzhi.capabilities.orders.likeness import PAIRED
from gongzhi.capabilities.orders.notices.adapters import adapter
from gongzhi.capabilities.orders.telling import deliver_at
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.workflow.models import Matter


@app.task(name="orders.tell", retry=OURS)
def tell(order_id: str, region_code: str, *, step: str, cause: str) -> None:
    """Make the deliveries for a step that was taken; they name the step, never its content."""
    for post in platform_posts(int(region_code)):
        with enter_as_system(post.id) as actor:
            queue_notices(actor=actor, order_id=UUID(order_id), step=step, cause=UUID(cause))
            for each in _merged_into(order_id, step):  # a notice is made once for each cause
                own = uuid5(UUID(cause), str(each))
                queue_notices(actor=actor, order_id=each, step=step, cause=own)
        return


def _merged_into(order_id: str, step: str) -> list[UUID]:
    """The orders whose residents are told the same under their own numbers; of a merger each is told by himself."""
    if step in PAIRED or step == "message":  # words to the leading order's own resident
        return []
    led = Matter.objects.filter(leading=order_id).order_by("id")
    return list(led.values_list("id", flat=True)[:BATCH])


@app.task(name="orders.deliver", retry=OURS)
def deliver(delivery_id: str, region_code: str) -> None:
    """Send one delivery, with what is gathered into it; look again later where it is not its time."""
    for post in platform_posts(int(region_code)):
        with enter_as_system(post.id) as actor:
            ready = begin_sending(actor=actor, delivery_id=UUID(delivery_id))
        again = _sent(ready, post.id) if isinstance(ready, Ready) else ready
        if again is not None:
            deliver_at(UUID(delivery_id), int(region_code), at=again)
        return


def _sent(ready: Ready, post_id: UUID) -> datetime | None:
    sender = adapter()
    outcome = sender.send(ready.message)
    knows_keys = sender.knows_keys(ready.message.channel)
    with enter_as_system(post_id) as actor:
        return finish_sending(actor=actor, ready=ready, outcome=outcome, knows_keys=knows_keys)
