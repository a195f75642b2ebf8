"""Each request is one transaction that first sets the actor, the scope and the presented receipt."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from gongzhi.core.permissions.actor import ANYBODY, Actor, enter


class ActingRequest(HttpRequest):
    """A request inside its transaction."""

    actor: Actor


def receipt_hash(code: str) -> str:
    """The digest under which a receipt code is known to the database."""
    return hashlib.sha256(code.encode()).hexdigest()


class ActorMiddleware:
    """Runs the view inside `enter`. A view whose URL has `receipt` presents that receipt's digest.

    A view marked `outside` (static answers, health) runs without a transaction.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the work is done in `process_view`, once the URL is known.

        What somebody is shown who signed in stays in no cache: the next at the same machine may go back to it.
        """
        response = self.get_response(request)
        actor: Actor = getattr(request, "actor", ANYBODY)
        if actor.person_id is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(  # noqa: PLR0917 - Django calls it so
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase:
        """Run the view, and render its answer, within one transaction."""
        if getattr(view, "outside", False):
            request.actor = ANYBODY  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]
        code = kwargs.get("receipt")
        person_id = getattr(request.user, "person_id", None)
        with enter(person_id=person_id, receipt=receipt_hash(code) if code else None) as actor:
            request.actor = actor  # type: ignore[attr-defined]
            response: HttpResponseBase = view(request, *args, **kwargs)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            return response
