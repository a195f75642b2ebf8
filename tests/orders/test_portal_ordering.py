"""Placing an order through the portal: three screens, no JavaScript, nothing typed is lost, sent twice placed once."""

from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from gongzhi.capabilities.orders.models import Order, OrderContact, OrderWords, Photo
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.people import unmasked
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, interval, short_text
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.at_portal import VILLAGE, here, hidden, jpeg, ordered, send, sign_in, third_screen

pytestmark = pytest.mark.django_db


def the_order(receipt: str) -> Matter:
    with enter(receipt=hash_receipt(receipt)):
        return Matter.objects.get(subject="orders", receipt_hash=hash_receipt(receipt))


def test_the_village_page_leads_to_orders_services_and_receipts(client: Client) -> None:
    page = client.get(f"/v/{VILLAGE}/").content.decode()
    for address in (f"/v/{VILLAGE}/report/", f"/v/{VILLAGE}/service/", "/follow/"):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_the_first_screen_offers_the_packs_kinds_of_one_family_or_of_both(client: Client) -> None:
    both = client.get(f"/v/{VILLAGE}/order/").content.decode()
    reports = client.get(f"/v/{VILLAGE}/report/").content.decode()
    assert here() in both
    assert here() in reports
    assert both.count("gz-tile") > reports.count("gz-tile")


def test_every_order_page_names_the_emergency_numbers_before_anything_else(client: Client) -> None:
    receipt = ordered(client)
    pages = [f"/v/{VILLAGE}/order/", here(), "/follow/", f"/r/{receipt}/", f"/r/{receipt}/receipt/"]
    for address in pages:
        page = client.get(address).content.decode()
        main = page.split('id="main"')[1]
        assert main.index("tel:110") < main.index("<h1"), address
        assert "tel:120" in main
        assert "不能代替" in main


def test_an_order_without_an_account_ends_in_a_receipt_that_tells_nothing_of_its_holder(
    client: Client,
) -> None:
    receipt = ordered(client, name="王小二", phone="139 3600 0001")
    page = client.get(f"/r/{receipt}/receipt/").content.decode()
    matter = the_order(receipt)
    assert receipt.replace("-", " ") in page
    assert matter.number in page
    for told in ("王小二", "13936000001", "139 3600 0001", "路灯坏了三天"):
        assert told not in page
        assert told not in client.get(f"/r/{receipt}/qr.svg").content.decode()
    with enter(receipt=hash_receipt(receipt)):
        contact = OrderContact.objects.get(order_id=matter.id)
        assert (contact.name, contact.share, unmasked(contact, "phone")) == ("王小二", False, "13936000001")
    assert matter.reporter is None


def test_a_signed_in_resident_becomes_the_reporter(client: Client) -> None:
    sign_in(client, "resident")
    receipt = ordered(client)
    with enter(person_id=cast.find("resident").person_id) as actor:
        assert Matter.objects.get(reporter=actor.pseudonym).id == the_order(receipt).id


def test_sent_twice_it_is_placed_once_and_answered_alike(client: Client) -> None:
    page = third_screen(client)
    first, second = send(client, page), send(client, page)
    assert first["Location"] == second["Location"]
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.filter(subject="orders").count() == 1


def test_sent_again_with_other_words_it_shows_the_earlier_one_and_keeps_the_words(client: Client) -> None:
    page = third_screen(client)
    earlier = send(client, page)["Location"].removesuffix("receipt/")
    answer = send(client, page, text="还有一盏也坏了").content.decode()
    assert f'href="{earlier}"' in answer
    assert "还有一盏也坏了" in answer
    again = send(client, answer, text="还有一盏也坏了")
    assert again.status_code == 302
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.filter(subject="orders").count() == 2


@pytest.mark.parametrize(
    ("wrong", "words"), [({"phone": "12345"}, "电话号码不对"), ({"about_own": ""}, "请选一个")]
)
def test_an_error_on_the_last_screen_loses_neither_words_nor_photos(
    client: Client, wrong: dict[str, str], words: str
) -> None:
    page = third_screen(client, photos=[jpeg()], place_text="三社水渠边")
    answer = send(client, page, name="王小二", **wrong).content.decode()
    assert words in answer
    assert "三社水渠边" in answer
    assert 'value="王小二"' in answer
    sent = send(client, answer)
    receipt = sent["Location"].split("/")[2]
    with enter(receipt=hash_receipt(receipt)):
        assert Photo.objects.filter(by="resident").count() == 1
        assert OrderWords.objects.get().place_text == "三社水渠边"


def test_a_bad_photo_is_named_and_the_good_one_is_kept(client: Client) -> None:
    bad = jpeg()
    bad.name, bad.file = "说明.jpg", type(bad.file)(b"%PDF-1.4 no photo")
    start = client.get(here()).content.decode()
    said = {**hidden(start), "text": "", "stage": "words", "photos": [jpeg(), bad]}
    page = client.post(here(), said).content.decode()
    assert "说明.jpg：这不是照片" in page
    assert "已经收好 1 张照片" in page
    third = client.post(here(), {**hidden(page), "stage": "words"}).content.decode()
    assert 'name="about_own"' in third


def test_neither_words_nor_photos_is_not_enough(client: Client) -> None:
    page = third_screen(client, text="  ")
    assert "请写一句话，或者附一张照片。" in page
    assert 'href="#id_text"' in page


def test_back_and_larger_type_keep_what_was_typed(client: Client) -> None:
    page = third_screen(client, place_text="村委会门口")
    back = client.post(here(), {**hidden(page), "stage": "back"}).content.decode()
    assert "村口的路灯坏了三天了</textarea>" in back
    assert "村委会门口" in back
    larger = client.post(f"{here()}?elders=1", {**hidden(page), "phone": "139", "stage": "larger"})
    shown = larger.content.decode()
    assert 'class="elders"' in shown
    assert 'value="139"' in shown
    assert "电话号码不对" not in shown
    assert hidden(shown)["text"] == "村口的路灯坏了三天了"


def test_sealing_is_asked_once_of_reports_and_not_of_services(client: Client) -> None:
    assert third_screen(client).count('name="about_own"') == 2
    services = client.get(f"/v/{VILLAGE}/service/").content.decode()
    kind = services.split(f"/v/{VILLAGE}/order/")[1].split("/")[0]
    assert 'name="about_own"' not in third_screen(client, kind)


def test_a_sealed_order_shows_its_receipt_holder_no_words_and_the_village_nothing(client: Client) -> None:
    receipt = ordered(client, about_own="yes", open_to_helpers="on")
    matter = the_order(receipt)
    assert matter.sealed_to is not None
    page = client.get(f"/r/{receipt}/").content.decode()
    assert "路灯坏了三天" not in page
    assert "已保密" in page
    with enter(receipt=hash_receipt(receipt)):
        assert not Order.objects.get(pk=matter.id).open_to_helpers
    with enter(person_id=cast.find("village").person_id):
        assert not Matter.objects.filter(pk=matter.id).exists()


def test_words_of_danger_name_the_numbers_again_before_and_after_sending(client: Client) -> None:
    page = third_screen(client, text="有人要跳楼")
    assert "gz-emergency-loud" in page
    sent = send(client, page)
    assert "gz-emergency-loud" in client.get(sent["Location"]).content.decode()
    calm = ordered(client)
    assert "gz-emergency-loud" not in client.get(f"/r/{calm}/receipt/").content.decode()


def test_too_many_from_one_address_wait_for_the_desk_and_are_not_refused(client: Client) -> None:
    with override_settings(INTAKE_AN_HOUR=(1, 100)):
        first, second = ordered(client), ordered(client)
    assert not the_order(first).quarantined
    assert the_order(second).quarantined
    for page in (f"/r/{second}/receipt/", f"/r/{second}/"):
        assert "您不用再交一遍" in client.get(page).content.decode()
    for page in (f"/r/{first}/receipt/", f"/r/{first}/"):
        assert "您不用再交一遍" not in client.get(page).content.decode()


def test_too_many_for_one_village_wait_whoever_sends_them_and_those_of_others_do_not(client: Client) -> None:
    with override_settings(INTAKE_AN_HOUR=(100, 1), ALLAUTH_TRUSTED_PROXY_COUNT=1):
        sent = [ordered(Client(headers={"X-Forwarded-For": f"203.0.113.{number}"})) for number in range(2)]
        sign_in(client, "resident")
        own = ordered(client)
    assert [the_order(receipt).quarantined for receipt in (*sent, own)] == [False, True, False]


def test_a_flood_from_one_address_is_refused_in_words_and_loses_nothing_typed(client: Client) -> None:
    with override_settings(INTAKE_AN_HOUR=(1, 100)):
        for _each in range(10):
            ordered(client)
        refused = send(client, third_screen(client, text="第十一件"))
        assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
        page = refused.content.decode()
        assert "请过一小时再来" in page
        assert "第十一件" in page
        with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
            assert ordered(Client(headers={"X-Forwarded-For": "203.0.113.9"}))


def test_a_kind_that_the_place_does_not_have_is_not_there(client: Client) -> None:
    assert client.get(here("no-such-kind")).status_code == 404
    assert client.get("/v/620724999999/order/").status_code == 404


def test_a_place_without_a_pack_says_whom_to_call(client: Client) -> None:
    low, high = interval(cast.OTHER_COUNTY, Level.COUNTY)
    villages = Region.objects.filter(code__range=(low, high), level=Level.VILLAGE).order_by("code")
    code = next(each.code for each in villages if definitions.pack_over(each.code).key == "base")
    page = client.get(f"/v/{short_text(code, Level.VILLAGE)}/report/").content.decode()
    assert "12345" in page
    assert client.get(f"/v/{short_text(code, Level.VILLAGE)}/order/facilities/").status_code == 404


def test_placing_needs_few_statements(client: Client, django_assert_max_num_queries: Any) -> None:
    ordered(client)
    page = third_screen(client)
    with django_assert_max_num_queries(12):
        assert send(client, page, phone="13936000001").status_code == 302


def test_the_villages_sheet_and_code_open_its_page(client: Client) -> None:
    sheet = client.get(f"/v/{VILLAGE}/poster/").content.decode()
    assert f"/v/{VILLAGE}/qr.svg" in sheet
    assert "110" in sheet
    drawn = client.get(f"/v/{VILLAGE}/qr.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert b"<svg" in drawn.content
    assert b"http" not in drawn.content.replace(b"http://www.w3.org/2000/svg", b"")
