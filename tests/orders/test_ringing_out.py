"""Ringing telephones: text messages and calls through gateways on this machine; what is uncertain is not repeated."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.models import Ring
from gongzhi.capabilities.orders.notices.signed import sign
from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.command import people
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import matter, step
from tests.orders.ringing import DANGER, ring, rings, urgent, waiting_jobs
from tests.orders.stub_provider import Provider, provider

pytestmark = pytest.mark.django_db
PHONE = "09360001111"


@pytest.fixture
def stub() -> Iterator[Provider]:
    """A gateway on this machine."""
    with provider() as made:
        yield made


@pytest.fixture
def voice(settings: Any, stub: Provider) -> Provider:
    """The installation calls through it."""
    settings.VOICE = {"url": f"{stub.url}/call", "account": "gaotai", "key": "secret", "knows_keys": False}
    return stub


@pytest.fixture
def telephone() -> None:
    """The worker's post has a public telephone."""
    give_telephone()


def give_telephone() -> None:
    """Show a telephone on the worker's post."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        post = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)
        people.change_post(actor=actor, post_id=post.id, title=post.title, public=("", PHONE), on_duty=True)


def rung(*numbers: int) -> UUID:
    order_id, _receipt = urgent()
    ring(order_id, *(numbers or (0,)))
    return order_id


def call(order_id: UUID) -> Ring:
    """Let the calls of an order be made; the first of them."""
    for row in rings(order_id):
        if row.channel == "voice":
            jobs.ring_out(str(row.id), str(cast.VILLAGE))
    return next(each for each in rings(order_id) if each.channel == "voice")


def test_without_a_gateway_only_the_page_rings(telephone: None) -> None:
    assert [each.channel for each in rings(rung())] == ["page"]


def test_a_call_reads_the_number_the_kind_and_the_place_and_nobodys_words(
    voice: Provider, telephone: None
) -> None:
    voice.say(202, {"id": "call-1"})
    order_id = rung()
    row = call(order_id)
    assert (row.state, row.provider_id, row.tries) == ("sent", "call-1", 1)
    (asked,) = voice.asked
    assert asked["data"]["to"] == PHONE
    assert matter(order_id).number in asked["data"]["text"]
    assert DANGER[:4] not in asked["data"]["text"]
    assert asked["headers"]["Idempotency-Key"] == str(row.key)
    signed = sign("secret", asked["headers"]["X-Gongzhi-Time"], body=asked["body"])
    assert asked["headers"]["X-Gongzhi-Signature"] == signed
    call(order_id)
    assert len(voice.asked) == 1


@pytest.mark.parametrize(
    ("status", "data", "state", "reason"),
    [
        (200, {"state": "delivered"}, "delivered", ""),
        (400, {}, "failed", "http_400"),
        (429, {}, "queued", "too_many"),
        (500, {}, "uncertain", "http_500"),
        (0, {}, "uncertain", "no_answer"),
    ],
)
def test_what_became_of_a_call_is_kept(
    voice: Provider,
    telephone: None,
    settings: Any,
    status: int,
    data: dict[str, str],
    state: str,
    reason: str,
) -> None:
    settings.VOICE = {**settings.VOICE, "timeout": 0.3}
    voice.say(status, data)
    row = call(rung())
    assert (row.state, row.reason) == (state, reason)


def test_an_uncertain_call_is_shown_and_not_made_again_unasked(voice: Provider, telephone: None) -> None:
    voice.say(500)
    order_id = rung()
    assert call(order_id).state == "uncertain"
    assert call(order_id).state == "uncertain"
    assert len(voice.asked) == 1


def test_a_gateway_that_knows_keys_is_asked_again_under_the_same_key(
    voice: Provider, telephone: None, settings: Any
) -> None:
    settings.VOICE = {**settings.VOICE, "knows_keys": True}
    voice.say(500)
    order_id = rung()
    row = call(order_id)
    assert row.state == "queued"
    assert len(waiting_jobs("orders.ring_out", row.id)) == 2
    voice.say(202)
    voice.answers.pop(0)
    assert call(order_id).state == "sent"
    assert len({each["headers"]["Idempotency-Key"] for each in voice.asked}) == 1


def test_whoever_accepted_meanwhile_is_not_called(voice: Provider, telephone: None) -> None:
    voice.say(202)
    order_id = rung()
    step("worker", order_id, "accept")
    row = call(order_id)
    assert (row.state, row.reason) == ("dropped", "over")
    assert voice.asked == []


def test_a_post_without_a_public_telephone_is_not_called_and_that_is_kept(voice: Provider) -> None:
    order_id = rung()
    assert {each.channel: (each.state, each.reason) for each in rings(order_id)} == {
        "page": ("", ""),
        "voice": ("dropped", "no_address"),
    }
    assert waiting_jobs("orders.ring_out", order_id) == []


def test_a_sealed_order_calls_nobody(voice: Provider, telephone: None) -> None:
    order_id, _receipt = urgent(sealed=True)
    assert [each.channel for each in rings(order_id, "sealed")] == ["page"]


def test_no_row_and_no_job_keeps_the_telephone(voice: Provider, telephone: None) -> None:
    voice.say(202)
    order_id = rung()
    row = call(order_id)
    assert PHONE not in str([vars(each) for each in rings(order_id)])
    assert PHONE not in str(waiting_jobs("orders.ring_out", row.id))
