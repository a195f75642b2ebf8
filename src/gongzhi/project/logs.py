"""Logs that name nobody: no query strings, receipts, telephones, identity numbers, whoever wrote them."""

import logging
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

access = logging.getLogger("gongzhi.access")

BIRTH_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
MASKS = (
    (re.compile(r"/(r|invitation|calendar)/[^\s/?\"']+"), r"/\1/*"),
    (re.compile(r"(?<=[\w/])\?[^\s\"']*=[^\s\"']*"), "?*"),
    (re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"), "(telephone)"),
    (re.compile(rf"(?<!\d)\d{{6}}{BIRTH_DATE}\d{{3}}[\dXx](?!\d)"), "(id)"),
    (re.compile(r"^(?:DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE), "(detail withheld)"),
)
"""What PostgreSQL adds as DETAIL repeats the row that it refused, and as LINE the statement."""


def masked(text: str) -> str:
    """`text` without what could point to a person."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


class PrivateFormatter(logging.Formatter):
    """Masks every line, tracebacks included, at the last moment."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return masked(super().format(record))


class AccessLogMiddleware:
    """One line a request: method, path without receipt or query, status, milliseconds; no address or name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, and write the line."""
        started = time.perf_counter()
        response = self.get_response(request)
        spent = (time.perf_counter() - started) * 1000
        access.info("%s %s %s %.0f", request.method, request.path, response.status_code, spent)
        return response
