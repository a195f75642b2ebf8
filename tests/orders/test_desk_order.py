"""One order at the desk: what is shown, what may be done, what is refused in words."""

import io
import re
from typing import Any
from uuid import UUID

import pytest
from django.utils.html import escape
from PIL import Image

from gongzhi.capabilities.orders.models import Lesson, Order
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import checked, dispatched, matter, placed, step
from tests.orders.at_desk import HTMX, address, desk, page, statements, take

pytestmark = pytest.mark.django_db


def post_of(role: str) -> str:
    return str(Post.objects.get(role=role, region_code=cast.VILLAGE).id)


def picture() -> Any:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(content, "JPEG")
    return read_picture(content.getvalue())


def test_the_proposal_says_why_and_the_desk_dispatches() -> None:
    order, _receipt = placed()
    client = desk()
    shown = page(client, address(order))
    assert "派单建议" in shown
    assert "内容里有“路灯”" in shown or "路灯" in shown
    assert f'value="{post_of("grid_worker")}" selected' in shown
    answer = take(client, order, "dispatch", holder=post_of("grid_worker"))
    assert answer.status_code == 302
    assert matter(order).state == "dispatched"
    assert str(matter(order).holder_id) == post_of("grid_worker")


def test_htmx_gets_the_order_alone_and_the_queue_is_told() -> None:
    order, _receipt = placed()
    answer = take(desk(), order, "dispatch", holder=post_of("village_officer"), headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "desk:changed"
    assert "<html" not in answer.content.decode()
    assert "已办" in answer.content.decode()


def test_what_is_missing_is_told_and_what_was_typed_stays() -> None:
    order, _receipt = placed()
    answer = take(desk(), order, "decline", reason="not_ours", words="请到<水务局>办理")
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert escape("请到<水务局>办理") in shown
    assert "还不能提交" in shown
    assert matter(order).state == "received"


def test_an_order_that_changed_meanwhile_is_a_conflict_and_can_be_sent_again() -> None:
    order, _receipt = placed()
    seen = matter(order).version
    step("desk", order, "message", words="请稍等")
    answer = take(desk(), order, "note", words="先核实", seen=seen)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "有了变化" in shown
    assert f'name="seen" value="{matter(order).version}"' in shown
    assert take(desk(), order, "note", words="先核实").status_code == 302


def test_the_same_form_sent_twice_counts_once() -> None:
    order, _receipt = placed()
    client, key = desk(), str(uuid7())
    data = {"seen": matter(order).version, "client_id": key, "words": "请稍等"}
    for _ in range(2):
        assert client.post(address(order, "steps/message/"), data).status_code == 302
    assert page(client, address(order)).count("请稍等") == 1


def test_a_step_that_is_no_longer_offered_is_refused_in_words() -> None:
    order, _receipt = placed()
    answer = take(desk(), order, "check")
    assert answer.status_code == 422
    assert "请看最新情况" in answer.content.decode()


def test_a_pause_takes_its_reasons_from_the_deadline() -> None:
    order, _receipt = placed()
    dispatched(order)
    step("worker", order, "accept")
    client = desk()
    assert 'value="weather"' in page(client, address(order))
    assert take(client, order, "pause", reason="weather").status_code == 302
    shown = page(client, address(order))
    assert "暂停计时" in shown
    assert "大风" in shown


def test_the_whole_history_is_told_with_how_the_term_was_reckoned() -> None:
    order, _receipt = placed()
    checked(order)
    shown = page(desk(), address(order))
    assert "您提交了" not in shown
    for words in ("换了灯泡", "核查通过", "提交", "怎么算出来的", "5个工作日"):
        assert words in shown, words


def test_a_correction_is_kept_as_a_lesson() -> None:
    order, _receipt = placed()
    client = desk()
    data = {"seen": matter(order).version, "client_id": str(uuid7()), "category": "road"}
    assert client.post(address(order, "category/"), data).status_code == 302
    with enter(person_id=cast.find("desk").person_id):
        assert Order.objects.get(pk=order).category == "road"
        assert Lesson.objects.get(order_id=order).category == "road"
    data = {**data, "client_id": str(uuid7()), "category": "nothing"}
    assert client.post(address(order, "category/"), data).status_code == 422


def test_the_telephone_is_masked_until_a_reason_is_given() -> None:
    order, _receipt = placed(phone="13912345678", name="赵大爷")
    client = desk()
    shown = page(client, address(order))
    assert "139****5678" in shown
    assert "13912345678" not in shown
    assert "赵大爷" not in shown
    assert client.post(address(order, "contact/"), {"reason": "看"}).status_code == 422
    told = client.post(address(order, "contact/"), {"reason": "回访核实处理结果"}).content.decode()
    assert "13912345678" in told
    assert "赵大爷" in told
    with enter(person_id=cast.find("desk").person_id):
        kept = PersonalDataRead.objects.get()
        assert (kept.thread, kept.reason) == (order, "回访核实处理结果")
    assert "13912345678" not in page(client, address(order))


def test_who_only_supervises_sees_no_way_to_the_telephone_and_no_step() -> None:
    order, _receipt = placed(phone="13912345678")
    client = desk("supervisor")
    shown = page(client, address(order))
    assert "/contact/" not in shown
    assert "/steps/" not in shown
    answer = client.post(address(order, "contact/"), {"reason": "想看一看电话"})
    assert answer.status_code == 422
    assert "13912345678" not in answer.content.decode()


def test_photos_are_shown_to_those_who_see_the_order() -> None:
    order, _receipt = placed(photos=[picture()])
    client = desk()
    shown = page(client, address(order))
    path = re.search(r'<img src="(/desk/orders/[^"]+)"', shown).group(1)
    answer = client.get(path)
    assert answer["Content-Type"] == "image/jpeg"
    assert "private" in answer["Cache-Control"]
    assert desk("outsider").get(path).status_code == 404
    assert client.get(address(order, f"photos/{uuid7()}/")).status_code == 404


def test_a_sealed_order_says_so_and_goes_to_its_post_alone() -> None:
    order, _receipt = placed(sealed=True)
    number = sealed_number(order)
    client = desk("sealed")
    shown = page(client, f"/desk/orders/{number}/")
    assert "这是密件" in shown
    replies = shown.count('<option value="pack.')
    assert shown.count("<option value=") == shown.count('<option value=""') + categories(shown) + replies + 1
    assert desk("county").get(f"/desk/orders/{number}/").status_code == 404


def sealed_number(order: UUID) -> str:
    from gongzhi.workflow.models import Matter

    with enter(person_id=cast.find("sealed").person_id):
        return Matter.objects.get(pk=order).number


def categories(shown: str) -> int:
    return shown.split('name="category"')[1].split("</select>", maxsplit=1)[0].count("<option value=") - 1


def test_nothing_that_was_written_becomes_markup() -> None:
    order, _receipt = placed(text="<script>alert(1)</script>路灯坏了", place_text="<b>东头</b>")
    shown = page(desk(), address(order))
    assert "<script>alert" not in shown
    assert "<b>东头" not in shown


def test_an_order_needs_few_statements() -> None:
    order, _receipt = placed(phone="13912345678", photos=[picture()])
    assert len(statements(desk(), address(order), **HTMX)) <= 10


def test_an_order_whose_work_is_done_shows_no_due_time_in_its_head() -> None:
    order, _receipt = placed()
    client = desk()
    head = page(client, address(order)).partition('class="gz-matter-head"')[2].partition("</p>")[0]
    assert "gz-due" in head
    checked(order)
    head = page(client, address(order)).partition('class="gz-matter-head"')[2].partition("</p>")[0]
    assert "gz-due" not in head
