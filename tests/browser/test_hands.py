"""Whose hands an order is in, as officers and handlers see it: for screen readers, in both languages, to be used."""

import pytest

from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.browser.conftest import PHONE, SCREEN, Open
from tests.browser.test_pages import LANGUAGES, faults
from tests.orders.acting import matter
from tests.orders.test_duties import about
from tests.orders.test_hands import contested, in_hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_county_reads_who_said_what_and_decides(open_window: Open, language: str) -> None:
    order_id = contested()
    with enter(person_id=cast.find("county").person_id):
        number = Matter.objects.get(pk=order_id).number
    found = []
    for size in (SCREEN, PHONE):
        page = open_window("county", size=size, language=language)
        page.goto(f"/desk/orders/{number}/")
        page.locator('[data-step="decide_competence"] summary').click()
        found += faults(page, f"a dispute, {size['width']}")
    page.locator('[data-step="decide_competence"] select').first.select_option(index=1)
    page.locator('[data-step="decide_competence"] textarea').fill("按网格职责，由网格员办")
    page.locator('[data-step="decide_competence"] form button.btn-primary').click()
    page.locator('[data-step="decide_competence"]').wait_for(state="detached")
    found += faults(page, "a decision")
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_refuses_by_the_list_and_a_lead_asks_for_help(open_window: Open, language: str) -> None:
    outside, _receipt = about("wages")
    page = open_window("worker", size=PHONE, language=language)
    page.goto(f"/field/#/m/{outside}")
    page.locator(".bar-other").click()
    page.get_by_role("button", name="清单外，拒办" if language == "zh-hans" else "Refuse as outside").click()
    page.locator(".sheet-actions button[type=submit]").wait_for()
    found = faults(page, "refusing")
    led = in_hand()
    page = open_window("desk", size=SCREEN, language=language)
    page.goto(f"/desk/orders/{matter(led).number}/")
    form = page.locator('[data-step="ask_hand"]')
    form.locator("summary").click()
    found += faults(page, "asking for help")
    form.locator("select").first.select_option(index=1)
    form.locator("textarea").fill("请联系施工队")
    form.locator("form button.btn-primary").click()
    page.locator('[data-step="release_hand"]').wait_for(state="attached")
    assert [*found, *faults(page, "helped")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_passes_an_order_on(open_window: Open, language: str) -> None:
    order_id = in_hand()
    page = open_window("worker", size=PHONE, language=language)
    page.goto(f"/field/#/m/{order_id}")
    page.locator(".bar-other").click()
    page.get_by_role("button", name="转给别的岗位" if language == "zh-hans" else "Pass on").click()
    page.locator("#draft-holder option").nth(1).wait_for(state="attached")
    found = faults(page, "passing on")
    page.locator("#draft-holder").select_option(index=1)
    page.locator('input[name="reason"]').first.check(force=True)
    page.locator(".sheet-actions button[type=submit]").click()
    page.locator(".done").wait_for()
    assert [*found, *faults(page, "passed on")] == []
