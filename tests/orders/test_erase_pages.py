"""The pages of deletion: the resident's, the desk's, and how an erased order looks wherever it is shown."""

import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import by_receipt, dispatched, matter, placed, step
from tests.orders.at_desk import HTMX, address, desk, page
from tests.orders.at_portal import hidden, sign_in
from tests.orders.test_erase_order import NAME, PHONE, SAID, WORD, erased, lived

pytestmark = pytest.mark.django_db
GONE = "内容已删除"


def read(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200, where
    return answer.content.decode()


def confirm(client: Client, where: str) -> str:
    """Say yes on the page of deletion; the page that follows."""
    said = hidden(read(client, where))
    return client.post(where, {**said, "sure": "on"}, follow=True).content.decode()


def test_the_resident_reads_what_goes_and_stays_and_deletes_by_the_receipt(client: Client) -> None:
    order_id, receipt = lived()
    first = read(client, f"/r/{receipt}/")
    assert f"/r/{receipt}/erase/" in first
    asked = read(client, f"/r/{receipt}/erase/")
    assert "会删除的" in asked
    assert "会留下的" in asked
    assert WORD not in asked
    after = confirm(client, f"/r/{receipt}/erase/")
    assert "已经删除" in after
    assert "已按要求删除" in after
    assert WORD not in after
    assert "erase/" not in after
    assert matter(order_id).number in after
    assert read(client, f"/r/{receipt}/receipt/")


def test_without_saying_yes_nothing_is_deleted(client: Client) -> None:
    order_id, receipt = lived()
    said = hidden(read(client, f"/r/{receipt}/erase/"))
    answer = client.post(f"/r/{receipt}/erase/", said)
    assert "请先勾选" in answer.content.decode()
    with enter(person_id=cast.find("county").person_id):
        assert WORD in OrderWords.objects.get(order_id=order_id).text


def test_of_an_open_order_the_telephone_alone_is_forgotten(client: Client) -> None:
    order_id, receipt = placed("resident", **SAID)
    dispatched(order_id)
    sign_in(client, "resident")
    where = f"/my/{matter(order_id).number}/erase/"
    assert "办结或者撤回以后" in read(client, where)
    after = confirm(client, where)
    assert "称呼和电话已经删除" in after
    assert WORD in after
    with enter(person_id=cast.find("county").person_id):
        assert OrderContact.objects.get(order_id=order_id).phone_enc is None
    assert "没有可以删除的" in read(client, f"/r/{receipt}/erase/")


def test_a_page_shown_while_it_was_open_deletes_no_more_than_it_said(client: Client) -> None:
    order_id, receipt = placed(**SAID)
    said = hidden(read(client, f"/r/{receipt}/erase/"))
    by_receipt(receipt, order_id, "withdraw")
    client.post(f"/r/{receipt}/erase/", {**said, "sure": "on"})
    with enter(person_id=cast.find("county").person_id):
        assert WORD in OrderWords.objects.get(order_id=order_id).text


def test_anothers_order_is_deleted_by_nobody(client: Client) -> None:
    order_id, _receipt = placed("resident", **SAID)
    sign_in(client, "neighbour")
    assert client.get(f"/my/{matter(order_id).number}/erase/").status_code == 404
    assert client.post("/r/0000-0000-0000-0000/erase/", {"sure": "on"}).status_code == 404


def test_the_county_deletes_with_a_reason_and_the_number_typed() -> None:
    order_id, _receipt = lived()
    client = desk("county")
    number = matter(order_id).number
    first = page(client, address(order_id))
    assert "应居民要求删除" in first
    said = {**hidden(first), "reason": "asked_by_phone", "number": "X"}
    wrong = client.post(address(order_id, "erase/"), said, headers=HTMX)
    assert wrong.status_code == 422
    assert "编号不对" in wrong.content.decode()
    said = {**hidden(wrong.content.decode()), "reason": "asked_by_phone", "number": number.lower()}
    answer = client.post(address(order_id, "erase/"), said, follow=True)
    assert answer.redirect_chain, answer.context["erase_form"].errors
    shown = answer.content.decode()
    assert "已删除" in shown
    assert GONE in shown
    assert "联系方式已删除" in shown
    for word in (WORD, NAME, PHONE):
        assert word not in shown
    assert 'id="erase"' not in shown


def test_the_button_is_not_for_whoever_lacks_the_right_nor_for_an_open_order() -> None:
    order_id, _receipt = lived()
    assert 'id="erase"' not in page(desk("desk"), address(order_id))
    answer = desk("desk").post(
        address(order_id, "erase/"), {"reason": "asked_by_phone", "number": matter(order_id).number}
    )
    assert answer.status_code == 422
    open_one, _receipt = placed(**SAID)
    assert 'id="erase"' not in page(desk("county"), address(open_one))


def test_lists_spreadsheet_and_field_say_that_it_was_deleted(client: Client) -> None:
    order_id, receipt = placed("resident", **SAID)
    dispatched(order_id)
    step("resident", order_id, "withdraw")
    erased(receipt, order_id)
    county = desk("county")
    assert GONE in page(county, "/desk/?list=all")
    table = load_workbook(io.BytesIO(county.get("/desk/export.xlsx?list=all").content)).active
    assert table is not None
    words = [str(cell) for row in table.iter_rows(values_only=True) for cell in row]
    assert GONE in words
    assert not any(WORD in each for each in words)
    sign_in(client, "resident")
    assert GONE in read(client, "/my/")
    told = client.get(f"/field/api/matters/{order_id}").json()
    assert told["words"] == GONE
    assert told["place_text"] == ""
    assert told["photos"] == []
