"""What the gateway of text messages calls when a message has arrived, or never will: signed as our own calls are."""

import hmac
import json
import re
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from gongzhi.capabilities.orders.commands.notifying import report_delivery
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.notices.rules import Report
from gongzhi.capabilities.orders.notices.signed import sign
from gongzhi.capabilities.orders.portal.web import client_address, private
from gongzhi.core.people.cipher import blind_index
from gongzhi.core.permissions.actor import enter_as_system

A_MINUTE = 60
CALLS_A_MINUTE = 120
MOST_REPORTS = 200
MOST_BYTES = 64 * 1024
STALE = 300
"""Seconds after which a signature no longer counts. Within them the same call changes nothing a second time."""
STATES = {"delivered", "failed"}
CODE, NUMBER = re.compile(r"[A-Za-z0-9_-]{1,30}"), re.compile(r"[0-9]{6}")
"""Of a reason a code is kept; what may hold a telephone is not."""


@csrf_exempt
@private
@require_POST
def sms(request: HttpRequest) -> HttpResponse:
    """Take reports of text messages. What is signed is answered alike (204), whether we sent that message or not.

    Refuses (404) where no gateway is configured, (403) what it did not sign, (400) what is no report, and (429) too
    many calls from one address.
    """
    if not settings.SMS["key"]:
        return HttpResponse(status=404)
    if _too_many(client_address(request)):
        return HttpResponse(status=429, headers={"Retry-After": str(A_MINUTE)})
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES or not _signed(request):
        return HttpResponse(status=403)
    reports = read_reports(request.body)
    if reports is None:
        return HttpResponse(status=400)
    for post in platform_posts():
        with enter_as_system(post.id) as actor:
            for report in reports:
                report_delivery(actor=actor, report=report)
    return HttpResponse(status=204)


sms.outside = True  # type: ignore[attr-defined]


def read_reports(body: bytes) -> list[Report] | None:
    """The reports of a call: `{"reports": [{"key" or "id", "state", "reason"?}]}`; None where it is something else."""
    try:
        given = json.loads(body)["reports"]
        if not isinstance(given, list) or len(given) > MOST_REPORTS:
            return None
        return [_report(each) for each in given]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _report(given: dict[str, Any]) -> Report:
    if given["state"] not in STATES:
        raise ValueError
    code = str(given.get("reason", ""))
    reason = code if CODE.fullmatch(code) and not NUMBER.search(code) else ""
    return Report(
        state=given["state"],
        key=UUID(given["key"]) if given.get("key") else None,
        provider_id=str(given.get("id", ""))[:80],
        reason=f"report_{reason}" if reason and given["state"] == "failed" else "",
    )


def _signed(request: HttpRequest) -> bool:
    at, given = request.headers.get("X-Gongzhi-Time", ""), request.headers.get("X-Gongzhi-Signature", "")
    if not (at.isascii() and at.isdecimal() and len(at) < 16 and abs(time.time() - int(at)) <= STALE):
        return False
    right = sign(settings.SMS["key"], at, body=request.body)
    return hmac.compare_digest(right.encode(), given.encode())


def _too_many(address: str) -> bool:
    key = f"reports:{blind_index(address).hex()}"
    if cache.add(key, 1, A_MINUTE):
        return False
    try:
        return bool(cache.incr(key) > CALLS_A_MINUTE)
    except ValueError:  # it ended just now
        return False
