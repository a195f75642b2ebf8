"""The clients of the SMS gateway and of WeChat, against a provider on this machine that speaks as theirs does."""

from collections.abc import Iterator

import pytest

from gongzhi.capabilities.orders.notices import Outgoing
from gongzhi.capabilities.orders.notices.signed import sign
from gongzhi.capabilities.orders.notices.sms import SmsGateway
from gongzhi.capabilities.orders.notices.wechat import WeChat, forget_tokens
from gongzhi.core.definitions.ids import uuid7
from tests.orders.stub_provider import Provider, provider

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def stub() -> Iterator[Provider]:
    """A provider, and no token known."""
    forget_tokens()
    with provider() as made:
        yield made
    forget_tokens()


def message(channel: str = "sms") -> Outgoing:
    return Outgoing(
        channel=channel,
        to="13912345678" if channel == "sms" else "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
        text="您反映的事（编号 X）：接单了。",
        key=uuid7(),
        template="T1",
        values={"thing1": "接单了"},
        link="https://gongzhi.example/n/x/",
    )


def gateway(stub: Provider | None, **more: object) -> SmsGateway:
    url = stub.url + "/send" if stub else NOBODY
    return SmsGateway(**{"url": url, "account": "gaotai", "key": "secret", "timeout": 0.3, **more})  # type: ignore[arg-type]


def account(stub: Provider, *, right: bool = True) -> WeChat:
    return WeChat(app_id="wx1", secret="right" if right else "wrong", api=stub.url, timeout=0.3)


def test_a_text_message_is_signed_and_carries_its_key(stub: Provider) -> None:
    stub.say(202, {"id": "g-1"})
    sent = message()
    outcome = gateway(stub, signature="高台县").send(sent)
    assert (outcome.state, outcome.provider_id) == ("sent", "g-1")
    (asked,) = stub.asked
    assert asked["data"]["to"] == sent.to
    assert asked["data"]["signature"] == "高台县"
    assert asked["headers"]["Idempotency-Key"] == str(sent.key)
    signed = sign("secret", asked["headers"]["X-Gongzhi-Time"], body=asked["body"])
    assert asked["headers"]["X-Gongzhi-Signature"] == signed


@pytest.mark.parametrize(
    ("status", "data", "state", "reason"),
    [
        (200, {"state": "delivered"}, "delivered", ""),
        (409, {}, "sent", "seen_before"),
        (400, {"error": "13912345678 is wrong"}, "failed", "http_400"),
        (401, {}, "failed", "http_401"),
        (429, {}, "again", "too_many"),
        (500, {}, "uncertain", "http_500"),
        (503, {}, "uncertain", "http_503"),
        (0, {}, "uncertain", "no_answer"),
    ],
)
def test_what_the_gateway_answers_is_told_apart(
    stub: Provider, status: int, data: dict[str, str], state: str, reason: str
) -> None:
    stub.say(status, data)
    outcome = gateway(stub).send(message())
    assert (outcome.state, outcome.reason) == (state, reason)


def test_a_busy_gateway_says_how_long_to_wait(stub: Provider) -> None:
    stub.say(429, Retry_After="90")
    assert gateway(stub).send(message()).wait == 90


def test_where_nobody_listens_nothing_was_sent() -> None:
    outcome = gateway(None).send(message())
    assert (outcome.state, outcome.reason) == ("again", "unreachable")


def test_wechat_keeps_its_token_and_asks_anew_when_it_is_stale(stub: Provider) -> None:
    stub.say(200, {"errcode": 0, "msgid": 7})
    mine = account(stub)
    first = message("wechat")
    assert mine.send(first).provider_id == "7"
    assert mine.send(message("wechat")).state == "sent"
    assert stub.tokens == 1
    told = stub.asked[0]["data"]
    assert told["touser"] == first.to
    assert told["template_id"] == "T1"
    assert told["data"] == {"thing1": {"value": "接单了"}}
    assert told["client_msg_id"] == first.key.hex
    stub.good_token = "another process asked for a new one"
    assert mine.send(message("wechat")).state == "sent"
    assert stub.tokens == 2


@pytest.mark.parametrize(
    ("status", "data", "state", "reason"),
    [
        (200, {"errcode": 43004}, "failed", "not_following"),
        (200, {"errcode": 40037}, "failed", "errcode_40037"),
        (200, {"errcode": -1}, "again", "errcode_-1"),
        (200, {"errcode": 45009}, "again", "errcode_45009"),
        (502, {}, "uncertain", "http_502"),
        (429, {}, "again", "too_many"),
        (0, {}, "uncertain", "no_answer"),
    ],
)
def test_what_wechat_answers_is_told_apart(
    stub: Provider, status: int, data: dict[str, int], state: str, reason: str
) -> None:
    stub.say(status, data)
    outcome = account(stub).send(message("wechat"))
    assert (outcome.state, outcome.reason) == (state, reason)


def test_without_a_token_nothing_is_sent(stub: Provider) -> None:
    stub.say(200, {"errcode": 0})
    outcome = account(stub, right=False).send(message("wechat"))
    assert (outcome.state, outcome.reason) == ("again", "token_40125")
    assert stub.asked == []
