"""Closed is not solved: on the follow page, among one's own, at the desk, on the village's page; units only."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from gongzhi.capabilities.orders.queries.outcomes import LEAST, outcomes_in
from gongzhi.capabilities.orders.rules import ends_open
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import by_receipt, checked, matter, placed, step
from tests.orders.at_desk import desk, page

pytestmark = pytest.mark.django_db
VILLAGE = "/v/620724101200/"
HERE = (cast.VILLAGE, 5)


def unsolved(username: str = "") -> tuple[UUID, str]:
    """An order that the desk closed without a solution, with its reasons."""
    order_id, receipt = placed(username) if username else placed()
    step("desk", order_id, "decline", reason="impossible", outcome="not_solved", words="今年没有这笔钱")
    return order_id, receipt


def partly() -> UUID:
    order_id, receipt = placed()
    checked(order_id)
    by_receipt(receipt, order_id, "rate", stars=3, solved="partly")
    return order_id


@pytest.mark.parametrize("outcome", ["partly", "not_solved", "not_ours", "unknown"])
def test_only_what_was_solved_or_is_nobodys_question_needs_no_word(outcome: str) -> None:
    assert ends_open(outcome)
    assert not any(ends_open(each) for each in ("", "solved", "withdrawn", "duplicate"))


def test_who_follows_it_reads_that_it_was_not_solved() -> None:
    order_id, receipt = unsolved("resident")
    assert matter(order_id).state == "closed"
    assert "未解决" in page(Client(), f"/r/{receipt}/")
    client = Client()
    client.force_login(cast.Account.objects.get(username="resident"))
    assert "已结案 · 未解决" in page(client, "/my/")


def test_the_desks_lists_and_page_say_so() -> None:
    order_id, _receipt = unsolved()
    assert "已结案 · 未解决" in page(desk(), "/desk/?list=all")
    assert "未解决" in page(desk(), f"/desk/orders/{matter(order_id).number}/")


def test_a_village_tells_what_became_of_its_orders_and_names_nobody() -> None:
    with enter():
        assert outcomes_in(HERE) is None
    assert "不满五件" in page(Client(), VILLAGE)
    for _each in range(LEAST - 2):
        placed()
    unsolved()
    partly()
    placed(sealed=True)
    gone, receipt = placed()
    by_receipt(receipt, gone, "withdraw")
    with enter():
        found = outcomes_in(HERE)
    assert found is not None
    assert (found.received, found.closed, found.not_solved, found.partly, found.solved) == (LEAST, 1, 1, 0, 0)
    shown = page(Client(), VILLAGE)
    assert "结案了但没有解决" in shown
    assert "结案不等于解决" in shown
    with enter():
        assert outcomes_in((cast.OTHER_VILLAGE, 5)) is None


def test_every_fate_is_in_one_count(settings: Any) -> None:
    for _each in range(LEAST):
        unsolved()
    with enter():
        found = outcomes_in(HERE)
    assert found is not None
    assert found.closed == found.solved + found.partly + found.not_solved + found.not_ours + found.unrated
    assert found.received == found.closed + found.in_hand
