"""Following an order by its receipt, or among one's own when signed in, with every step that is the resident's."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders import pictures
from gongzhi.capabilities.orders.commands import Asked, rate_order, take_step
from gongzhi.capabilities.orders.commands.contact import takes_photos
from gongzhi.capabilities.orders.commands.limits import too_many_misses
from gongzhi.capabilities.orders.forms import (
    AddForm,
    RateForm,
    ReceiptForm,
    ReopenForm,
    StepForm,
    UrgeForm,
    WithdrawForm,
)
from gongzhi.capabilities.orders.models import Order, Photo
from gongzhi.capabilities.orders.portal.chain import chain_shown
from gongzhi.capabilities.orders.portal.neighbours import may_consent, show_followed
from gongzhi.capabilities.orders.portal.plain import in_words, leading_words, line_of, told
from gongzhi.capabilities.orders.portal.web import client_address, private, qr
from gongzhi.capabilities.orders.queries import order_by_receipt, order_shown
from gongzhi.capabilities.orders.queries.mine import order_of_reporter, orders_of_reporter
from gongzhi.capabilities.orders.queries.neighbours import followed
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import enter
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level
from gongzhi.shells.portal.places import Place, place_of
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter

FORMS: dict[str, type[StepForm]] = {
    "rate": RateForm,
    "add": AddForm,
    "urge": UrgeForm,
    "reopen": ReopenForm,
    "withdraw": WithdrawForm,
}
"""The steps that a resident may take, by their place in the address."""

DEEDS = {"reopen": ("reopen", "reopen_unheld")}
"""Steps of the flow that are one thing to the resident: which of them fits is the flow's affair."""


@dataclass(frozen=True)
class Way:
    """How the reader came to an order: by its receipt, or by its number among his own."""

    receipt: str = ""
    number: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """What addresses of this order are made with."""
        return {"receipt": self.receipt} if self.receipt else {"number": self.number}

    def to(self, name: str, **more: Any) -> str:
        """An address of this order."""
        return reverse(name, kwargs={**self.arguments, **more})

    def photo(self, kept: Photo) -> str:
        """The address of one of its photos."""
        return self.to("orders_photo", photo=kept.pk)

    def find(self, request: ActingRequest) -> Matter | None:
        """The order, if the reader may follow it. Refuses (404) a number that is not among his own."""
        if self.receipt:
            return order_by_receipt(request.actor)
        matter = order_of_reporter(request.actor, self.number)
        if matter is None:
            raise Http404(_("没有这件事"))
        return matter


@private
@require_http_methods(["GET", "HEAD"])
def follow(request: ActingRequest, *, receipt: str = "", number: str = "") -> HttpResponse:
    """Where an order stands: in plain words, who holds it, by when, and every step so far."""
    way = Way(receipt, number)
    matter = way.find(request)
    if matter is not None:
        return _show(request, way, matter=matter)
    found = followed(request.actor)
    return missed(request, receipt) if found is None else show_followed(request, found, receipt=receipt)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: ActingRequest, *, deed: str, receipt: str = "", number: str = "") -> HttpResponse:
    """One step of the resident: its question, and taking it. Refused, it shows again what was typed."""
    way = Way(receipt, number)
    matter = way.find(request)
    if matter is None:
        return missed(request, receipt)
    if deed not in FORMS:
        raise Http404(_("没有这一步"))
    shown = order_shown(request.actor, matter)
    key = next((each for each in DEEDS.get(deed, (deed,)) if each in shown.steps), None)
    if key is None:
        messages.warning(
            request, _("这件事现在是“%(state)s”，现在不能这样办。") % {"state": in_words(shown.state.name)}
        )
        return redirect(way.to("orders_followed"))
    form = FORMS[deed](request.POST or None).of_place(matter.region_code)
    if request.method == "POST" and form.is_valid():
        try:
            _take(request, matter, deed=deed, key=key, form=form)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _done(deed, form))
            return redirect(way.to("orders_followed"))
    context = {
        "form": form,
        "deed": deed,
        "matter": matter,
        "state_name": in_words(shown.state.name),
        "back_url": way.to("orders_followed"),
        "step_url": way.to("orders_step", deed=deed),
    }
    return render(request, "orders/portal/step.html", context | place_shown(request, matter))


@private
@require_http_methods(["GET", "HEAD"])
def card(request: ActingRequest, receipt: str) -> HttpResponse:
    """The receipt, to keep: code, QR code, number, what comes next. It tells no name, telephone or words."""
    matter = order_by_receipt(request.actor)
    if matter is None:
        return missed(request, receipt)
    way = Way(receipt)
    context = {
        "matter": matter,
        "receipt": receipt,
        "danger": Order.objects.filter(pk=matter.pk).exclude(danger="").exists() or matter.urgent,
        "follow_url": way.to("orders_followed"),
        "qr_url": way.to("orders_receipt_qr"),
        "neighbours_url": way.to("orders_neighbours") if may_consent(matter) else "",
        "mine": request.actor.pseudonym is not None and matter.reporter == request.actor.pseudonym,
    }
    return render(request, "orders/portal/card.html", context | place_shown(request, matter))


@private
def receipt_qr(request: ActingRequest, receipt: str) -> HttpResponse:
    """The QR code of a receipt. It is drawn of the code alone; nothing is looked up."""
    return qr(request.build_absolute_uri(Way(receipt).to("orders_followed")))


receipt_qr.outside = True  # type: ignore[attr-defined]


@private
@require_http_methods(["GET", "HEAD"])
def photo(request: ActingRequest, *, photo: UUID, receipt: str = "", number: str = "") -> HttpResponseBase:
    """One photo of the order, under the row's rights."""
    matter = Way(receipt, number).find(request)
    kept = matter and Photo.objects.filter(pk=photo, order_id=matter.pk, erased_at__isnull=True).first()
    if not kept:
        raise Http404(_("没有这张照片"))
    try:
        response = FileResponse(pictures.whole_path(kept.path).open("rb"), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404(_("没有这张照片")) from None
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Disposition"] = "inline"
    return response


@private
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ActingRequest) -> HttpResponse:
    """Type a receipt's code to follow its order."""
    form = ReceiptForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _asked(request, form)
    code = form.cleaned_data["code"]
    with enter(person_id=request.actor.person_id, receipt=hash_receipt(code)) as actor:
        if order_by_receipt(actor) is not None or followed(actor) is not None:
            return redirect("orders_followed", receipt=code)
    return missed(request, code)


@private
def mistyped(request: ActingRequest, typed: str) -> HttpResponse:
    """What follows `/r/` and cannot be a receipt: ask for it, with what was typed."""
    form = ReceiptForm({"code": typed[:60]})
    form.is_valid()
    return _asked(request, form, status=404)


@private
def mine(request: ActingRequest) -> HttpResponse:
    """The orders that the signed-in resident placed."""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={reverse('orders_mine')}")
    try:
        after = UUID(request.GET["after"])
    except (KeyError, ValueError):
        after = None
    rows, more = orders_of_reporter(request.actor, after=after)
    context = {
        "rows": [line_of(row) for row in rows],
        "after": more or "",
        "paged": after is not None,
        "known": request.actor.pseudonym is not None,
    }
    return render(request, "orders/portal/mine.html", context)


def _show(request: ActingRequest, way: Way, *, matter: Matter) -> HttpResponse:
    shown = order_shown(request.actor, matter)
    deeds = [deed for deed in FORMS if any(each in shown.steps for each in DEEDS.get(deed, (deed,)))]
    if "rate" in deeds and "reopen" in deeds:
        deeds.remove("reopen")  # rating "not solved" reopens: one question is enough
    context = {
        **told(shown, photo_url=way.photo),
        "leading": leading_words(matter),
        **chain_shown(matter),
        "photos_url": way.to("orders_add_photos") if takes_photos(request.actor, matter) else "",
        "deeds": {deed: way.to("orders_step", deed=deed) for deed in deeds},
        "rate_form": RateForm().of_place(matter.region_code) if "rate" in deeds else None,
        "card_url": way.to("orders_receipt") if way.receipt else "",
        "notices_url": "" if matter.sealed_to else _channels_url(way),
        "erase_url": "" if shown.erased else way.to("orders_erase"),
        "data_url": way.to("orders_receipt_data") if way.receipt else reverse("orders_own_data"),
        "neighbours_url": way.to("orders_neighbours") if may_consent(matter) and not shown.erased else "",
    }
    return render(request, "orders/portal/follow.html", context | place_shown(request, matter))


def _channels_url(way: Way) -> str:
    """Where the resident sees what is sent about an order, and stops it."""
    return way.to("orders_receipt_channels") if way.receipt else reverse("orders_channels")


def _take(request: ActingRequest, matter: Matter, *, deed: str, key: str, form: StepForm) -> None:
    said = form.cleaned_data
    asked = Asked(matter.pk, client_id=said["key"])
    if deed == "rate":
        given = Given(
            words=said["words"],
            stars=said["stars"],
            solved=said["solved"],
            complaints=tuple(said["complaints"]),
        )
        rate_order(actor=request.actor, asked=asked, given=given)
    else:
        take_step(actor=request.actor, asked=asked, step=key, given=Given(words=said["words"]))


def _done(deed: str, form: StepForm) -> str:
    if deed == "rate" and form.cleaned_data["solved"] == "no":
        return _("您的评价收到了。这件事已经重新办理，原经办人和上一级都会收到。")
    return {
        "rate": _("谢谢您的评价。"),
        "add": _("补充的话已经交给经办的人。"),
        "urge": _("催办收到了，经办人和受理员都看得到。"),
        "reopen": _("已经要求重办，原经办人和上一级都会收到。"),
        "withdraw": _("已经撤回。"),
    }[deed]


def missed(request: ActingRequest, code: str) -> HttpResponse:
    """The answer to a code that is not known. It is counted: whoever tries many is asked to wait."""
    form = ReceiptForm({"code": code})
    form.is_valid()
    if too_many_misses(client_address(request)):
        form.add_error(None, _("试的次数太多了，请过一小时再试，或者打电话问村里。"))
        return _asked(request, form, status=429)
    form.add_error("code", _("没有找到这个回执号，请对照回执再看一遍。"))
    return _asked(request, form, status=404)


def _asked(request: ActingRequest, form: ReceiptForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "signed_in": request.user.is_authenticated}
    return render(request, "orders/portal/ask.html", context, status=status)


def place_shown(request: ActingRequest, matter: Matter) -> dict[str, Place]:
    """The place of an order, noted on the request so that its pack's brand is shown."""
    request.region_code = matter.region_code  # type: ignore[attr-defined]
    line = regions.path(matter.region_code, matter.region_level)
    return {"place": place_of(line)} if line and line[-1].level >= Level.VILLAGE else {}
