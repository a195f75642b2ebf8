"""The page for when nothing can be taken just now: it asks nothing of the database, and keeps what was typed."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

WAIT = 30
MOST_KEPT = 40


def busy(request: HttpRequest) -> HttpResponse:
    """503, with the form that was sent: the same button sends the same draft again, which is placed once."""
    sent = [] if request.method != "POST" else _sent(request)
    context = {
        "address": request.get_full_path(),
        "token": get_token(request),
        "sent": sent,
        "text": dict(sent).get("text", ""),
        "photos": bool(request.FILES) if sent else False,
    }
    words = render_to_string("orders/portal/busy.html", context)
    return HttpResponse(words, status=503, headers={"Retry-After": str(WAIT), "Cache-Control": "no-store"})


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    said = [(name, value) for name, values in request.POST.lists() for value in values]
    return [(name, value) for name, value in said if name != "csrfmiddlewaretoken"][:MOST_KEPT]
