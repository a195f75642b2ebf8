"""One connection to the live process: what was asked, whether pages of ours asked it, and how it is answered."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

PATH = "/live/events"
PATIENCE = 10.0
"""Seconds that a client may take to read what was sent; after that its stream ends."""
STREAMING = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Connection:
    """A request as far as it matters here, and the way to answer it."""

    def __init__(self, scope: Message, *, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._receive, self._send = receive, send
        self._said: dict[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }

    @property
    def last(self) -> str:
        """The id of the last event that the client heard."""
        return self._said.get("last-event-id", "")[:80]

    @property
    def session(self) -> str:
        """The key of the session in the cookie."""
        with suppress(CookieError):
            cookie = SimpleCookie(self._said.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
            return str(cookie.value) if cookie else ""
        return ""

    def refusal(self) -> int:
        """The status with which it is refused before anything is asked of the database; 0 when it is not."""
        domain, _port = split_domain_port(self._said.get("host", ""))
        if not validate_host(domain, settings.ALLOWED_HOSTS):
            return 400
        if self.path != PATH:
            return 404
        if self.method != "GET":
            return 405
        return 0 if self._from_our_pages() else 403

    def _from_our_pages(self) -> bool:
        """Cookies go along between the ports of one host, so the page's own origin decides."""
        origin = self._said.get("origin")
        if origin is not None:
            return origin in settings.LIVE_ORIGINS
        return self._said.get("sec-fetch-site", "same-origin") == "same-origin"

    async def begin(self) -> None:
        """Begin a stream of events."""
        headers = [*STREAMING, *self._headers()]
        await self._patiently({"type": "http.response.start", "status": 200, "headers": headers})

    async def write(self, text: str) -> None:
        """Send some of the stream. Fails (OSError) when the client does not take it in time."""
        await self._patiently({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def finish(self) -> None:
        """End the stream, if the client is still there."""
        with suppress(OSError):
            await self._patiently({"type": "http.response.body", "body": b""})

    async def say(self, status: int) -> None:
        """A short answer, and that is all. Pages of others learn nothing, not even the status."""
        body = str(status).encode()
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        if self._from_our_pages():
            headers += self._headers()
        await self._patiently({"type": "http.response.start", "status": status, "headers": headers})
        await self._patiently({"type": "http.response.body", "body": body})

    async def gone(self) -> None:
        """Return when the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _headers(self) -> Headers:
        """The pages of the site may read the answer, and nobody keeps it."""
        found = [
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"vary", b"Origin, Cookie"),
        ]
        if origin := self._said.get("origin"):
            found.append((b"access-control-allow-origin", origin.encode("latin-1")))
            found.append((b"access-control-allow-credentials", b"true"))
        return found

    async def _patiently(self, message: Message) -> None:
        await asyncio.wait_for(self._send(message), PATIENCE)


def event(name: str, *, at: str, words: str = "") -> str:
    """One server-sent event."""
    return f"event: {name}\nid: {at}\ndata: {words}\n\n"
