"""Calls to duty telephones through a gateway that takes signed JSON. docs/operate/ringing.md has the protocol.

It reads a sentence to whoever picks up. That a call was taken by the gateway is not that anybody heard it: whether
the order was accepted is asked of the order alone.
"""

import json
import time
from dataclasses import dataclass

from gongzhi.capabilities.orders.notices.http import TIMEOUT, NoAnswer, NotSent, post
from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing
from gongzhi.capabilities.orders.notices.sms import outcome_of, sign

TIMES_READ = 2
"""How often the sentence is read: whoever wakes up misses the first time."""


@dataclass(frozen=True)
class VoiceGateway:
    """The gateway's address, and our account there with its key.

    `knows_keys`: the gateway takes one Idempotency-Key once only, so that what is uncertain may be asked again.
    """

    url: str
    account: str
    key: str
    knows_keys: bool = False
    timeout: float = TIMEOUT

    def send(self, message: Outgoing) -> Outcome:
        """Make one call, and tell what became of it: `delivered` where the gateway says that somebody picked up.

        A fault of the gateway leaves it uncertain.
        """
        asked = {"account": self.account, "to": message.to, "text": message.text, "times": TIMES_READ}
        body = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
        now = str(int(time.time()))
        headers = {
            "X-Gongzhi-Time": now,
            "X-Gongzhi-Signature": sign(self.key, now, body=body),
            "Idempotency-Key": str(message.key),
        }
        try:
            return outcome_of(post(self.url, body, headers=headers, timeout=self.timeout))
        except NotSent:
            return Outcome("again", "unreachable")
        except NoAnswer:
            return Outcome("uncertain", "no_answer")
