"""Sealed orders, helpers, words of danger, floods: whom an order reaches, and whom it must not."""

import io

import pytest
from openpyxl import load_workbook

from gongzhi.capabilities.orders.models import Order
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.stories.walking import Walker, place, work_off

pytestmark = pytest.mark.django_db
SECRET = "村干部把低保名额给了自己的亲戚"
STAFF = ("worker", "village", "desk", "county", "supervisor", "admin", "outsider")


def test_a_sealed_order_is_known_to_the_county_post_alone() -> None:
    resident = Walker()
    order = place(resident, text=SECRET, about_own="yes", phone="13912345678")
    assert work_off() == []
    for username in STAFF:
        reader = Walker(username)
        for address in ("/desk/", f"/desk/?q={SECRET[:4]}", "/desk/?view=all", "/desk/?place=620724"):
            answer = reader.client.get(address, follow=True)
            assert SECRET[:6] not in answer.content.decode(), (username, address)
            assert "密件" not in answer.content.decode(), (username, address)
        exported = reader.client.get("/desk/export.xlsx")
        if exported.status_code == 200:
            body = b"".join(exported) if exported.streaming else exported.content
            cells = [
                cell
                for row in load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)
                for cell in row
            ]  # type: ignore[union-attr]
            assert not any(SECRET[:6] in str(cell) for cell in cells), username
        assert reader.client.get("/field/api/today").json()["tasks"] == [], username
    sealed, checker = Walker("sealed"), Walker("sealed_checker")
    sealed.go("/desk/").click("/desk/orders/").sees(SECRET, "密件")
    for username in STAFF:
        assert Walker(username).client.get(sealed.at).status_code in {403, 404}, username
    post = Post.objects.get(role="county_sealed", region_code=cast.COUNTY)
    sealed.submit("/steps/dispatch/", holder=str(post.id)).submit("/steps/accept/")
    sealed.submit("/steps/fulfil/", outcome="solved", words="已转纪委核查")
    assert not any("/steps/check/" in form.action for form in sealed.page.forms), "nobody checks his own work"
    checker.go(sealed.at).submit("/steps/check/")
    resident.go(order.page).sees("已转纪委核查", "县里指定的专人").misses(SECRET)
    resident.submit("/rate/", solved="yes", stars="4")


def test_a_helper_takes_an_open_order_and_learns_of_it_only_then() -> None:
    resident, helper = Walker(), Walker("volunteer")
    order = place(
        resident,
        text="老人独居，想请人帮忙买一袋面",
        place_text="三社东头第二家",
        family="/service/",
        about="代买代取",
        open_to_helpers="on",
        phone="13912345678",
        share_phone="on",
    )
    work_off()
    (offer,) = helper.today()["offers"]
    assert set(offer) == {"id", "kind_name", "village", "recorded_at"}
    assert helper.client.get(f"/field/api/matters/{offer['id']}").status_code == 404
    assert helper.command("take", offer["id"])["status"] == "done"
    shown = helper.client.get(f"/field/api/matters/{offer['id']}").json()
    assert (shown["place_text"], shown["can_call"]) == ("三社东头第二家", True)
    call = helper.command("call", offer["id"], reason="上门前约时间")
    assert call["answer"]["phone"] == "13912345678"
    late = Walker("volunteer").command("take", offer["id"])
    assert (late["status"], late["code"]) == ("refused", "not_open")
    assert helper.command("fulfil", offer["id"], outcome="solved", words="面买到了")["status"] == "done"
    Walker("desk").go("/desk/").click("/desk/orders/").submit("/steps/check/")
    resident.go(order.page).submit("/rate/", solved="yes", stars="5")
    work_off()
    assert helper.client.get(f"/field/api/matters/{offer['id']}").status_code == 404


def test_words_of_danger_name_the_numbers_again_and_go_to_a_person_at_once() -> None:
    resident = Walker()
    resident.go("/v/620724101200/report/").click("路灯")
    resident.submit("order", text="隔壁有人拿刀砍人，快来人", press="words").sees("110", "危险")
    resident.submit("order", press="send", about_own="no")
    resident.sees("110")
    work_off()
    with enter(person_id=cast.find("county").person_id):
        matter = Matter.objects.get()
        assert (matter.urgent, Order.objects.get().danger) == (True, "violence")
    desk = Walker("desk").go("/desk/").click("/desk/orders/")
    desk.sees("紧急", "危险的词")


def test_a_flood_without_names_is_set_aside_and_let_in_by_a_person(settings) -> None:  # type: ignore[no-untyped-def]
    settings.INTAKE_AN_HOUR = (2, 30)
    orders = [place(Walker(), text=f"路灯坏了，第{number}盏") for number in range(4)]
    work_off()
    assert len(Walker("worker").today()["tasks"]) == 2
    desk = Walker("desk").go("/desk/?quarantined=on").sees("待甄别")
    Walker().go(orders[3].page).sees("已收到")
    with enter(person_id=cast.find("desk").person_id):
        held = list(Matter.objects.filter(quarantined=True).order_by("id").values_list("number", flat=True))
    assert len(held) == 2
    desk.go(f"/desk/orders/{held[0]}/").sees("待甄别", "第2盏")
    desk.submit("/release/").sees("已放行").misses("待甄别")
    work_off()
    assert len(Walker("worker").today()["tasks"]) == 3
