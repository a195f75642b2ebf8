"""Deleting one's information from an order: what goes and what stays is said first. It works without JavaScript."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders.commands import Asked, erase_contact, erase_order
from gongzhi.capabilities.orders.forms import EraseForm
from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.capabilities.orders.portal.following import Way, missed, place_shown
from gongzhi.capabilities.orders.portal.plain import in_words
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.models import Matter


@private
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: ActingRequest, *, receipt: str = "", number: str = "") -> HttpResponse:
    """What goes and what stays, and deleting it: all of a closed order, of an open one the name and telephone alone."""
    way = Way(receipt, number)
    matter = way.find(request)
    if matter is None:
        return missed(request, receipt)
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _carry_out(request, matter, form=form)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return redirect(way.to("orders_followed"))
    left = OrderContact.objects.filter(order_id=matter.pk, erased_at__isnull=True)
    context = {
        "form": form,
        "matter": matter,
        "closed": matter.closed_at is not None,
        "has_contact": left.exists(),
        "state_name": in_words(flow_of(matter).states[matter.state].name),
        "back_url": way.to("orders_followed"),
        "here_url": way.to("orders_erase"),
        "mine": way.number != "",
    }
    return render(request, "orders/portal/erase.html", context | place_shown(request, matter))


def _carry_out(request: ActingRequest, matter: Matter, *, form: EraseForm) -> None:
    """What was asked for when the page was shown, and nothing more: the order may have been closed meanwhile."""
    asked = Asked(matter.pk, client_id=form.cleaned_data["key"])
    if form.cleaned_data["what"] == "all":
        erase_order(actor=request.actor, asked=asked)
        messages.success(request, _("已经删除。您写的话、照片和联系方式都不在了。"))
    else:
        erase_contact(actor=request.actor, asked=asked)
        messages.success(request, _("称呼和电话已经删除。以后不会再给您发短信，请凭回执查进度。"))
