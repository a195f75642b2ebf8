"""What is kept of me: seen, taken away as a file, deleted at once or asked for; and nobody else's."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.capabilities.orders import exporting
from gongzhi.capabilities.orders.commands import Asked, read_contact
from gongzhi.capabilities.orders.commands.neighbours import follow_order, release_summary
from gongzhi.capabilities.orders.commands.own_data import OWN_DATA
from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command.forgetting import erase_person
from gongzhi.core.command.holdings import Asker, holdings
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import by_receipt, dispatched, matter, placed, step
from tests.orders.at_desk import desk
from tests.orders.at_portal import hidden, jpeg, sign_in

pytestmark = pytest.mark.django_db
PAGE, DELETION, FILE = "/my/data/", "/my/data/erase/", "/my/data/file/"
PHONE, NAME, WORD = "13755501234", "贺兰", "井盖松动"
SAID: dict[str, Any] = {"text": f"村口的路灯坏了，{WORD}", "phone": PHONE, "name": NAME}


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path


def unpacked(answer: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def a_photographed() -> tuple[UUID, str]:
    picture = read_picture(jpeg().read())
    return placed("resident", **SAID, photos=[picture])


def test_the_page_shows_each_thing_that_is_kept_and_masks_numbers(client: Client) -> None:
    order_id, _receipt = a_photographed()
    with enter(person_id=cast.find("desk").person_id) as actor:
        read_contact(actor=actor, order_id=order_id, reason="核对联系电话")
    sign_in(client, "resident")
    page = client.get(PAGE).content.decode()
    for words in (WORD, "居*", "贺*", "137****1234", "核对联系电话", "desk 2", "网络安全法第二十三条"):
        assert words in page, words
    for words in (PHONE, NAME):
        assert words not in page, words


def test_the_file_holds_all_of_it_in_the_clear_and_the_own_photos(client: Client) -> None:
    order_id, _receipt = a_photographed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    step("desk", order_id, "note", words="内部备注不给居民")
    step("desk", order_id, "message", words="已经安排人去看")
    sign_in(client, "resident")
    after = client.post(PAGE, follow=True).content.decode()
    assert "下载" in after
    packed = unpacked(client.get(FILE))
    names = packed.namelist()
    assert {"data.json", "data.html"} < set(names)
    (photo,) = [name for name in names if name.startswith("photos/")]
    assert packed.read(photo)[:2] == b"\xff\xd8"
    told = json.loads(packed.read("data.json"))["kept"]
    assert told["orders"]["rows"][0]["words"].endswith(WORD)
    assert told["contacts"]["rows"][0]["phone"] == PHONE
    assert told["register"]["rows"][0]["phone"].startswith("139")
    assert "已经安排人去看" in json.dumps(told, ensure_ascii=False)
    assert "内部备注" not in json.dumps(told, ensure_ascii=False)
    assert NAME in packed.read("data.html").decode()
    with enter(person_id=cast.find("resident").person_id):
        mine = PersonalDataRead.objects.get(person=cast.find("resident").person_id)
        assert mine.reason == "本人导出自己的信息"


def test_nobody_else_gets_the_file_nor_sees_whose_it_is(client: Client) -> None:
    sign_in(client, "resident")
    client.post(PAGE)
    assert client.get(FILE).status_code == 200
    folder = exporting.folder_of(cast.find("resident").person_id)
    assert cast.find("resident").person_id.hex not in str(folder).replace("-", "")
    assert (folder / exporting.FILE).stat().st_mode & 0o777 == 0o600
    other = Client()
    sign_in(other, "neighbour")
    assert other.get(FILE).status_code == 404
    assert WORD not in other.get(PAGE).content.decode()
    for where in (PAGE, DELETION, FILE):
        assert Client().get(where).status_code == 302, where


def test_the_file_is_kept_for_a_day(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(client, "resident")
    client.post(PAGE)
    then = timezone.now() + exporting.KEPT_FOR
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    assert client.get(FILE).status_code == 404
    exporting.sweep_own_files(timestamp=0)
    assert not exporting.folder_of(cast.find("resident").person_id).exists()


def test_a_large_file_is_left_to_a_job_that_tells_how_far_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_photographed()
    monkeypatch.setattr(exporting, "AT_ONCE_ORDERS", 0)
    sign_in(client, "resident")
    assert "正在整理" in client.post(PAGE, follow=True).content.decode()
    assert client.get(FILE).status_code == 404
    person_id = cast.find("resident").person_id
    exporting.own_file(person_id=str(person_id), language="zh-hans")
    told = json.loads(unpacked(client.get(FILE)).read("data.json"))["kept"]
    assert told["contacts"]["rows"][0]["phone"] == PHONE
    exporting.own_file(person_id=str(person_id), language="en")
    assert b"What I placed" in unpacked(client.get(FILE)).read("data.html")


def test_a_job_that_was_lost_can_be_asked_for_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_photographed()
    monkeypatch.setattr(exporting, "AT_ONCE_ORDERS", 0)
    sign_in(client, "resident")
    client.post(PAGE)
    then = timezone.now() + exporting.GIVEN_UP * 2
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    assert "上次没有做成" in client.get(PAGE).content.decode()


def test_the_file_goes_with_the_person(client: Client) -> None:
    sign_in(client, "resident")
    client.post(PAGE)
    person_id = cast.find("resident").person_id
    with enter(person_id=cast.find("village").person_id) as actor:
        erase_person(actor=actor, person_id=person_id)
    assert exporting.state_of(person_id).state == "none"


def test_contacts_go_at_once_of_open_orders_too(client: Client) -> None:
    order_id, _receipt = placed("resident", **SAID)
    assert "删除 1 件" in ask(client, "contacts")
    with enter(person_id=cast.find("county").person_id):
        assert OrderContact.objects.get(order_id=order_id).name == ""
        assert WORD in OrderWords.objects.get(order_id=order_id).text


def test_closed_orders_lose_their_words_at_once_and_open_ones_keep_them(client: Client) -> None:
    closed, receipt = placed("resident", **SAID)
    by_receipt(receipt, closed, "withdraw")
    standing, _receipt = placed("resident", **SAID)
    foreign, _receipt = placed("neighbour", **SAID)
    ask(client, "closed")
    with enter(person_id=cast.find("county").person_id):
        assert OrderWords.objects.get(order_id=closed).text == ""
        for order_id in (standing, foreign):
            assert WORD in OrderWords.objects.get(order_id=order_id).text


def test_the_register_is_asked_for_with_a_term_and_the_village_deletes(client: Client) -> None:
    after = ask(client, "register")
    assert "请求已经交给村干部" in after
    with enter(person_id=cast.find("county").person_id):
        asked = Matter.objects.get(kind=OWN_DATA)
    assert asked.number in client.get(PAGE).content.decode()
    assert "已收到" in after
    days = (asked.due_at - asked.recorded_at).days  # type: ignore[operator]
    assert 15 <= days <= 30
    assert "已经提出过" in ask(client, "register")
    dispatched(asked.id)
    assert matter(asked.id).holder.role == "village_officer"  # type: ignore[union-attr]
    step("village", asked.id, "accept")
    with enter(person_id=cast.find("village").person_id) as actor:
        erase_person(actor=actor, person_id=cast.find("resident").person_id)
    step("village", asked.id, "fulfil", outcome="solved", words="已经删除")


def test_the_village_officer_reads_what_to_do_and_finds_the_person() -> None:
    ask(Client(), "register")
    with enter(person_id=cast.find("village").person_id):
        number = Matter.objects.get(kind=OWN_DATA).number
    page = desk("village").get(f"/desk/orders/{number}/").content.decode()
    assert "个人信息请求怎么办" in page
    assert f"/desk/people/{cast.find('resident').person_id}/" in page
    other, _receipt = placed("resident")
    assert (
        "个人信息请求怎么办"
        not in desk("village").get(f"/desk/orders/{matter(other).number}/").content.decode()
    )


def test_where_the_pack_has_no_such_kind_it_says_whom_to_ask(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongzhi.capabilities.orders.commands.own_data.OWN_DATA", "no_such_kind")
    sign_in(client, "resident")
    said = hidden(client.get(DELETION).content.decode())
    answer = client.post(DELETION, {**said, "what": "register", "sure": "on"})
    assert "请当面找村干部" in answer.content.decode()


def test_who_holds_a_post_hands_it_over_first(client: Client) -> None:
    sign_in(client, "worker")
    page = client.get(DELETION).content.decode()
    said = {**hidden(page), "what": "register", "sure": "on"}
    answer = client.post(DELETION, said)
    assert answer.status_code == 422
    assert "请先交接" in answer.content.decode()


def ask(client: Client, what: str) -> str:
    sign_in(client, "resident")
    said = hidden(client.get(DELETION).content.decode())
    return client.post(DELETION, {**said, "what": what, "sure": "on"}, follow=True).content.decode()


def test_what_i_follow_is_shown_to_me_alone_and_not_whose_it_is() -> None:
    order_id, _receipt = placed()
    with enter(person_id=cast.find("desk").person_id) as actor:
        released = release_summary(actor=actor, asked=Asked(order_id), summary="路灯不亮，已经有人反映")
    with enter(person_id=cast.find("neighbour").person_id, receipt=hash_receipt(receipt_code())) as actor:
        summary = UUID(released["id"])
        follow_order(actor=actor, summary_id=summary, region_code=cast.VILLAGE, client_id=uuid7())
    following = {each.key: each for each in holdings(Asker(actor))}["followings"]
    with enter(person_id=cast.find("neighbour").person_id) as actor:
        assert [list(row) for row in following.rows(Asker(actor))] == [["at"]]
        assert not Matter.objects.filter(pk=order_id).exists()
    with enter(person_id=cast.find("resident").person_id) as actor:
        assert list(following.rows(Asker(actor))) == []


# -- without an account


def test_the_receipt_shows_and_gives_that_one_order_masked(client: Client) -> None:
    order_id, receipt = placed(**SAID)
    other, _receipt = placed(text="别的事情")
    with enter(person_id=cast.find("desk").person_id) as actor:
        read_contact(actor=actor, order_id=order_id, reason="回访这件事")
    page = client.get(f"/r/{receipt}/data/").content.decode()
    for words in (WORD, "137****1234", "回访这件事"):
        assert words in page, words
    assert PHONE not in page
    assert f"/r/{receipt}/erase/".replace("-", "") in page.replace("-", "")
    told = json.loads(unpacked(client.get(f"/r/{receipt}/data/file/")).read("data.json"))["kept"]
    assert [row["number"] for row in told["orders"]["rows"]] == [matter(order_id).number]
    assert told["contacts"]["rows"][0]["phone"] == "137****1234"
    assert matter(other).number not in json.dumps(told)
    assert client.get("/r/0000-0000-0000-0000/data/file/").status_code == 404


def test_of_a_sealed_order_the_receipt_repeats_no_words(client: Client) -> None:
    order_id, receipt = placed(**SAID, sealed=True)
    with enter(person_id=cast.find("sealed").person_id) as actor:
        read_contact(actor=actor, order_id=order_id, reason="核实反映内容")
    page = client.get(f"/r/{receipt}/data/").content.decode()
    assert WORD not in page
    assert "核实反映内容" in page
    with enter(person_id=cast.find("supervisor").person_id):
        assert not PersonalDataRead.objects.filter(thread=order_id).exists()
