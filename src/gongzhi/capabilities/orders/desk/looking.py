"""Looking orders up by the resident's telephone: exactly, with a reason, and never in the address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.forms import PhoneForm
from gongzhi.capabilities.orders.desk.queue import Item
from gongzhi.capabilities.orders.desk.words import kind_name, standing
from gongzhi.capabilities.orders.queries import orders_of_phone
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.queries import work_due


@at_desk
@require_http_methods(["GET", "POST"])
def by_phone(request: ActingRequest) -> HttpResponse:
    """The orders whose resident left a telephone. It is sent by POST: an address would keep the number."""
    form = PhoneForm(request.POST or None)
    items: list[Item] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            found = orders_of_phone(request.actor, said["phone"], reason=said["reason"])
            items = [
                Item(each, standing(each.matter), kind_name(each.matter), work_due(each.matter))
                for each in found
            ]
        except Refused as refused:
            form.add_error("reason" if refused.code == "reason" else None, refused.message)
    status = 422 if form.errors else 200
    return render(request, "orders/desk/by_phone.html", {"form": form, "items": items}, status=status)
