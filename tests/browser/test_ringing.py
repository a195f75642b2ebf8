"""One-key response in a browser: the banner rings, one accepts, the others see it; for readers and small phones."""

from typing import Any

import pytest

from gongzhi.capabilities.orders.ringing import jobs
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.browser.conftest import PHONE, SCREEN, Open
from tests.browser.test_pages import HERE, LANGUAGES, faults
from tests.orders.ringing import ring, urgent
from tests.orders.test_drills import drill, started

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def rung(*numbers: int) -> tuple[Any, str, str]:
    """An urgent order whose chain was rung so far: its id, number and receipt."""
    order_id, receipt = urgent("resident")
    ring(order_id, *numbers)
    with enter(person_id=cast.find("county").person_id):
        return order_id, Matter.objects.get(pk=order_id).number, receipt


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["360", "1440"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_ringing(open_window: Open, language: str, size: dict[str, int]) -> None:
    _order_id, number, receipt = rung(0, 1, 2, 3, 4)
    drill(started(), 0, 1, 2, 3)
    page = open_window("county", size, language=language)
    page.goto("/desk/")
    page.locator("[data-ringing] form").first.wait_for()
    assert page.locator("[data-ringing]").count() == 2
    found = faults(page, "queue that rings")
    page.goto(f"/desk/orders/{number}/")
    page.locator(".gz-chain").wait_for()
    found += faults(page, "order that rings")
    for address in (f"/desk/orders/{number}/rings/", f"/desk/drills/?place={HERE}.5", "/desk/rings/"):
        page.goto(address)
        found += faults(page, address)
    resident = open_window("", size, language=language)
    for address in (f"/v/{HERE}/urgent/", f"/r/{receipt}/", f"/r/{receipt}/receipt/"):
        resident.goto(address)
        found += faults(resident, address)
    resident.goto(f"/v/{HERE}/urgent/")
    resident.locator(".gz-onekey").click()
    resident.locator(".gz-summary, [role=alert]").first.wait_for()
    found += faults(resident, "pressed without a word")
    assert found == []


def test_one_accepts_at_the_desk_and_the_others_see_who_has_it(open_window: Open) -> None:
    _order_id, number, _receipt = rung(0, 1, 2)
    desk, village = open_window("desk", SCREEN), open_window("village", SCREEN)
    for page in (desk, village):
        page.goto("/desk/notices/")
        page.locator("[data-ringing] button.btn").wait_for()
        assert page.title().startswith("●")
    desk.locator("[data-ringing] button.btn").click()
    desk.wait_for_url(f"**/desk/orders/{number}/")
    desk.get_by_text("您接了这件事").wait_for()
    village.evaluate("document.body.dispatchEvent(new Event('desk:check'))")
    village.locator("#rings [role=status]").get_by_text(number).wait_for()
    assert village.locator("[data-ringing]").count() == 0
    assert not village.title().startswith("●")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_field_app_rings_and_accepts(open_window: Open, language: str) -> None:
    _order_id, number, _receipt = rung(0)
    page = open_window("worker", language=language)
    page.goto("/field/")
    page.locator(".ringing").get_by_text(number).wait_for()
    found = faults(page, "field app that rings")
    page.locator(".ringing button").click()
    page.locator(".ringing-said").wait_for()
    page.locator(".bar-main").wait_for()
    page.locator(".ringing").wait_for(state="detached")
    drill_id = started()
    jobs.drill(str(drill_id), str(cast.VILLAGE), number=0)
    page.reload()
    page.locator(".ringing-drill button").wait_for()
    found += faults(page, "field app in a drill")
    page.locator(".ringing-drill button").click()
    page.locator(".ringing-said").wait_for()
    assert found == []
