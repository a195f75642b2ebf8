"""Elders' mode: chosen with `?elders=1` or `?elders=0`, kept in a cookie, obeyed by every page. And the way back."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

COOKIE = "elders"
YEAR = 365 * 24 * 3600


def elders_mode(request: HttpRequest) -> bool:
    """Whether this request asks for large type: the address decides, else the cookie."""
    asked = request.GET.get(COOKIE)
    if asked in {"0", "1"}:
        return asked == "1"
    return request.COOKIES.get(COOKIE) == "1"


class WayBackMiddleware:
    """A page where an address takes forms alone: whoever comes back to it after signing in finds his way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response; of a 405 without words to somebody who only looks, a page with them."""
        response = self.get_response(request)
        looks = request.method == "GET" and request.accepts("text/html")
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and looks and not response.content:
            page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
            page["Allow"] = response["Allow"]
            return page
        return response


class EldersMiddleware:
    """Keeps the choice of the address in the cookie, so that it holds without JavaScript."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, with the cookie where the address chose."""
        response = self.get_response(request)
        asked = request.GET.get(COOKIE)
        if asked in {"0", "1"}:
            response.set_cookie(
                COOKIE,
                asked,
                max_age=YEAR,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
            )
        patch_vary_headers(response, ["Cookie"])
        return response
