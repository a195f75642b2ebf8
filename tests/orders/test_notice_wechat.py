"""Binding WeChat: with consent, by WeChat's own answer, read by nobody else, gone when it is no longer wanted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from gongzhi.capabilities.orders.commands import notifying
from gongzhi.capabilities.orders.commands.wechat import bind_wechat, end_wechat, forget_wechat_after
from gongzhi.capabilities.orders.holdings import _wechat
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import WeChatAddress
from gongzhi.capabilities.orders.notices.routing import address_of, token
from gongzhi.capabilities.orders.portal import channels
from gongzhi.capabilities.orders.retention_jobs import forget_addresses_as
from gongzhi.core.command.forgetting import erase_person
from gongzhi.core.command.holdings import Asker
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter, enter_as_system
from tests import cast
from tests.orders.acting import placed, step
from tests.orders.at_desk import page
from tests.orders.stub_provider import Provider, provider

pytestmark = pytest.mark.django_db
OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
PAGE = "/my/notices/"


@pytest.fixture
def stub(settings: Any) -> Iterator[Provider]:
    """WeChat, answering on this machine."""
    cache.clear()
    with provider() as made:
        settings.WECHAT = {
            "app_id": "wx1",
            "secret": "right",
            "api": made.url,
            "pages": "https://open.example",
        }
        made.say(200, {"openid": OPENID, "access_token": "unused"})
        yield made


@pytest.fixture
def signed_in() -> Client:
    client = Client()
    client.force_login(cast.Account.objects.get(username="resident"))
    return client


def state_of(client: Client) -> str:
    """Agree, and read from the link to WeChat by which state it will lead back."""
    assert client.post(PAGE, {"agree": "yes"})["Location"] == "/my/notices/wechat/"
    shown = page(client, "/my/notices/wechat/")
    link = next(part for part in shown.split('"') if part.startswith("https://open.example/"))
    said = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
    assert said["appid"] == ["wx1"]
    assert said["scope"] == ["snsapi_base"]
    assert said["redirect_uri"] == ["http://testserver/my/notices/wechat/back/"]
    return said["state"][0]


def back(client: Client, **said: str) -> str:
    """What the page says once WeChat led back."""
    assert client.get("/my/notices/wechat/back/", said)["Location"] == PAGE
    return page(client, PAGE)


def address(order_id: Any) -> Any:
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id):
        return address_of("wechat", order_id)


def bind(username: str = "resident", openid: str = OPENID) -> None:
    with enter(person_id=cast.find(username).person_id) as actor:
        bind_wechat(actor=actor, openid=openid)


def row() -> WeChatAddress:
    with enter(person_id=cast.find("resident").person_id):
        return WeChatAddress.objects.get()


def test_a_resident_agrees_binds_and_is_reached_for_his_own_orders(stub: Provider, signed_in: Client) -> None:
    own, _receipt = placed("resident")
    others, _receipt = placed("neighbour")
    nobodys, _receipt = placed()
    assert "我同意为此保存" in page(signed_in, PAGE)
    assert "已绑定" in back(signed_in, code="c-1", state=state_of(signed_in))
    assert stub.gets == [
        {"appid": ["wx1"], "secret": ["right"], "code": ["c-1"], "grant_type": ["authorization_code"]}
    ]
    assert address(own)[0] == OPENID
    assert address(others) is None
    assert address(nobodys) is None
    kept = row()
    assert OPENID.encode() not in bytes(kept.openid_enc or b"")
    with enter(person_id=cast.find("admin").person_id):
        event = Event.objects.filter(name="notice.wechat_bound")
        assert not any(OPENID in str(each.data) for each in event)
    assert signed_in.post(PAGE, {"end": "yes"}).status_code == 302
    assert address(own) is None
    assert (row().openid_enc, row().openid_index) == (None, None)
    bind(openid="another-one-1234")
    assert address(own)[0] == "another-one-1234"


def test_without_consent_or_with_another_state_nothing_is_kept(stub: Provider, signed_in: Client) -> None:
    assert signed_in.post(PAGE, {})["Location"] == PAGE
    assert "先勾选同意" in page(signed_in, PAGE)
    assert signed_in.get("/my/notices/wechat/")["Location"] == PAGE
    state_of(signed_in)
    assert "没有绑定" in back(signed_in, code="c-1", state="forged")
    state = state_of(signed_in)
    assert "没有在微信里同意" in back(signed_in, state=state)
    assert "没有绑定" in back(signed_in, code="c-1", state=state)
    assert stub.gets == []
    stub.answers.clear()
    stub.say(200, {"errcode": 40029, "errmsg": "invalid code"})
    assert "微信没有回答" in back(signed_in, code="used", state=state_of(signed_in))
    assert not WeChatAddress.objects.exists()


def test_who_tries_too_often_waits(stub: Provider, signed_in: Client) -> None:
    for _each in range(channels.BINDINGS_AN_HOUR):
        state_of(signed_in)
    assert signed_in.post(PAGE, {"agree": "yes"})["Location"] == PAGE
    assert "试得太勤" in page(signed_in, PAGE)


def test_a_sealed_order_reaches_nobody_by_wechat() -> None:
    bind()
    order_id, receipt = placed("resident", sealed=True, phone="13912345678")
    assert address(order_id) is None
    assert "已保密" in page(Client(), f"/r/{receipt}/notices/")


def test_others_read_nothing_of_it_and_nobody_binds_for_another() -> None:
    bind()
    order_id, _receipt = placed("resident")
    for username in ("neighbour", "worker", "desk", "village", "county", "admin", "outsider"):
        with enter(person_id=cast.find(username).person_id):
            assert not WeChatAddress.objects.exists(), username
            assert address_of("wechat", order_id) is None, username
    with enter() as actor, pytest.raises(Refused):
        bind_wechat(actor=actor, openid=OPENID)
    with enter(person_id=cast.find("neighbour").person_id) as actor:
        end_wechat(actor=actor)
    assert row().openid_enc is not None


def test_the_last_word_of_a_person_counts_for_all_of_his_orders() -> None:
    bind()
    first, _receipt = placed("resident")
    second, _receipt = placed("resident", text="桥头的路灯也不亮了")
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        assert notifying.is_wanted("wechat", second)
        notifying.choose_channel(actor=actor, order_id=first, channel="wechat", wanted=False)
        assert not notifying.is_wanted("wechat", second)
    assert Client().get(f"/n/{token(second, 'wechat')}/").status_code == 200


def test_a_person_is_told_that_it_is_kept() -> None:
    bind()
    with enter(person_id=cast.find("resident").person_id) as actor:
        (told,) = _wechat(Asker(actor))
        assert told["openid"] != OPENID
        (told,) = _wechat(Asker(actor, clear=True))
        assert told["openid"] == OPENID
    with enter(person_id=cast.find("neighbour").person_id) as actor:
        assert list(_wechat(Asker(actor, clear=True))) == []


def test_it_goes_with_the_person() -> None:
    bind()
    order_id, _receipt = placed("resident")
    person = cast.find("resident").person_id
    with enter(person_id=cast.find("neighbour").person_id):
        assert forget_wechat_after(timezone.now()) == 0
    with enter(person_id=cast.find("village").person_id) as actor:
        erase_person(actor=actor, person_id=person)
    assert address(order_id) is None
    with enter(person_id=cast.find("supervisor").person_id):
        told = Event.objects.get(name="notice.wechat_forgotten")
    assert (told.region_code, told.data) == (cast.VILLAGE, {"reason": "person_erased"})


def test_by_night_it_goes_once_no_order_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bind()
    post = platform_posts(cast.VILLAGE)[0]
    assert forget_addresses_as(post) == 0
    order_id, _receipt = placed("resident")
    other, _receipt = placed("resident", text="桥头的路灯也不亮了")
    step("resident", order_id, "withdraw")
    later = timezone.now() + timedelta(days=4000)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert forget_addresses_as(post) == 0
    assert address(other) is not None
    monkeypatch.undo()
    step("resident", other, "withdraw")
    assert forget_addresses_as(post) == 0
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert forget_addresses_as(post) == 1
    assert forget_addresses_as(post) == 0
    assert row().openid_enc is None


def test_the_page_of_one_order_opens_without_an_account_and_tells_no_number() -> None:
    _order, receipt = placed(phone="13912345678")
    shown = page(Client(), f"/r/{receipt}/notices/")
    assert "不想收短信" in shown
    assert "21:30 到 07:30 不打扰" in shown
    assert "13912345678"[-4:] not in shown
    assert "/n/" in shown
    _order, receipt = placed()
    assert "没有留电话" in page(Client(), f"/r/{receipt}/notices/")
    assert Client().get("/r/ABCD-EFGH-JKMN-PQRS/notices/").status_code == 404
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")


def test_ones_own_page_lists_each_number_once(signed_in: Client) -> None:
    placed("resident", phone="13912345678")
    placed("resident", phone="13912345678", text="桥头的路灯也不亮了")
    placed("resident", phone="13787654321", text="井盖松了")
    shown = page(signed_in, PAGE)
    assert (shown.count("尾号 5678"), shown.count("尾号 4321")) == (1, 1)
    assert "还没有开通微信通知" in shown
