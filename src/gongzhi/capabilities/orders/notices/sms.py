"""Text messages through a gateway that takes signed JSON. docs/operate/notices.md has the protocol.

A county has its own operator's gateway; a few lines before it speak this protocol, or a class of one's own
(GONGZHI_NOTICE_ADAPTER) speaks the operator's.
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from gongzhi.capabilities.orders.notices.http import TIMEOUT, Answer, NoAnswer, NotSent, post
from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing

SEEN_BEFORE, TOO_MANY = 409, 429
FAULT = 500


@dataclass(frozen=True)
class SmsGateway:
    """The gateway's address, our account there with its key, the signature of every message (【…】).

    `knows_keys`: the gateway takes one Idempotency-Key once only, so that what is uncertain may be sent again.
    """

    url: str
    account: str
    key: str
    signature: str = ""
    knows_keys: bool = False
    timeout: float = TIMEOUT

    def send(self, message: Outgoing) -> Outcome:
        """Send one message, and tell what became of it. A fault of the gateway leaves it uncertain."""
        body = json.dumps(
            {
                "account": self.account,
                "to": message.to,
                "text": message.text,
                "signature": self.signature,
                "template": message.template,
                "values": dict(message.values),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        now = str(int(time.time()))
        headers = {
            "X-Gongzhi-Time": now,
            "X-Gongzhi-Signature": sign(self.key, now, body=body),
            "Idempotency-Key": str(message.key),
        }
        try:
            answer = post(self.url, body, headers=headers, timeout=self.timeout)
        except NotSent:
            return Outcome("again", "unreachable")
        except NoAnswer:
            return Outcome("uncertain", "no_answer")
        return outcome_of(answer)


def outcome_of(answer: Answer) -> Outcome:
    """What a gateway of this protocol says became of a message or a call."""
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
