"""How the tests ring: jobs run at once, as the worker would at their time."""

import json
from typing import Any
from uuid import UUID

from django.db import connection

from gongzhi.capabilities.orders.models import Ring
from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import placed

DANGER = "电线杆快倒了，砸到人要出人命，快救命"


def urgent(username: str | None = None, **more: Any) -> tuple[UUID, str]:
    """An urgent order about a lamp: its words speak of danger."""
    return placed(username, **{"text": DANGER, **more})


def ring(order_id: UUID, *numbers: int) -> None:
    """Run the jobs of these steps of its chain."""
    for number in numbers:
        jobs.ring(str(order_id), str(cast.VILLAGE), number=number)


def rings(order_id: UUID, who: str = "county") -> list[Ring]:
    """Who was rung, as a member of the cast sees it."""
    with enter(person_id=cast.find(who).person_id):
        return list(Ring.objects.filter(order_id=order_id).order_by("number", "id"))


def waiting_jobs(name: str, order_id: UUID) -> list[dict[str, Any]]:
    """The jobs of a name that wait for an order, with their arguments."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args, scheduled_at FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' ORDER BY id",
            [name],
        )
        found = [{**json.loads(args), "at": at} for args, at in cursor.fetchall()]
    return [each for each in found if str(order_id) in str(each.values())]
