"""What the resident's pages share: the address that asks, headers of private answers, QR codes."""

import io
import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from gongzhi.capabilities.orders.rules import normalise_receipt

View = Callable[..., HttpResponseBase]


class ReceiptConverter:
    """A receipt in an address, however written: `<receipt:receipt>`. What cannot be one does not match."""

    regex = "[^/]{16,60}"

    def to_python(self, value: str) -> str:
        """The sixteen letters by which the receipt is known."""
        return normalise_receipt(value)

    def to_url(self, value: str) -> str:
        """The code in groups of four, as it is printed."""
        code = normalise_receipt(value)
        return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def client_address(request: HttpRequest) -> str:
    """Where a request comes from; behind our own proxies, what the first of them was told.

    Of an IPv6 address the network alone counts: a household has more addresses than it could use.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(forwarded) >= proxies and forwarded[-proxies]:
        address = forwarded[-proxies]
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((known, 64), strict=False).network_address)
    return str(known)


def private(view: View) -> View:
    """Answers that are one resident's alone: kept by nobody, found by no search engine.

    Their address holds a receipt, which no other site learns as Referer. `no-referrer` would say more and do
    less: with it browsers send `Origin: null`, and every form of the page would be refused.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def qr(url: str, *, name: str = "") -> HttpResponse:
    """A QR code as a picture of its own: it holds the address, and loads nothing."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        drawn, kind="svg", border=4, omitsize=True, dark="#000", light="#fff"
    )
    response = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if name:
        response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}.svg"
    return response
