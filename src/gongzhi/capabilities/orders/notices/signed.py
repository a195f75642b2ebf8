"""The protocol of the gateways for text messages and calls: signed JSON, one key for one message, one word of its fate.

docs/operate/notices.md and docs/operate/ringing.md have it for whoever writes the few lines before an operator.
"""

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID

from gongzhi.capabilities.orders.notices.http import Answer, NoAnswer, NotSent, post
from gongzhi.capabilities.orders.notices.rules import Outcome

SEEN_BEFORE, TOO_MANY = 409, 429
FAULT = 500


def ask(url: str, document: dict[str, Any], *, key: str, once: UUID, timeout: float) -> Outcome:
    """Send a document signed with our `key`, and tell what became of it; `once` marks it as one and the same.

    A fault of the gateway, or no whole answer, leaves it uncertain.
    """
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    now = str(int(time.time()))
    headers = {
        "X-Gongzhi-Time": now,
        "X-Gongzhi-Signature": sign(key, now, body=body),
        "Idempotency-Key": str(once),
    }
    try:
        return _outcome_of(post(url, body, headers=headers, timeout=timeout))
    except NotSent:
        return Outcome("again", "unreachable")
    except NoAnswer:
        return Outcome("uncertain", "no_answer")


def _outcome_of(answer: Answer) -> Outcome:
    given = str(answer.data.get("id", ""))[:80]
    if answer.status in {200, 201, 202}:
        return Outcome("delivered" if answer.data.get("state") == "delivered" else "sent", "", given)
    if answer.status == SEEN_BEFORE:
        return Outcome("sent", "seen_before", given)
    if answer.status == TOO_MANY:
        return Outcome("again", "too_many", wait=answer.wait)
    if answer.status >= FAULT:
        return Outcome("uncertain", f"http_{answer.status}", wait=answer.wait)
    return Outcome("failed", f"http_{answer.status}")


def sign(key: str, at: str, *, body: bytes) -> str:
    """The signature of a request: HMAC-SHA256 over the time, a line break and the body, in hexadecimal."""
    return hmac.new(key.encode(), at.encode() + b"\n" + body, hashlib.sha256).hexdigest()
