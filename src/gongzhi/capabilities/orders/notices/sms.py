"""Text messages through a gateway that takes signed JSON. docs/operate/notices.md has the protocol.

A county has its own operator's gateway; a few lines before it speak this protocol, or a class of one's own
(GONGZHI_NOTICE_ADAPTER) speaks the operator's.
"""

from dataclasses import dataclass

from gongzhi.capabilities.orders.notices import signed
from gongzhi.capabilities.orders.notices.http import TIMEOUT
from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing


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
        document = {
            "account": self.account,
            "to": message.to,
            "text": message.text,
            "signature": self.signature,
            "template": message.template,
            "values": dict(message.values),
        }
        return signed.ask(self.url, document, key=self.key, once=message.key, timeout=self.timeout)
