"""The residents' frame: choosing a place, and a village's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.queries import children, provinces
from gongzhi.core.regions.rules import Level
from gongzhi.shells.portal import queries
from gongzhi.shells.portal.places import Place, place_or_404
from gongzhi.shells.portal.village import parts_of
from gongzhi.ui.audience import shells_of
from gongzhi.ui.middleware import YEAR

RECENT = "places"
RECENT_KEPT = 4
WORDS = 40
NOT_FOR_ROBOTS = ("/r/", "/my/", "/follow/", "/enter/", "/desk/", "/field/", "/accounts/", "/i18n/")


def home(request: ActingRequest) -> HttpResponse:
    """The first screen: the places visited last, a search by name, and the places of this installation."""
    words = request.GET.get("q", "").strip()[:WORDS]
    own = queries.home_region()
    region = queries.region_named(request.GET.get("in", "")) or own
    wide = region is None or region.level < Level.COUNTY
    context = {
        "words": words,
        "found": queries.villages_named(words, own) if words else [],
        "recent": queries.places_at(_recent(request)),
        "region": region,
        "townships": [] if wide or region is None else queries.townships_in(region),
        "regions": _below(region) if wide else [],
        "shells": shells_of(request.actor),
    }
    return render(request, "portal/home.html", context)


def village(request: ActingRequest, code: str) -> HttpResponse:
    """A village's page, the target of its QR code. Where the village was merged, its successor's page."""
    place = place_or_404(request, code)
    if place.short_code != code:
        return redirect(place.url)
    parts = parts_of(request, place, actor=request.actor)
    response = render(request, "portal/village.html", {"place": place, "parts": parts})
    _remember(request, response, place=place)
    return response


def enter(request: ActingRequest) -> HttpResponse:
    """Where one goes after signing in: to the desk, to the field app, else home."""
    shells = shells_of(request.actor)
    for shell, name in (("desk", "desk_home"), ("field", "field_home")):
        if shell in shells:
            return redirect(reverse(name))
    return redirect(reverse("portal_home"))


def robots(request: HttpRequest) -> HttpResponse:
    """What search engines leave alone: what is one person's, and what only work needs."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def offline(request: HttpRequest) -> HttpResponse:
    """What a phone shows without a connection."""
    return render(request, "offline.html")


def _below(region: Region | None) -> list[Region]:
    return provinces() if region is None else children(region.code, region.level)


def _recent(request: HttpRequest) -> list[str]:
    return [code for code in request.COOKIES.get(RECENT, "").split(".") if code.isdigit()][:RECENT_KEPT]


def _remember(request: HttpRequest, response: HttpResponse, *, place: Place) -> None:
    codes = [place.short_code, *(code for code in _recent(request) if code != place.short_code)]
    kept = ".".join(codes[:RECENT_KEPT])
    if kept != request.COOKIES.get(RECENT):
        secure = request.is_secure()
        response.set_cookie(RECENT, kept, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
