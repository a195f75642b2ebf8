"""What the gateway tells later of a message: signed, counted once, and answered alike whoever's it is."""

import json
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from gongzhi.capabilities.orders.commands import notifying
from gongzhi.capabilities.orders.models import Delivery
from gongzhi.capabilities.orders.notices import Outcome, rules
from gongzhi.capabilities.orders.notices.hooks import CALLS_A_MINUTE, MOST_REPORTS, read_reports
from gongzhi.capabilities.orders.notices.signed import sign
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.test_notices import Post, accepted, by_day, deliver, deliveries, post, told

__all__ = ["by_day", "post"]
pytestmark = pytest.mark.django_db
KEY = "the gateway's key"
HOOK = "/hooks/sms/"


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> None:
    settings.SMS = {**settings.SMS, "key": KEY}
    cache.clear()


@pytest.fixture
def sent(post: Post, by_day: Any) -> Delivery:
    order_id, _receipt = accepted()
    return deliver(told(order_id)[0])


def call(*reports: dict[str, Any], key: str = KEY, at: float | None = None) -> int:
    body = json.dumps({"reports": reports}).encode()
    moment = str(int(at or time.time()))
    headers = {"X-Gongzhi-Time": moment, "X-Gongzhi-Signature": sign(key, moment, body=body)}
    return Client().post(HOOK, body, content_type="application/json", headers=headers).status_code


def state_of(row: Delivery) -> tuple[str, str]:
    kept = deliveries(row.order_id)[-1]
    return kept.state, kept.reason


def told_of(row: Delivery) -> int:
    with enter(person_id=cast.find("county").person_id):
        return Event.objects.filter(thread=row.order_id, name="order.notice_delivered").count()


def test_a_report_by_our_key_or_by_the_gateways_id_is_written_once(sent: Delivery) -> None:
    assert call({"key": str(sent.key), "state": "delivered"}) == 204
    assert state_of(sent) == ("delivered", "")
    assert call({"id": "p-1", "state": "delivered"}) == 204
    assert call({"id": "p-1", "state": "failed", "reason": "late"}) == 204
    assert state_of(sent) == ("delivered", "")
    assert told_of(sent) == 1


def test_what_never_arrived_is_shown_as_failed_and_may_still_arrive(sent: Delivery) -> None:
    assert call({"id": "p-1", "state": "failed", "reason": "MBBLACK"}) == 204
    assert state_of(sent) == ("failed", "report_MBBLACK")
    assert call({"id": "p-1", "state": "delivered"}) == 204
    assert state_of(sent) == ("delivered", "")


def test_what_was_uncertain_is_settled_by_a_report(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    post.outcome = Outcome("uncertain", "no_answer")
    row = deliver(told(order_id)[0])
    assert row.state == "uncertain"
    assert call({"key": str(row.key), "state": "delivered"}) == 204
    assert state_of(row) == ("delivered", "")


def test_whose_message_it_is_nobody_learns_from_the_answer(sent: Delivery) -> None:
    for unknown in ({"id": "p-2"}, {"key": str(uuid7())}, {"id": ""}, {}):
        assert call({**unknown, "state": "delivered"}) == 204
    assert state_of(sent)[0] == "sent"


def test_what_the_gateway_did_not_sign_changes_nothing(sent: Delivery) -> None:
    report = {"id": "p-1", "state": "delivered"}
    assert call(report, key="another") == 403
    assert call(report, at=time.time() - 600) == 403
    assert call(report, at=time.time() + 600) == 403
    assert Client().post(HOOK, {"reports": [report]}, content_type="application/json").status_code == 403
    assert Client().get(HOOK).status_code == 405
    assert state_of(sent)[0] == "sent"


def test_without_a_gateway_nobody_listens(settings: Any) -> None:
    settings.SMS = {**settings.SMS, "key": ""}
    assert call({"id": "p-1", "state": "delivered"}, key="") == 404


def test_too_many_calls_of_a_minute_are_asked_to_wait() -> None:
    answers = {call({"id": "x", "state": "failed"}) for _each in range(CALLS_A_MINUTE)}
    assert answers == {204}
    assert call({"id": "x", "state": "failed"}) == 429


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"reports": {}}',
        b'{"reports": [[]]}',
        b'{"reports": [{"id": "1"}]}',
        b'{"reports": [{"id": "1", "state": "sent"}]}',
        b'{"reports": [{"key": "x", "state": "failed"}]}',
        b'{"reports": [{"key": 7, "state": "failed"}]}',
        json.dumps({"reports": [{"id": "1", "state": "failed"}] * (MOST_REPORTS + 1)}).encode(),
    ],
)
def test_what_is_no_report_is_refused(body: bytes) -> None:
    assert read_reports(body) is None


def test_of_a_reason_only_a_code_is_kept() -> None:
    told = ("13912345678", "停机", "DB:0141", "UNDELIV")
    reports = [{"id": "1", "state": "failed", "reason": each} for each in told]
    found = read_reports(json.dumps({"reports": reports}).encode())
    assert found is not None
    assert [each.reason for each in found] == ["", "", "", "report_UNDELIV"]


@pytest.mark.parametrize("state", ["sent", "delivered", "failed", "uncertain", "queued", "dropped"])
def test_what_arrived_stays_so(state: str) -> None:
    arrived, failed = rules.Report("delivered"), rules.Report("failed")
    assert rules.is_news(arrived, known=state) is (state not in {"delivered", "dropped"})
    assert rules.is_news(failed, known=state) is (state in {"sent", "uncertain"})


def test_only_the_platform_writes_reports(sent: Delivery) -> None:
    with enter(person_id=cast.find("desk").person_id) as actor, pytest.raises(Refused):
        notifying.report_delivery(actor=actor, report=rules.Report("delivered", key=sent.key))
