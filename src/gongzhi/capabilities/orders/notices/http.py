"""A small client for the providers of messages: one request, one answer, and whether it may have been taken.

What fails before anything was sent is not what fails after: the first may be repeated, the second may have worked.
"""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 10.0
MOST_BYTES = 64 * 1024


class NotSent(OSError):
    """Nobody was reached: nothing was sent."""


class NoAnswer(OSError):
    """It was sent, and what became of it is not known."""


@dataclass(frozen=True)
class Answer:
    """What a provider answered. `data` is what it wrote as JSON, nothing where it wrote something else."""

    status: int
    data: dict[str, Any]
    wait: int = 0


def post(url: str, body: bytes, *, headers: dict[str, str], timeout: float = TIMEOUT) -> Answer:
    """POST JSON. Refuses (NotSent) where nobody is reached and (NoAnswer) where no whole answer comes."""
    sent = {"Content-Type": "application/json", **headers}
    return _asked("POST", url, body=body, headers=sent, timeout=timeout)


def get(url: str, *, timeout: float = TIMEOUT) -> Answer:
    """GET. Refuses as `post`."""
    return _asked("GET", url, body=None, headers={}, timeout=timeout)


def _asked(method: str, url: str, *, body: bytes | None, headers: dict[str, str], timeout: float) -> Answer:
    where = urlsplit(url)
    host, port = where.hostname or "", where.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        if where.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout)
    )
    path = f"{where.path or '/'}?{where.query}" if where.query else where.path or "/"
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NotSent(type(error).__name__) from None
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read(MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(type(error).__name__) from None
    finally:
        connection.close()
    return Answer(response.status, _json(content), _seconds(response.getheader("Retry-After", "")))


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(text: str) -> int:
    return min(int(text), 24 * 3600) if text.isdecimal() else 0
