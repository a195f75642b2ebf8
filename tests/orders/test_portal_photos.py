"""Adding photos to an order later: by its receipt, or among one's own; with limits, in words, without JavaScript."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.capabilities.orders.models import Photo
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import checked, matter, placed, step
from tests.orders.at_portal import hidden, jpeg, sign_in

pytestmark = pytest.mark.django_db


def photos(order_id: Any) -> list[str]:
    with enter(person_id=cast.find("desk").person_id):
        return list(Photo.objects.filter(order_id=order_id).values_list("by", flat=True))


def add(client: Client, address: str, *files: SimpleUploadedFile, **said: str) -> Any:
    page = client.get(address).content.decode()
    return client.post(address, {"key": hidden(page)["key"], "photos": list(files), **said}, follow=True)


def test_photos_are_added_seen_and_told_of(client: Client) -> None:
    order_id, receipt = placed()
    assert f"/r/{receipt}/photos/" in client.get(f"/r/{receipt}/").content.decode()
    page = add(client, f"/r/{receipt}/photos/", jpeg(), jpeg("red")).content.decode()
    assert "2 张照片已经交给经办的人" in page
    assert page.count("您补充了照片") == 1
    assert page.count("<img") >= 2
    assert photos(order_id) == ["resident", "resident"]
    form = client.get(f"/r/{receipt}/photos/").content.decode()
    assert "已经有 2 张，一共最多 9 张" in form
    assert form.count("您的第") == 2


def test_the_same_form_sent_twice_adds_once(client: Client) -> None:
    order_id, receipt = placed()
    address = f"/r/{receipt}/photos/"
    key = hidden(client.get(address).content.decode())["key"]
    for _again in range(2):
        page = client.post(address, {"key": key, "photos": [jpeg()]}, follow=True).content.decode()
        assert "1 张照片已经交给经办的人" in page
    assert photos(order_id) == ["resident"]


def test_what_is_wrong_with_one_is_told_and_the_others_are_kept(client: Client) -> None:
    order_id, receipt = placed()
    bad = SimpleUploadedFile("字.jpg", b"no photo at all", "image/jpeg")
    page = add(client, f"/r/{receipt}/photos/", jpeg(), bad).content.decode()
    assert "字.jpg：这不是照片" in page
    assert "1 张照片已经交给经办的人" in page
    assert photos(order_id) == ["resident"]
    assert "请选一张照片再提交" in add(client, f"/r/{receipt}/photos/").content.decode()


def test_there_are_nine_at_most(client: Client) -> None:
    order_id, receipt = placed()
    colours = ["red", "green", "blue", "black", "white", "yellow", "purple", "orange", "gray", "brown"]
    page = add(client, f"/r/{receipt}/photos/", *map(jpeg, colours)).content.decode()
    assert "一共最多 9 张照片，多出的没有收" in page
    assert "不能再加了" in page
    assert len(photos(order_id)) == 9
    again = add(client, f"/r/{receipt}/photos/", jpeg("pink")).content.decode()
    assert "最多九张" in again
    assert len(photos(order_id)) == 9


def test_an_order_that_has_ended_takes_none(client: Client) -> None:
    order_id, receipt = placed()
    checked(order_id)
    assert client.get(f"/r/{receipt}/photos/").status_code == 200
    step("desk", order_id, "note", words="等评价")
    client.post(
        f"/r/{receipt}/rate/", {"key": "0198c3a0-0000-7000-8000-000000000001", "stars": "5", "solved": "yes"}
    )
    other_id, other = placed()
    step("desk", other_id, "decline", reason="impossible", outcome="not_solved", words="今年没有资金")
    assert matter(other_id).closed_at is not None
    assert "/photos/" not in client.get(f"/r/{other}/").content.decode()
    late = client.get(f"/r/{other}/photos/", follow=True)
    assert "不能再加照片" in late.content.decode()


def test_a_sealed_one_takes_them_and_shows_none(client: Client) -> None:
    _order_id, receipt = placed(sealed=True)
    page = add(client, f"/r/{receipt}/photos/", jpeg()).content.decode()
    assert "1 张照片已经交给经办的人" in page
    form = client.get(f"/r/{receipt}/photos/").content.decode()
    assert "这里不显示您交的照片" in form
    assert "<img" not in form.split("<main")[1]


def test_they_are_added_among_ones_own_and_by_nobody_else(client: Client) -> None:
    order_id, _receipt = placed("resident")
    number = matter(order_id).number
    sign_in(client, "resident")
    assert "1 张照片" in add(client, f"/my/{number}/photos/", jpeg()).content.decode()
    stranger = Client()
    for username in ("", "neighbour", "worker", "volunteer"):
        if username:
            sign_in(stranger, username)
        assert stranger.get(f"/my/{number}/photos/").status_code == 404
        assert stranger.post(f"/my/{number}/photos/", {"photos": [jpeg()]}).status_code == 404
    assert photos(order_id) == ["resident"]
