"""Calls to duty telephones through a gateway that takes signed JSON. docs/operate/ringing.md has the protocol.

It reads a sentence to whoever picks up. That a call was taken by the gateway is not that anybody heard it: whether
the order was accepted is asked of the order alone.
"""

from dataclasses import dataclass

from gongzhi.capabilities.orders.notices import signed
from gongzhi.capabilities.orders.notices.http import TIMEOUT
from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing

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
        return signed.ask(self.url, asked, key=self.key, once=message.key, timeout=self.timeout)
