"""What every page knows: brand, language, elders' mode, demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from gongzhi import __version__
from gongzhi.ui.brand import brand_of
from gongzhi.ui.middleware import elders_mode

LIVE_PATH = "/live/events"


def live_address(request: HttpRequest) -> str:
    """Where this page listens for live updates: on a port of their own, behind the proxy, or nowhere ("")."""
    if settings.LIVE_PORT:
        host, _port = split_domain_port(request.get_host())
        return f"{request.scheme}://{host}:{settings.LIVE_PORT}{LIVE_PATH}"
    return LIVE_PATH if settings.BEHIND_PROXY else ""


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor of every template. The brand is asked for only by pages that show it."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "brand": SimpleLazyObject(lambda: brand_of(request)),
        "demo": settings.DEMO,
        "source_url": settings.SOURCE_URL,
        "version": __version__,
        "elders": elders_mode(request),
        "language": language,
        "live": SimpleLazyObject(lambda: live_address(request)),
        "other_languages": [(code, name) for code, name in settings.LANGUAGES if code != language],
        "here": request.get_full_path() if request.method == "GET" else request.path,
    }
