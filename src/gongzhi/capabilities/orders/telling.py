"""What follows a change: the platform's dispatch, and telling the resident. Jobs commit with their cause."""

from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.notices.routing import routes
from gongzhi.core.command.running import Change
from gongzhi.workflow.engine import Stepped
from gongzhi.workflow.models import Matter


def dispatch_soon(order_id: UUID, region_code: int) -> None:
    """Let the platform look at a new order, in this transaction's wake."""
    _defer("orders.dispatch", order_id=str(order_id), region_code=str(region_code))


def ring_at(order_id: UUID, region_code: int, *, number: int, at: datetime) -> None:
    """Ring a step of an urgent order's chain at that time."""
    job = app.configure_task("orders.ring", schedule_at=at)
    job.defer(order_id=str(order_id), region_code=str(region_code), number=number)


def ring_out_at(ring_id: UUID, region_code: int, *, at: datetime) -> None:
    """Ring a post's telephone at that time."""
    job = app.configure_task("orders.ring_out", schedule_at=at)
    job.defer(ring_id=str(ring_id), region_code=str(region_code))


def drill_at(drill_id: UUID, region_code: int, *, number: int, at: datetime) -> None:
    """Ring a step of a drill at that time."""
    job = app.configure_task("orders.drill", schedule_at=at)
    job.defer(drill_id=str(drill_id), region_code=str(region_code), number=number)


def close_soon(order_id: UUID, region_code: int) -> None:
    """Let the platform close an order that its reporter has rated."""
    _defer("orders.close_rated", order_id=str(order_id), region_code=str(region_code))


def forget_soon(paths: list[str], number: str) -> None:
    """Delete the files of erased photos, and the notices kept here that name an order, once the change is committed."""
    app.configure_task("orders.forget").defer(paths=[*paths], number=number)


def tell(c: Change, matter: Matter, *, taken: Stepped) -> None:
    """After the change is written: let those be told outside whom the pack's notices name for this step.

    Of a sealed order nobody is told outside its pages, and no job names it.
    """
    if matter.sealed_to is not None or not routes(taken.key, matter.region_code):
        return
    order_id, region_code, step = str(matter.id), str(matter.region_code), taken.key
    c.after(
        lambda: _defer(
            "orders.tell", order_id=order_id, region_code=region_code, step=step, cause=str(c.event_id)
        )
    )


def deliver_at(delivery_id: UUID, region_code: int, *, at: datetime) -> None:
    """Send a notice when its time has come."""
    job = app.configure_task("orders.deliver", schedule_at=at)
    job.defer(delivery_id=str(delivery_id), region_code=str(region_code))


ENDING = ("withdraw", "void")
"""Steps that end an order for a reason of its own: what was merged into it goes on alone."""


def part_soon(c: Change, matter: Matter) -> None:
    """Let what was merged into an order go on alone, once it ended for a reason of its own."""
    order_id, region_code = str(matter.id), str(matter.region_code)
    if matter.sealed_to is None:
        c.after(lambda: _defer("orders.part", order_id=order_id, region_code=region_code))


def _defer(name: str, **arguments: str) -> None:
    app.configure_task(name).defer(**arguments)
