"""Who may open the desk's pages of orders."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.queries import order_by_number
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.ui.audience import shells_of
from gongzhi.workflow.models import Matter

RIGHTS = ("see_matters", "work_matters", "sealed")

View = Callable[..., HttpResponseBase]


def reads_orders(actor: Actor) -> bool:
    """The audience of the queue: posts with a desk that may see matters, sealed ones included."""
    return any(actor.with_right(right) for right in RIGHTS) and "desk" in shells_of(actor)


def at_desk(view: View) -> View:
    """A view for those who may open the queue; asks for a sign-in, and refuses (403) everybody else."""

    @wraps(view)
    def guarded(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not reads_orders(request.actor):
            raise PermissionDenied(_("您的岗位不能查看群众点单。"))
        return view(request, *args, **kwargs)

    return login_required(guarded)


def matter_of(actor: Actor, number: str) -> Matter:
    """The order of that number. Refuses (404) one that does not exist or that the actor may not see."""
    matter = order_by_number(actor, number)
    if matter is None:
        raise Http404
    return matter
