"""The pages of following a neighbour's order: three screens without script, consent, the desk's word."""

from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongzhi.capabilities.orders.models import Follower, ReleasedSummary
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import matter, placed
from tests.orders.at_desk import address, desk, page, statements
from tests.orders.at_portal import here, hidden, jpeg, send, sign_in, third_screen
from tests.orders.test_neighbours import SECRET, SUMMARY, consented, people_of, released

pytestmark = pytest.mark.django_db
OFFER = "是不是同一件事"


def choose(client: Client, screen: str, summary: object) -> str:
    """Press the button of the offer; the address where it leads."""
    answer = client.post(here(), {**hidden(screen), "stage": f"follow-{summary}"})
    assert answer.status_code == 302, answer.content.decode()
    return urlsplit(answer["Location"]).path


def test_on_the_third_screen_one_may_follow_instead_and_gets_a_receipt_of_ones_own() -> None:
    order_id, _receipt = placed(text=f"{SECRET}门口路灯坏了", phone="13912345678")
    summary = released(order_id)
    client = Client()
    screen = third_screen(client)
    assert OFFER in screen
    assert SUMMARY in screen
    assert "本村" in screen
    assert "今天" in screen
    for hidden_word in (SECRET, matter(order_id).number, str(order_id)):
        assert hidden_word not in screen
    followed = choose(client, screen, summary)
    shown = page(client, followed)
    assert "关注了" in shown
    assert SUMMARY in shown
    assert followed.split("/")[2].replace("-", " ") in shown
    assert people_of(order_id) == 1
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.filter(subject="orders").count() == 1
    asked = client.post("/follow/", {"code": followed.split("/")[2]})
    assert asked["Location"] == followed
    assert client.get(f"{followed}stop/").status_code == 405
    stopped = client.post(f"{followed}stop/", follow=True)
    assert "不再关注" in stopped.content.decode()
    assert client.get(followed).status_code == 404


def test_nothing_is_forced_the_order_may_be_placed_all_the_same() -> None:
    order_id, _receipt = placed()
    released(order_id)
    client = Client()
    screen = third_screen(client)
    assert screen.index(OFFER) < screen.index("怎么称呼您")
    assert send(client, screen).status_code == 302
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.filter(subject="orders").count() == 2
        assert not Follower.objects.exists()


def test_where_nothing_is_alike_or_somebody_is_in_danger_nothing_is_offered() -> None:
    order_id, _receipt = placed()
    client = Client()
    assert OFFER not in third_screen(client)
    released(order_id)
    assert OFFER not in third_screen(client, text="自来水停了两天")
    assert OFFER not in third_screen(client, text="村口路灯不亮，有人拿刀砍人")


def test_what_was_revoked_meanwhile_is_refused_in_words_and_nothing_typed_is_lost() -> None:
    order_id, _receipt = placed()
    summary = released(order_id)
    client = Client()
    screen = third_screen(client)
    desk().post(address(order_id, "neighbours/"), {"do": "revoke", "client_id": str(uuid7())})
    sent = {**hidden(screen), "name": "老李", "stage": f"follow-{summary}"}
    answer = client.post(here(), sent).content.decode()
    assert "那一件现在不能关注了" in answer
    assert "老李" in answer
    assert "村口的路灯坏了三天了" in answer
    assert client.post(here(), {**sent, "stage": "follow-x"}).status_code == 404


def test_the_reporter_is_asked_by_default_no_and_takes_it_back() -> None:
    order_id, receipt = placed()
    client = Client()
    address_of = f"/r/{receipt}/neighbours/"
    assert address_of.split("/")[3] in page(client, f"/r/{receipt}/receipt/")
    assert "给不给邻居看" in page(client, f"/r/{receipt}/")
    assert "现在不给" in page(client, address_of)
    client.post(address_of, {"given": "yes"})
    assert "受理员还没有公开" in page(client, address_of)
    released(order_id, words=True)
    shown = page(client, address_of)
    assert "看得到" in shown
    assert SUMMARY in shown
    assert "三天" in third_screen(Client(), text="村口路灯又坏了")
    client.post(address_of, {"given": "no"})
    assert "现在不给" in page(client, address_of)
    assert "三天" not in third_screen(Client(), text="村口路灯又坏了")


def test_the_reporter_reads_what_is_kept_of_it_by_his_receipt() -> None:
    order_id, receipt = placed()
    consented(receipt, order_id)
    released(order_id)
    shown = page(Client(), f"/r/{receipt}/data/")
    assert "给邻居看的" in shown
    assert SUMMARY in shown


def test_the_third_screen_takes_few_statements() -> None:
    order_id, _receipt = placed()
    released(order_id)
    client = Client()
    third_screen(client)
    with CaptureQueriesContext(connection) as captured:
        assert OFFER in third_screen(client)
    told = [each["sql"] for each in captured.captured_queries]
    asked = [sql for sql in told if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 16  # of two screens
    assert sum("orders_offered" in sql for sql in asked) == 1


def test_a_service_and_a_sealed_order_are_not_asked_about() -> None:
    _order, receipt = placed(sealed=True)
    client = Client()
    assert "给不给邻居看" not in page(client, f"/r/{receipt}/")
    assert client.get(f"/r/{receipt}/neighbours/").status_code == 404


def test_the_desk_releases_with_what_the_reporter_allows_and_takes_it_back() -> None:
    order_id, receipt = placed(photos=[read_picture(jpeg("blue").read())])
    client = desk()
    path = address(order_id, "neighbours/")
    assert path in page(client, address(order_id))
    assert "没有同意" in page(client, path)
    keys = {"do": "release", "client_id": str(uuid7()), "summary": "电话13912345678"}
    refused = client.post(path, keys)
    assert refused.status_code == 422
    assert "手机号" in refused.content.decode()
    assert "电话13912345678" in refused.content.decode()
    consented(receipt, order_id)
    given = {"do": "release", "client_id": str(uuid7()), "summary": SUMMARY, "words": "on", "photos": "on"}
    assert client.post(path, given).status_code == 302
    shown = page(client, path)
    assert SUMMARY in shown
    assert "0 人关注" in shown
    other = Client()
    screen = third_screen(other)
    image = screen.split('<img src="/shown/')[1].split('"')[0]
    assert other.get(f"/shown/{image}").status_code == 200
    assert client.post(path, {"do": "revoke", "client_id": str(uuid7())}).status_code == 302
    assert other.get(f"/shown/{image}").status_code == 404
    with enter(person_id=cast.find("desk").person_id):
        assert ReleasedSummary.objects.get(order_id=order_id).revoked_at is not None
    assert len(statements(client, path)) <= 12


def test_outsiders_open_none_of_it() -> None:
    order_id, receipt = placed("resident")
    number = matter(order_id).number
    outsider = desk("outsider")
    path = f"/desk/orders/{number}/neighbours/"
    assert outsider.get(path).status_code == 404
    assert outsider.post(path, {"do": "release", "summary": SUMMARY}).status_code == 404
    assert Client().get(path).status_code == 302
    neighbour = Client()
    sign_in(neighbour, "neighbour")
    assert neighbour.get(f"/my/{number}/neighbours/").status_code == 404
    assert neighbour.post(f"/my/{number}/neighbours/", {"given": "yes"}).status_code == 404
    own = Client()
    sign_in(own, "resident")
    assert own.get(f"/my/{number}/neighbours/").status_code == 200
    assert Client().post(f"/r/{receipt}/stop/").status_code == 404
    assert Client().get(f"/shown/{uuid7()}/{uuid7()}/").status_code == 404


def test_the_supervisor_reads_and_changes_nothing() -> None:
    order_id, _receipt = placed()
    client = desk("supervisor")
    path = address(order_id, "neighbours/")
    assert "公开给邻居</button>" not in page(client, path)
    assert (
        client.post(path, {"do": "release", "summary": SUMMARY, "client_id": str(uuid7())}).status_code == 422
    )
