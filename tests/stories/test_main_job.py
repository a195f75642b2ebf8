"""点单 → 派单 → 落单 → 查单 → 评单 over HTTP: from the QR page to the rating, and what else may become of an order."""

import pytest

from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from tests.stories.walking import Walker, place, work_off

pytestmark = pytest.mark.django_db


WORDS = "村口的路灯坏了三天了，晚上看不见路"


@pytest.mark.django_db(transaction=True)
def test_from_the_qr_page_to_the_rating_with_three_people_and_an_outsider() -> None:
    resident, worker, desk, outsider = Walker(), Walker(), Walker(), Walker("outsider")
    order = place(resident, text=WORDS)
    resident.go(order.page).sees("已收到").misses("王")
    assert work_off()[0] == "orders.dispatch"
    resident.go(order.page).sees("已派出", "grid_worker", "最迟")

    worker.sign_in("worker")
    (task,) = worker.today()["tasks"]
    assert task["what"] == "accept"
    order_id = task["matter"]["id"]
    assert worker.client.get(f"/field/api/matters/{order_id}").json()["words"] == WORDS
    assert worker.command("accept", order_id)["status"] == "done"
    resident.go(order.page).sees("已接单")
    done = worker.command("fulfil", order_id, outcome="solved", words="换了灯泡，亮了")
    assert done["status"] == "done"
    assert worker.today()["tasks"] == []

    desk.sign_in("desk").go("/desk/").click("/desk/orders/").sees(WORDS, "换了灯泡，亮了")
    desk.submit("/steps/check/").sees("待评价")

    outsider.go("/desk/").misses(WORDS[:8])
    outsider.go(desk.at, status=404)
    assert outsider.client.get(f"/field/api/matters/{order_id}").status_code == 404
    Walker().go("/r/AAAA-AAAA-AAAA-AAAA/", status=404)

    resident.go(order.page).sees("换了灯泡，亮了", "请您评价")
    resident.submit("/rate/", solved="yes", stars="5", words="谢谢")
    resident.go(order.page).sees("已评价")
    assert work_off()[-1] == "orders.close_rated"
    resident.go(order.page).sees("已结案", "已解决", "5 颗星")


def test_a_returned_order_is_sent_to_another_and_keeps_its_term() -> None:
    resident, desk = Walker(), Walker("desk")
    order = place(resident, text=WORDS)
    work_off()
    worker = Walker("worker")
    order_id = worker.today()["tasks"][0]["matter"]["id"]
    due = worker.client.get(f"/field/api/matters/{order_id}").json()["due_at"]
    assert worker.command("return", order_id)["code"] == "need_reason"
    assert worker.command("return", order_id, reason="cannot", words="要吊车")["status"] == "done"
    assert [each["what"] for each in worker.today()["tasks"]] == ["stand_by"]  # until another accepts
    resident.go(order.page).sees("已退回", "期限不变")
    desk.go("/desk/").click("/desk/orders/").sees("要吊车")
    form = next(each for each in desk.page.forms if "/steps/dispatch/" in each.action)
    assert "holder" in form.names
    officer = str(Post.objects.get(role="village_officer").id)
    desk.submit("/steps/dispatch/", holder=officer).sees("已派出")
    officer_at_work = Walker("village")
    assert officer_at_work.command("accept", order_id)["status"] == "done"
    assert worker.today()["tasks"] == []
    assert officer_at_work.client.get(f"/field/api/matters/{order_id}").json()["due_at"] == due


def test_an_unsolved_one_is_reopened_to_the_same_handler_and_the_level_above() -> None:
    resident, worker, desk = Walker(), Walker("worker"), Walker("desk")
    order = place(resident, text=WORDS)
    work_off()
    order_id = worker.today()["tasks"][0]["matter"]["id"]
    worker.command("accept", order_id)
    worker.command("fulfil", order_id, outcome="solved", words="看过了")
    desk.go("/desk/").click("/desk/orders/").submit("/steps/check/")
    resident.go(order.page).submit("/rate/", solved="no", stars="1", words="还是不亮")
    resident.sees("重新办理")
    (task,) = worker.today()["tasks"]
    assert (task["matter"]["id"], task["what"]) == (order_id, "accept")
    desk.go(desk.at).sees("第1轮", "第2轮", "还是不亮")


def test_a_withdrawn_order_leaves_nobody_anything_to_do() -> None:
    resident, worker = Walker(), Walker("worker")
    order = place(resident, text=WORDS)
    work_off()
    assert len(worker.today()["tasks"]) == 1
    resident.go(order.page).click("/withdraw/").submit("/withdraw/", words="邻居修好了")
    resident.go(order.page).sees("已撤回")
    assert worker.today()["tasks"] == []
    assert "orders.close_rated" not in work_off()


def test_the_same_request_twice_places_one_order() -> None:
    resident = Walker()
    place(resident, text=WORDS)
    answers = []
    first = Walker().go("/v/620724101200/report/").click("路灯")
    first.submit("order", text=WORDS, press="words")
    form = first.page.forms[-1]
    for _time in range(2):
        sent = {**form.fields, "about_own": "no", "stage": "send"}
        answers.append(first.client.post(first.at, sent)["Location"])
    assert answers[0] == answers[1]
    work_off()
    assert len(Walker("worker").today()["tasks"]) == 2


def test_a_command_of_the_field_app_counts_once() -> None:
    place(Walker(), text=WORDS)
    work_off()
    worker, key = Walker("worker"), str(uuid7())
    order_id = worker.today()["tasks"][0]["matter"]["id"]
    seen = worker.client.get(f"/field/api/matters/{order_id}").json()["version"]
    given = {"client_id": key, "name": "accept", "subject": order_id, "seen": seen, "data": {}}
    answers = []
    for command in (given, given, given | {"name": "return", "data": {"reason": "away"}}):
        sent = worker.client.post("/field/api/commands", {"commands": [command]}, "application/json")
        answers.append(sent.json()["answers"][0])
    assert answers[0] == answers[1]
    assert [each["status"] for each in answers] == ["done", "done", "conflict"]


def test_a_stale_view_is_a_conflict_that_tells_what_is_so_now() -> None:
    resident, worker = Walker(), Walker("worker")
    order = place(resident, text=WORDS)
    work_off()
    order_id = worker.today()["tasks"][0]["matter"]["id"]
    stale = {"client_id": str(uuid7()), "name": "accept", "subject": order_id, "seen": 1, "data": {}}
    resident.go(order.page).click("/add/").submit("/add/", words="又坏了一盏")
    answer = worker.client.post("/field/api/commands", {"commands": [stale]}, "application/json").json()
    (found,) = answer["answers"]
    assert found["status"] == "conflict"
    assert found["theirs"]["state_name"] == "已派出"
