"""A village's QR code, and the sheet that is pinned on its board."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from gongzhi.capabilities.orders.portal.ordering import family_name
from gongzhi.capabilities.orders.portal.web import qr
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.portal.places import place_or_404


def village_qr(request: ActingRequest, code: str) -> HttpResponse:
    """The QR code that opens a village's page."""
    place = place_or_404(request, code)
    response = qr(request.build_absolute_uri(place.url), name=place.name)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def poster(request: ActingRequest, code: str) -> HttpResponse:
    """An A4 sheet with the village's name and its QR code."""
    place = place_or_404(request, code)
    if place.short_code != code:
        return redirect("orders_poster", code=place.short_code)
    context = {
        "place": place,
        "address": request.build_absolute_uri(place.url),
        "report": family_name("public_report", place),
        "service": family_name("proxy_service", place),
    }
    return render(request, "orders/portal/poster.html", context)
