"""What rings by itself: each step of a chain in its time, calls to telephones, and the steps of drills."""

import logging
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.commands.drilling import drill_next
from gongzhi.capabilities.orders.commands.ringing import hand_out, ring_next
from gongzhi.capabilities.orders.commands.ringing_out import begin_ringing_out, finish_ringing_out
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.notices.adapters import adapter
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import enter_as_system

log = logging.getLogger("gongzhi.orders")
OURS = RetryStrategy(max_attempts=6, wait=5)
"""For faults of our own (the database away): what rings does not wait long."""


@app.task(name="orders.ring", retry=OURS)
def ring(order_id: str, region_code: str, *, number: int) -> None:
    """Ring one step of an urgent order's chain; before the first, let there be a post on duty that has it in hand."""
    for post in platform_posts(int(region_code)):
        if number == 0:
            try:
                with enter_as_system(post.id) as actor:
                    hand_out(actor=actor, order_id=UUID(order_id))
            except (
                Refused
            ) as refused:  # somebody was quicker, or nobody there can take it: it rings all the same
                log.info("an urgent order was not handed out: %s", refused.code)
        with enter_as_system(post.id) as actor:
            ring_next(actor=actor, order_id=UUID(order_id), number=number)
        return


@app.task(name="orders.ring_out", retry=OURS)
def ring_out(ring_id: str, region_code: str) -> None:
    """Send one text message or make one call: between two transactions, and never twice unasked."""
    for post in platform_posts(int(region_code)):
        with enter_as_system(post.id) as actor:
            message = begin_ringing_out(actor=actor, ring_id=UUID(ring_id))
        if message is None:
            return
        sender = adapter()
        outcome, knows = sender.send(message), sender.knows_keys(message.channel)
        with enter_as_system(post.id) as actor:
            again = finish_ringing_out(actor=actor, ring_id=UUID(ring_id), outcome=outcome, knows_keys=knows)
        if again is not None:
            telling.ring_out_at(UUID(ring_id), int(region_code), at=again)
        return


@app.task(name="orders.drill", retry=OURS)
def drill(drill_id: str, region_code: str, *, number: int) -> None:
    """Ring one step of a drill."""
    for post in platform_posts(int(region_code)):
        with enter_as_system(post.id) as actor:
            drill_next(actor=actor, drill_id=UUID(drill_id), number=number)
        return
