"""The pages of one-key response: the desk's banner and chain, drills, the field app's door, the resident's page."""

import re
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongzhi.capabilities.orders.models import Drill, Order, Ring
from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import by_receipt, matter, placed, step
from tests.orders.at_desk import HTMX, address, desk, page, statements
from tests.orders.at_portal import hidden
from tests.orders.ringing import ring, urgent

pytestmark = pytest.mark.django_db
HERE = "/v/620724101200/urgent/"
VILLAGE = f"{cast.VILLAGE // 10**6}.5"


def banner(client: Client, shown: str = "") -> str:
    return page(client, f"/desk/rings/?shown={shown}", **HTMX)


def rung(*numbers: int) -> UUID:
    order_id, _receipt = urgent("resident")
    ring(order_id, *numbers)
    return order_id


# -- the desk


def test_every_page_of_the_desk_asks_what_rings() -> None:
    assert 'hx-get="/desk/rings/"' in page(desk(), "/desk/notices/")


def test_the_banner_rings_for_whoever_was_rung_and_for_nobody_else() -> None:
    order_id = rung(0, 1, 2)
    assert matter(order_id).number in banner(desk())
    assert "我来接" in banner(desk())
    for other in ("outsider", "county", "supervisor", "admin", "sealed"):
        assert matter(order_id).number not in banner(desk(other)), other


def test_what_nobody_answered_stands_on_top_for_the_desks_of_the_place() -> None:
    order_id = rung(0, 1, 2, 3, 4)
    for name in ("county", "desk", "village"):
        assert "没有人应答" in banner(desk(name)), name
    assert "没有人应答" not in banner(desk("outsider"))
    assert "没有人应答" not in banner(desk("supervisor"))
    assert desk("county").post(address(order_id, "rings/answer/")).status_code == 302
    assert "没有人应答" not in banner(desk("county"))


def test_the_banner_is_not_sent_again_while_it_is_the_same() -> None:
    rung(0, 1, 2)
    client = desk()
    (shown,) = re.findall(r'data-shown="(\w+)"', banner(client))
    assert client.get(f"/desk/rings/?shown={shown}", headers=HTMX).status_code == 204


def test_the_banner_takes_few_statements() -> None:
    rung(0, 1, 2)
    assert len(statements(desk(), "/desk/rings/", **HTMX)) <= 10


def test_answering_leads_to_the_order_and_the_others_read_who_has_it() -> None:
    order_id = rung(0, 1, 2)
    answer = desk().post(address(order_id, "rings/answer/"))
    assert answer["Location"] == address(order_id)
    assert matter(order_id).state == "accepted"
    said = banner(desk("village"))
    assert "已由" in said
    assert "我来接" not in said
    late = desk("village").post(address(order_id, "rings/answer/"), follow=True).content.decode()
    assert "已经接了这件事" in late


def test_the_orders_page_shows_its_chain_and_a_plain_order_has_none() -> None:
    order_id = rung(0, 1)
    assert f'hx-get="{address(order_id, "rings/")}"' in page(desk(), address(order_id))
    shown = page(desk(), address(order_id, "rings/"))
    assert "经办岗位" in shown
    assert "村值班岗位" in shown
    assert "只在打开的页面上响" in shown
    plain, _receipt = placed()
    assert "响铃经过" not in page(desk(), address(plain))
    assert "没有响过铃" in page(desk(), address(plain, "rings/"))


def test_an_outsider_learns_nothing_of_a_chain() -> None:
    order_id = rung(0)
    page(desk("outsider"), address(order_id, "rings/"), status=404)
    assert desk("outsider").post(address(order_id, "rings/answer/")).status_code == 404


def test_a_sealed_order_rings_on_its_own_posts_page_alone() -> None:
    order_id, _receipt = urgent("resident", sealed=True)
    with enter(person_id=cast.find("sealed").person_id):
        number = Matter.objects.get(pk=order_id).number
    assert number in banner(desk("sealed"))
    for other in ("county", "desk", "village", "supervisor", "admin"):
        assert number not in banner(desk(other)), other


# -- drills


def test_a_desk_drills_a_village_and_the_list_names_posts_and_seconds() -> None:
    client = desk()
    shown = page(client, f"/desk/drills/?place={VILLAGE}")
    assert "演练一次" in shown
    assert "只在打开的页面上响" in shown
    client.post("/desk/drills/start/", hidden(shown))
    with enter(person_id=cast.find("desk").person_id):
        drill = Drill.objects.get()
    for number in (0, 1):
        jobs.drill(str(drill.id), str(cast.VILLAGE), number=number)
    assert "演练响铃" in banner(desk("village"))
    assert "演练响铃" not in banner(desk())
    assert desk("village").post(f"/desk/drills/{drill.id}/answer/").status_code == 302
    kept = page(client, "/desk/drills/")
    assert "有人应答" in kept
    assert "village_officer" in kept
    assert "演员" not in kept
    with enter(person_id=cast.find("county").person_id):
        assert not Order.objects.exists()


def test_a_township_is_not_drilled_as_a_whole_and_a_supervisor_drills_nothing() -> None:
    assert "演练一次" not in page(desk(), "/desk/drills/")
    assert "演练一次" not in page(desk("supervisor"), f"/desk/drills/?place={VILLAGE}")
    desk("supervisor").post("/desk/drills/start/", {"place": VILLAGE})
    desk().post("/desk/drills/start/", {"place": f"{cast.TOWN // 10**6}.4"})
    with enter(person_id=cast.find("county").person_id):
        assert not Drill.objects.exists()


def test_an_outsider_sees_no_drill() -> None:
    client = desk()
    client.post("/desk/drills/start/", hidden(page(client, f"/desk/drills/?place={VILLAGE}")))
    assert "正在演练" in page(client, "/desk/drills/")
    assert "正在演练" not in page(desk("outsider"), "/desk/drills/")


# -- the field app


def test_the_field_app_rings_and_accepts() -> None:
    order_id = rung(0)
    client = desk("worker")
    (shown,) = client.get("/field/api/rings").json()["rings"]
    assert (shown["id"], shown["mine"], shown["nobody"]) == (str(order_id), True, False)
    assert client.post(f"/field/api/rings/{order_id}").json()["state"] == "accepted"
    assert client.post(f"/field/api/rings/{order_id}").status_code == 200
    assert client.get("/field/api/rings").json()["rings"] == []


def test_the_field_app_tells_who_was_quicker_and_nothing_to_an_outsider() -> None:
    order_id = rung(0, 1)
    step("worker", order_id, "accept")
    late = desk("village").post(f"/field/api/rings/{order_id}")
    assert (late.status_code, late.json()["code"]) == (400, "answered")
    taken = desk("village").get("/field/api/rings").json()["taken"]
    assert [each["number"] for each in taken] == [matter(order_id).number]
    outside = desk("outside_worker")
    assert outside.get("/field/api/rings").json()["rings"] == []
    assert outside.post(f"/field/api/rings/{order_id}").status_code == 404


# -- the resident


def test_the_page_names_the_telephones_first_and_one_press_rings() -> None:
    client = Client()
    shown = page(client, HERE)
    assert shown.index('href="tel:110"') < shown.index("一键响应</span></button>")
    assert "没有打开页面的人听不到" in shown
    answer = client.post(HERE, {**hidden(shown), "text": "渠水漫到院子里了", "phone": "13912345678"})
    assert answer.status_code == 302
    with enter(person_id=cast.find("county").person_id):
        found = Matter.objects.get()
        assert found.urgent
    assert "正在响值班岗位" in page(client, answer["Location"])
    ring(found.id, 0, 1)
    receipt = answer["Location"].split("/")[2]
    following = page(client, f"/r/{receipt}/")
    assert "响了经办岗位" in following
    assert "还没有人接" in following
    step("worker", found.id, "accept")
    following = page(client, f"/r/{receipt}/")
    assert "经办岗位接了" in following
    assert "还没有人接" not in following
    assert "演员" not in following


@pytest.mark.parametrize(
    ("text", "kind"), [("有人在烧秸秆，火快烧过来了", "burning_fire"), ("快来人", "danger_spot")]
)
def test_the_words_say_which_urgent_kind_it_is(text: str, kind: str) -> None:
    client = Client()
    client.post(HERE, {**hidden(page(client, HERE)), "text": text})
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.get().kind == kind


def test_an_order_that_was_reopened_waits_for_its_handler_and_rings_nobody() -> None:
    order_id, receipt = urgent()
    ring(order_id, 0)
    step("worker", order_id, "accept")
    step("worker", order_id, "fulfil", outcome="solved", words="好了")
    step("desk", order_id, "check")
    by_receipt(receipt, order_id, "reopen")
    assert matter(order_id).state == "dispatched"
    assert "还没有人接" not in page(Client(), f"/r/{receipt}/")
    assert desk("worker").get("/field/api/rings").json()["rings"] == []


def test_pressing_takes_few_statements() -> None:
    client = Client()
    for _again in range(2):
        said = {**hidden(page(client, HERE)), "text": "渠水漫到院子里了"}
        with CaptureQueriesContext(connection) as captured:
            assert client.post(HERE, said).status_code == 302
    told = [each["sql"] for each in captured.captured_queries]
    asked = [sql for sql in told if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 12, asked


def test_pressed_twice_it_is_placed_once() -> None:
    client = Client()
    said = {**hidden(page(client, HERE)), "text": "渠水漫到院子里了"}
    assert client.post(HERE, said)["Location"] == client.post(HERE, said)["Location"]
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.count() == 1


def test_neither_words_nor_a_telephone_is_refused_in_words() -> None:
    client = Client()
    answer = client.post(HERE, hidden(page(client, HERE)))
    assert answer.status_code == 422
    assert "写几个字，或者留个电话" in answer.content.decode()


def test_the_resident_of_a_sealed_order_reads_no_post() -> None:
    _order_id, receipt = urgent(sealed=True)
    shown = page(Client(), f"/r/{receipt}/")
    assert "响了县里指定的专人" in shown
    assert "密办岗" not in shown


def test_the_village_page_leads_there() -> None:
    assert f'href="{HERE}"' in page(Client(), "/v/620724101200/")


def test_rings_of_others_are_not_counted_for_a_reader_without_posts() -> None:
    rung(0)
    with enter(person_id=cast.find("neighbour").person_id):
        assert not Ring.objects.exists()
