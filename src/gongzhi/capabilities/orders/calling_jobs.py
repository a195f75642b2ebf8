"""By day the platform puts on the desk's list whom it calls back: what closed some days ago, once each."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.calling import Closed, FollowUp, follow_up, is_called
from gongzhi.capabilities.orders.commands.steps import Asked, take_step
from gongzhi.capabilities.orders.jobs import BATCH, platform_posts
from gongzhi.capabilities.orders.models import Order, OrderContact
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.workflow.models import Matter, Task

DAYS_LOOKED_BACK = 3
"""A list that was not made for a day or two is made up for."""
NEVER_CALLED = ("not_ours", "duplicate", "withdrawn", "unknown")


@app.periodic(cron="13 8 * * *", periodic_id="orders.call_backs")
@app.task(name="orders.call_backs")
def call_backs(timestamp: int) -> None:
    """Put on the call-back list what the pack says, of the orders that closed; sealed ones never."""
    for post in platform_posts():
        with enter_as_system(post.id):
            due = [matter for batch in _closed(follow_up(post.region_code)) for matter in batch]
        for matter_id in due:
            with enter_as_system(post.id) as actor:
                try:
                    take_step(actor=actor, asked=Asked(matter_id), step="call_due")
                except Refused:
                    continue  # reopened meanwhile, or under a flow without calls


def _closed(following: FollowUp) -> Iterator[list[UUID]]:
    """The orders to be called about, batch by batch: closed long enough, with a telephone, and never on the list."""
    until = timezone.now() - timedelta(days=following.after_days)
    phone = OrderContact.objects.filter(order_id=OuterRef("pk"), phone_enc__isnull=False)
    listed = Task.objects.filter(matter_id=OuterRef("pk"), what="call_back")
    closed = Matter.objects.filter(
        Exists(phone),
        ~Exists(listed),
        subject="orders",
        state="closed",
        sealed_to__isnull=True,
        closed_at__lte=until,
        closed_at__gt=until - timedelta(days=DAYS_LOOKED_BACK),
    ).exclude(outcome__in=NEVER_CALLED)
    after = UUID(int=0)
    while batch := list(closed.filter(id__gt=after).order_by("id")[:BATCH]):
        orders = Order.objects.in_bulk([each.id for each in batch])
        yield [each.id for each in batch if is_called(_facts(each, orders[each.id]), following)]
        after = batch[-1].id


def _facts(matter: Matter, order: Order) -> Closed:
    return Closed(
        id=matter.id,
        kind=matter.kind,
        assisted=matter.assisted_by is not None,
        urgent=matter.urgent,
        solved=order.solved,
        stars=order.stars,
        complaints=tuple(order.complaints),
    )
