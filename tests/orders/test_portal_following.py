"""Following an order through the portal: by its receipt, or among one's own; adding, withdrawing, rating, reopening."""

import re
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from gongzhi.capabilities.orders.commands import limits
from gongzhi.capabilities.orders.models import Message, Photo
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import checked, dispatched, matter, placed, step
from tests.orders.at_portal import hidden, jpeg, send, sign_in, third_screen

pytestmark = pytest.mark.django_db


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def take(client: Client, address: str, **said: Any) -> str:
    """Take a step by its page's form; the page that follows."""
    page = read(client, address)
    answer = client.post(address, {"key": hidden(page)["key"], **said}, follow=True)
    return answer.content.decode()


def test_the_page_tells_every_step_in_plain_words_with_who_holds_it_and_by_when(client: Client) -> None:
    order_id, receipt = placed()
    assert "正在安排" in read(client, f"/r/{receipt}/")
    dispatched(order_id)
    step("worker", order_id, "accept")
    page = read(client, f"/r/{receipt}/")
    holder = matter(order_id).holder
    assert holder is not None
    assert holder.title in page
    assert "经办人接单了" in page
    assert "办出结果" in page
    assert "平台读了内容" not in page


def test_a_code_is_read_however_it_was_typed(client: Client) -> None:
    _order_id, receipt = placed()
    for typed in (receipt.lower(), receipt.replace("-", " "), receipt.replace("-", "").replace("0", "O")):
        answer = client.post("/follow/", {"code": typed})
        assert answer.status_code == 302
        assert answer["Location"] == f"/r/{receipt}/"
    assert client.get(f"/r/{receipt.replace('-', '').lower()}/").status_code == 200


@pytest.mark.parametrize("typed", ["", "ABC", "UUUU-UUUU-UUUU-UUUU"])
def test_what_cannot_be_a_receipt_is_told_beside_the_field_and_kept(client: Client, typed: str) -> None:
    page = client.post("/follow/", {"code": typed}).content.decode()
    assert "id_code_error" in page
    assert f'value="{typed}"' in page or not typed


def test_a_wrong_code_is_told_in_words_and_many_are_asked_to_wait(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MISSES_AN_HOUR", 2)
    for address in (f"/r/{receipt_code()}/", f"/r/{receipt_code()}/withdraw/"):
        missed = client.get(address)
        assert missed.status_code == 404
        assert "没有找到这个回执号" in missed.content.decode()
    tired = client.post("/follow/", {"code": receipt_code()})
    assert tired.status_code == 429
    assert "过一小时再试" in tired.content.decode()
    assert client.get("/r/short/").status_code == 404


def test_answers_are_private_and_their_address_reaches_no_other_site(client: Client) -> None:
    _order_id, receipt = placed()
    for address in (
        f"/r/{receipt}/",
        f"/r/{receipt}/receipt/",
        f"/r/{receipt}/add/",
        f"/r/{receipt_code()}/",
    ):
        answer = client.get(address)
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] in {"no-referrer", "same-origin"}
        assert "no-store" in answer["Cache-Control"]
    assert client.get(f"/r/{receipt}/qr.svg")["Referrer-Policy"] == "no-referrer"


def test_words_are_added_and_reach_the_handler_once(client: Client) -> None:
    order_id, receipt = placed()
    address = f"/r/{receipt}/add/"
    key = hidden(read(client, address))["key"]
    for _again in range(2):
        page = client.post(address, {"key": key, "words": "灯杆也歪了"}, follow=True).content.decode()
        assert "补充的话已经交给" in page
    assert page.count("灯杆也歪了") == 1
    with enter(person_id=cast.find("desk").person_id):
        assert list(Message.objects.filter(order_id=order_id).values_list("text", flat=True)) == [
            "灯杆也歪了"
        ]
    assert "请写几个字" in take(client, address, words=" ")


def test_withdrawing_asks_first(client: Client) -> None:
    order_id, receipt = placed()
    assert "确定要撤回吗" in read(client, f"/r/{receipt}/withdraw/")
    assert matter(order_id).state == "received"
    assert "已经撤回" in take(client, f"/r/{receipt}/withdraw/")
    assert matter(order_id).state == "withdrawn"
    late = client.get(f"/r/{receipt}/withdraw/", follow=True).content.decode()
    assert "现在不能这样办" in late


def test_rating_stands_on_the_page_and_asks_for_both_answers(client: Client) -> None:
    order_id, receipt = placed()
    checked(order_id)
    page = read(client, f"/r/{receipt}/")
    assert page.count('name="stars"') == 5
    assert page.count('name="solved"') == 3
    wrong = client.post(f"/r/{receipt}/rate/", {"key": hidden(page)["key"], "stars": "4"}).content.decode()
    assert "请选一个：事情解决了没有。" in wrong
    assert re.search(r'name="stars"[^>]*value="4"[^>]*checked', wrong)
    said = {"key": hidden(page)["key"], "stars": "4", "solved": "yes"}
    thanked = client.post(f"/r/{receipt}/rate/", said, follow=True).content.decode()
    assert "谢谢您的评价" in thanked
    assert "4 颗星" in thanked
    assert matter(order_id).outcome == "solved"


def test_what_is_not_solved_goes_back_to_the_same_handler(client: Client) -> None:
    order_id, receipt = placed()
    checked(order_id)
    answer = take(client, f"/r/{receipt}/rate/", stars="1", solved="no", words="还是不亮")
    assert "重新办理" in answer
    assert (matter(order_id).state, matter(order_id).round) == ("dispatched", 2)


def test_a_closed_one_is_reopened(client: Client) -> None:
    order_id, receipt = placed()
    step("desk", order_id, "decline", reason="impossible", outcome="not_solved", words="今年没有资金")
    page = read(client, f"/r/{receipt}/")
    assert "今年没有资金" in page
    assert "已经要求重办" in take(client, f"/r/{receipt}/reopen/")
    assert matter(order_id).round == 2


def test_whoever_handled_it_cannot_rate_it_by_its_receipt(client: Client) -> None:
    order_id, receipt = placed()
    checked(order_id)
    sign_in(client, "worker")
    with override_settings(MFA_REQUIRED_FOR_DESK=False):
        assert "/rate/" not in read(client, f"/r/{receipt}/")
        said = {"key": str(uuid7()), "stars": "5", "solved": "yes"}
        answer = client.post(f"/r/{receipt}/rate/", said, follow=True).content.decode()
    assert "现在不能这样办" in answer
    assert matter(order_id).state == "checked"


def test_photos_are_shown_to_the_receipt_alone(client: Client) -> None:
    page = third_screen(client, photos=[jpeg()])
    receipt = send(client, page)["Location"].split("/")[2]
    with enter(receipt=hash_receipt(receipt)):
        photo = Photo.objects.get()
    address = f"/r/{receipt}/photos/{photo.pk}/"
    assert address in read(client, f"/r/{receipt}/")
    shown = client.get(address)
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert shown["Cache-Control"].startswith("private")
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    _other, another = placed()
    assert client.get(f"/r/{another}/photos/{photo.pk}/").status_code == 404
    assert client.get(f"/r/{receipt_code()}/photos/{photo.pk}/").status_code == 404


def test_residents_who_signed_in_find_their_own_orders_and_only_those(client: Client) -> None:
    mine, _receipt = placed("resident")
    _theirs, _other = placed("neighbour", text="邻居自己的事情")
    assert client.get("/my/").status_code == 302
    sign_in(client, "resident")
    page = read(client, "/my/")
    number = matter(mine).number
    assert f"/my/{number}/" in page
    assert "邻居自己的事情" not in page
    assert "路灯坏了三天" in read(client, f"/my/{number}/")
    assert "已经撤回" in take(client, f"/my/{number}/withdraw/")
    sign_in(client, "neighbour")
    assert client.get(f"/my/{number}/").status_code == 404
    sign_in(client, "desk")
    with override_settings(MFA_REQUIRED_FOR_DESK=False):
        assert client.get(f"/my/{number}/").status_code == 404


def test_ones_own_orders_are_paged_by_key(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongzhi.capabilities.orders.queries.mine.PAGE", 2)
    for _each in range(3):
        placed("resident")
    sign_in(client, "resident")
    first = read(client, "/my/")
    assert first.count('class="weui-cell ') == 2
    after = first.split("?after=")[1].split('"')[0]
    assert read(client, f"/my/?after={after}").count('class="weui-cell ') == 1
    assert read(client, "/my/?after=nonsense").count('class="weui-cell ') == 2


def test_nothing_yet_says_what_to_do(client: Client) -> None:
    sign_in(client, "neighbour")
    assert "您还没有提交过" in read(client, "/my/")
    client.force_login(cast.Account.objects.create_user("newcomer", cast.PASSWORD))
    assert "还没有登记到人" in read(client, "/my/")


def test_the_page_needs_few_statements(
    client: Client, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongzhi.core.definitions.queries.SECONDS", 3600.0)
    order_id, receipt = placed("resident")
    checked(order_id)
    number = matter(order_id).number
    read(client, f"/r/{receipt}/")
    with django_assert_max_num_queries(10):
        read(client, f"/r/{receipt}/")
    sign_in(client, "resident")
    with django_assert_max_num_queries(10):
        read(client, f"/my/{number}/")
    with django_assert_max_num_queries(8):
        read(client, "/my/")
