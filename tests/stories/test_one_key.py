"""One-key response, as the people in it live it: pressed, rung, not answered, answered a level up, done and rated."""

import pytest
from django.test import Client

from gongzhi.capabilities.orders.models import Ring
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import step
from tests.orders.at_desk import HTMX, desk, page
from tests.orders.at_portal import hidden
from tests.orders.ringing import ring

pytestmark = pytest.mark.django_db
PAGE = f"/v/{cast.VILLAGE // 10**6}/urgent/"


def test_nobody_in_the_village_answers_and_the_township_does() -> None:
    resident = Client()
    shown = page(resident, PAGE)
    assert all(f'href="tel:{number}"' in shown for number in ("110", "119", "120"))
    placed = resident.post(PAGE, {**hidden(shown), "text": "渠水漫到院子里了", "phone": "13912345678"})
    receipt = placed["Location"].split("/")[2]
    with enter(person_id=cast.find("county").person_id):
        order = Matter.objects.get()
    ring(order.id, 0, 1)  # the worker's phone is asleep, the village officer is away
    assert "还没有人接" in page(resident, f"/r/{receipt}/")
    assert order.number not in page(desk(), "/desk/rings/", **HTMX)
    ring(order.id, 2)
    township = desk()
    assert "我来接" in page(township, "/desk/rings/", **HTMX)
    assert township.post(f"/desk/orders/{order.number}/rings/answer/").status_code == 302
    following = page(resident, f"/r/{receipt}/")
    assert "乡镇值班岗位接了" in following
    assert "还没有人接" not in following
    late = desk("worker").post(f"/field/api/rings/{order.id}")
    assert "已经接了这件事" in late.json()["message"]
    ring(order.id, 3)
    with enter(person_id=cast.find("county").person_id):
        assert not Ring.objects.filter(who="county").exists()
    step("desk", order.id, "fulfil", outcome="solved", words="渠口关上了，水退了")
    step("county", order.id, "check")
    assert "请您评价" in page(resident, f"/r/{receipt}/")
