"""One-key response for a resident (一键响应): 110, 119 and 120 first, then one button."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders import rules
from gongzhi.capabilities.orders.commands import NewOrder, place_order
from gongzhi.capabilities.orders.commands.placing import LONGEST_TEXT
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.portal.drafts import Draft
from gongzhi.capabilities.orders.portal.ordering import kinds_at
from gongzhi.capabilities.orders.portal.web import client_address
from gongzhi.capabilities.orders.ringing.chain import chain_at, gateways
from gongzhi.capabilities.orders.ringing.kinds import one_key_kind
from gongzhi.capabilities.orders.ringing.words import lapse_words, who_words
from gongzhi.core.command.running import Conflict, Refused
from gongzhi.core.definitions.queries import Found
from gongzhi.core.people.cipher import plain_number
from gongzhi.core.people.rules import is_phone
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.portal.places import Place, place_or_404


class UrgentForm(forms.Form):
    """What is urgent, where, and whom to call back: one of words and telephone is enough."""

    text = forms.CharField(
        label=gettext_lazy("出了什么事"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    place_text = forms.CharField(
        label=gettext_lazy("在什么地方"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("您的电话"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel", "autocomplete": "tel"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuses neither words nor a telephone, and what cannot be a telephone number."""
        said: dict[str, Any] = super().clean() or {}
        phone = said.get("phone", "").strip()
        if phone and not is_phone(plain_number(phone)):
            self.add_error("phone", _("电话号码不对：请填 11 位手机号，或带区号的座机号。"))
        elif not phone and not said.get("text", "").strip():
            self.add_error("text", _("写几个字，或者留个电话：不然接单的人不知道出了什么事。"))
        return said


@dataclass
class Screen:
    """One request to the page. What was typed is shown again whatever goes wrong."""

    request: HttpRequest
    actor: Actor
    place: Place
    kind: Found[OrderKind]
    draft: Draft

    def answer(self) -> HttpResponse:
        """Show the page, or send."""
        if self.request.method != "POST":
            return self.show(UrgentForm())
        form = UrgentForm(self.request.POST)
        return self.send(form) if form.is_valid() else self.show(form, status=422)

    def send(self, form: UrgentForm) -> HttpResponse:
        """Place the order, and lead to its receipt, which says that it rings."""
        said = form.cleaned_data
        new = NewOrder(
            kind=self.kind.key,
            region_code=self.place.code,
            region_level=self.place.level,
            receipt=self.draft.receipt,
            title=_("一键响应"),
            text=said["text"],
            place_text=said["place_text"],
            phone=said["phone"],
            share_phone=bool(said["phone"]),
            address=client_address(self.request),
        )
        earlier = ""
        try:
            place_order(actor=self.actor, new=new, client_id=self.draft.client_id)
        except Conflict as conflict:
            earlier = reverse("orders_followed", kwargs={"receipt": self.draft.receipt})
            self.draft = self.draft.again()
            form.add_error(None, conflict.message)
        except Refused as refused:
            form.add_error("phone" if refused.code == "phone" else None, refused.message)
        else:
            return redirect("orders_receipt", receipt=self.draft.receipt)
        return self.show(form, earlier=earlier, status=422)

    def show(self, form: UrgentForm, *, earlier: str = "", status: int = 200) -> HttpResponse:
        """The page: the telephones, the button, and what happens then."""
        steps = [
            {"who": who_words(step.who), "wait": lapse_words(step.lasts)}
            for step in chain_at(self.place.code).body.steps
        ]
        context = {
            "place": self.place,
            "form": form,
            "draft": self.draft.signed(),
            "steps": steps,
            "gateways": gateways(),
            "earlier": earlier,
        }
        return render(self.request, "orders/portal/urgent.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def urgent(request: ActingRequest, *, code: str) -> HttpResponse:
    """One-key response of a place. Enters by itself, because the receipt comes with the form.

    Refuses (404) a place that offers no urgent kind of order.
    """
    sending = request.method == "POST"
    draft = Draft.read(request.POST.get("draft", "")) if sending else Draft.new()
    receipt = rules.hash_receipt(draft.receipt) if sending else None
    with enter(person_id=getattr(request.user, "person_id", None), receipt=receipt) as actor:
        request.actor = actor
        place = place_or_404(request, code)
        if not sending and place.short_code != code:
            return redirect("orders_urgent", code=place.short_code)
        kind = one_key_kind(place.code, request.POST.get("text", "")[:LONGEST_TEXT])
        if kind is None or not kinds_at(place):
            raise Http404(_("这里没有这一类"))
        return Screen(request, actor, place=place, kind=kind, draft=draft).answer()


urgent.outside = True  # type: ignore[attr-defined]
