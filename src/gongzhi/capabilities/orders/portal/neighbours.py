"""Following a neighbour's order instead of placing one, and letting neighbours see one's own. Without JavaScript."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.capabilities.orders import pictures
from gongzhi.capabilities.orders.commands.neighbours import stop_following
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.neighbours import FAMILY, Offered
from gongzhi.capabilities.orders.portal.plain import followed_words, in_words
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.capabilities.orders.queries.neighbours import Followed, shown_photo
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level
from gongzhi.shells.portal.places import Place, place_of
from gongzhi.workflow.models import Matter


def show_followed(request: ActingRequest, found: Followed, *, receipt: str) -> HttpResponse:
    """Where the order stands that the receipt follows: kind, village, the released summary, the stages."""
    line = regions.path(found.region_code, Level.VILLAGE)
    request.region_code = found.region_code  # type: ignore[attr-defined]
    place = place_of(line) if line else None
    context = {
        **followed_words(found),
        "receipt": receipt,
        "place": place,
        "report_url": reverse("orders_report", kwargs={"code": place.short_code}) if place else "",
        "qr_url": reverse("orders_receipt_qr", kwargs={"receipt": receipt}),
        "stop_url": reverse("orders_stop_following", kwargs={"receipt": receipt}),
    }
    return render(request, "orders/portal/followed.html", {k: v for k, v in context.items() if v is not None})


def may_consent(matter: Matter) -> bool:
    """Whether the order is of a sort that neighbours may know of at all."""
    return matter.family == FAMILY and matter.sealed_to is None


@private
@require_POST
def stop(request: ActingRequest, receipt: str) -> HttpResponse:
    """Follow no longer: the receipt is forgotten."""
    try:
        stop_following(actor=request.actor)
    except Refused:
        raise Http404(_("没有这件事")) from None
    messages.success(request, _("已经不再关注，这个回执作废了。"))
    return redirect("orders_follow")


@require_http_methods(["GET", "HEAD"])
def photo(request: ActingRequest, *, summary: UUID, photo: UUID) -> HttpResponseBase:
    """A photo that its reporter and the desk let neighbours see."""
    path = shown_photo(summary, photo)
    try:
        if path is None:
            raise FileNotFoundError
        response = FileResponse(pictures.whole_path(path).open("rb"), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404(_("没有这张照片")) from None
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def offers_shown(found: list[Offered], *, place: Place) -> list[dict[str, Any]]:
    """What may be followed, as the third screen shows it."""
    if not found:
        return []
    names = regions.labels({each.region_code for each in found}, from_level=Level.VILLAGE)
    today = timezone.localdate()
    shown = []
    for each in found:
        kind: OrderKind = definitions.by_id(each.kind_id).body
        photos = [
            reverse("orders_neighbour_photo", kwargs={"summary": each.id, "photo": photo})
            for photo in each.photos
        ]
        shown.append(
            {
                "id": each.id,
                "kind_name": in_words(kind.name),
                "place": names.get(each.region_code, ""),
                "here": each.region_code == place.code,
                "metres": each.metres,
                "days": (today - timezone.localdate(each.since)).days,
                "summary": each.summary,
                "words": each.words,
                "photos": photos,
            }
        )
    return shown
