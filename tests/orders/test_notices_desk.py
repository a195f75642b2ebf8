"""Notices at the desk: what went amiss is shown, sent again or left by a person, and by nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest

from gongzhi.capabilities.orders.commands import notifying
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Delivery
from gongzhi.capabilities.orders.notices import Outcome
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter_as_system
from tests import cast
from tests.orders.acting import matter
from tests.orders.at_desk import address, desk, page, statements
from tests.orders.test_notices import PHONE, Post, accepted, by_day, deliver, deliveries, post, told

__all__ = ["by_day", "post"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(post: Post, by_day: Any) -> Iterator[Delivery]:
    order_id, _receipt = accepted()
    post.outcome = Outcome("failed", "http_400")
    return deliver(told(order_id)[0])


def test_the_desk_sees_what_failed_and_sends_it_again(failed: Delivery, post: Post) -> None:
    client = desk()
    shown = page(client, "/desk/notices/")
    assert matter(failed.order_id).number in shown
    assert "没有发出" in shown
    part = page(client, address(failed.order_id, "notices/"))
    assert "短信" in part
    assert "再发一次" in part
    assert PHONE not in part
    answer = client.post(f"/desk/notices/{failed.id}/again/", {"key": uuid7().hex, "back": "list"})
    assert answer.status_code == 302
    post.outcome = Outcome("sent")
    again = deliver(failed)
    assert again.state == "sent"
    assert [each.key for each in post.sent] == [failed.key] * 2


def test_the_desk_leaves_what_arrived_after_all_and_it_is_no_longer_listed(
    failed: Delivery, post: Post
) -> None:
    key = uuid7().hex
    for _twice in range(2):
        said = {"key": key, "leave": "yes", "back": "order"}
        assert desk().post(f"/desk/notices/{failed.id}/again/", said).status_code == 302
    left = deliveries(failed.order_id)[0]
    assert (left.state, left.reason) == ("dropped", "left")
    assert matter(failed.order_id).number not in page(desk(), "/desk/notices/")
    assert "受理员看过" in page(desk(), address(failed.order_id, "notices/"))
    assert deliver(failed).state == "dropped"
    assert len(post.sent) == 1


def test_what_a_worker_has_in_hand_is_neither_sent_again_nor_left(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    (row,) = told(order_id)
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        assert isinstance(notifying.begin_sending(actor=actor, delivery_id=row.id), notifying.Ready)
    for said in ({}, {"leave": "yes"}):
        answer = desk().post(f"/desk/notices/{row.id}/again/", said, follow=True)
        assert "正在发" in answer.content.decode()
    assert deliveries(order_id)[0].state == "uncertain"


def test_others_do_not_learn_of_it_and_send_nothing_again(failed: Delivery) -> None:
    number = matter(failed.order_id).number
    for outsider in ("outsider", "second_desk"):
        assert number not in page(desk(outsider), "/desk/notices/")
        assert desk(outsider).get(address(failed.order_id, "notices/")).status_code == 404
    for username in ("outsider", "second_desk", "supervisor"):
        for said in ({}, {"leave": "yes"}):
            assert desk(username).post(f"/desk/notices/{failed.id}/again/", said).status_code == 404
    for username in ("worker", "resident"):
        assert desk(username).get("/desk/notices/").status_code == 403
    assert deliveries(failed.order_id)[0].state == "failed"


def test_the_pages_ask_few_statements(failed: Delivery) -> None:
    assert len(statements(desk(), "/desk/notices/")) <= 8 + 3
    assert len(statements(desk(), address(failed.order_id, "notices/"))) <= 10


def test_the_desk_looks_at_notices_by_state_and_channel(failed: Delivery, post: Post) -> None:
    post.outcome = Outcome("sent")
    order_id, _receipt = accepted()
    sent = deliver(told(order_id)[0])
    client, went = desk(), matter(sent.order_id).number
    amiss = matter(failed.order_id).number
    shown = page(client, "/desk/notices/?state=sent")
    assert went in shown
    assert amiss not in shown
    everything = page(client, "/desk/notices/?state=all&channel=sms")
    assert went in everything
    assert amiss in everything
    assert "没有这样的通知" in page(client, "/desk/notices/?state=all&channel=wechat")
    assert amiss in page(client, "/desk/notices/?state=nonsense")
    assert went not in page(desk("outsider"), "/desk/notices/?state=all")
