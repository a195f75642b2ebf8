"""What the platform does for orders that were merged: their reporters are told, and they go on alone when they must."""

from uuid import UUID

from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.commands.merging import unmerge_orders
from gongzhi.capabilities.orders.commands.steps import Asked
from gongzhi.capabilities.orders.jobs import BATCH, OURS, platform_posts
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.workflow.models import Matter


@app.task(name="orders.part", retry=OURS)
def part(order_id: str, region_code: str) -> None:
    """Let the orders that were merged into one which was withdrawn or made void go on alone."""
    for post in platform_posts(int(region_code)):
        with enter_as_system(post.id):
            led = led_by_it(UUID(order_id))
        for matter_id in led:
            with enter_as_system(post.id) as actor:
                try:
                    unmerge_orders(actor=actor, asked=Asked(matter_id))
                except Refused:
                    continue  # its words were deleted, or the desk was quicker
        return


def led_by_it(order_id: UUID) -> list[UUID]:
    """The visible orders that were merged into this one."""
    found = Matter.objects.filter(leading=order_id).order_by("id")
    return list(found.values_list("id", flat=True)[:BATCH])
