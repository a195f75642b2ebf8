"""Work sheets on paper: one A4 page an order, for whoever goes there. A telephone stands there only with a reason."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.capabilities.orders.commands import may_read_contact, read_contact
from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.forms import ReasonForm
from gongzhi.capabilities.orders.desk.words import kind_name, standing
from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.capabilities.orders.queries.listing import Listed, with_words
from gongzhi.capabilities.orders.queries.reading import category_name, erased_words
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.models import Matter

MOST_SHEETS = 20


@dataclass(frozen=True)
class Sheet:
    """One page: the order, its words, the code that opens it in the field app, and the contact if it was asked for."""

    listed: Listed
    kind: str
    state: str
    category: str
    words: str
    where: str
    code: str
    shared: bool
    told: dict[str, str] | None = None


@at_desk
@require_http_methods(["GET", "POST"])
def sheets(request: ActingRequest) -> HttpResponse:
    """The sheets of the orders that the address names, to be printed; sealed orders go on no paper.

    POST with a reason: also name and telephone of those residents who share them; each reading is recorded.
    """
    numbers = list(dict.fromkeys(request.GET.getlist("order")))[:MOST_SHEETS]
    form = ReasonForm(request.POST or None)
    matters = Matter.objects.filter(number__in=numbers, subject="orders", sealed_to__isnull=True)
    listed = with_words(list(matters.select_related("holder").order_by("recorded_at", "id")))
    contacts = {
        contact.order_id: contact
        for contact in OrderContact.objects.filter(
            order__in=[each.matter.id for each in listed], erased_at__isnull=True, share=True
        )
    }
    shared = {
        each.matter.id
        for each in listed
        if may_read_contact(request.actor, each.matter, contact=contacts.get(each.matter.id))
    }
    told: dict[UUID, dict[str, str]] = {}
    if request.method == "POST" and form.is_valid():
        told = _told(request.actor, shared, form=form)
    made = [_sheet(request, each, shared=shared, told=told.get(each.matter.id)) for each in listed]
    context = {"sheets": made, "form": form, "shared": bool(shared), "left_out": len(numbers) - len(made)}
    return render(request, "orders/desk/sheet.html", context, status=422 if form.errors else 200)


@at_desk
@require_POST
def chosen(request: ActingRequest) -> HttpResponse:
    """Lead from the ticks of the queue to the sheets."""
    numbers = list(dict.fromkeys(request.POST.getlist("order")))[:MOST_SHEETS]
    return HttpResponseRedirect(
        f"{reverse('orders_desk_sheets')}?{urlencode([('order', each) for each in numbers])}"
    )


def _told(actor: Actor, shared: set[UUID], *, form: ReasonForm) -> dict[UUID, dict[str, str]]:
    try:
        reason = form.cleaned_data["reason"]
        return {each: read_contact(actor=actor, order_id=each, reason=reason) for each in shared}
    except Refused as refused:
        form.add_error("reason" if refused.code == "reason" else None, refused.message)
        return {}


def _sheet(
    request: ActingRequest, listed: Listed, *, shared: set[UUID], told: dict[str, str] | None
) -> Sheet:
    matter, order = listed.matter, listed.order
    said = getattr(order, "words", None)
    erased = said is not None and said.erased_at is not None
    address = request.build_absolute_uri(f"{reverse('field_home')}#/m/{matter.id}")
    return Sheet(
        listed=listed,
        kind=kind_name(matter),
        state=standing(matter),
        category=category_name(order.category, matter.region_code),
        words=erased_words() if erased else f"{said.title} {said.text}".strip() if said else "",
        where="" if erased or said is None else said.place_text,
        code=segno.make(address, error="m", micro=False).svg_data_uri(scale=4),
        shared=matter.id in shared,
        told=told,
    )
