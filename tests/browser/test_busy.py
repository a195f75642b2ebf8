"""The page for when nothing can be taken just now, in Chromium: readable, nothing lost, and one button does it."""

import pytest

from gongzhi.capabilities.orders.portal import ordering
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.browser.conftest import PHONE, SCREEN, Open
from tests.browser.test_pages import faults
from tests.orders.at_portal import here
from tests.orders.test_busy import gone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "三号水渠漏水了，院子都泡了"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_was_typed_is_kept_and_sent_once_when_the_database_is_back(
    open_window: Open, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    window = open_window("", PHONE, language=language)
    window.goto(here())
    window.fill("textarea[name=text]", TEXT)
    window.locator("main button[name=stage]").last.click()
    if window.locator("input[name=about_own][value=no]").count():
        window.locator("input[name=about_own][value=no]").check(force=True)
    with monkeypatch.context() as patched:
        patched.setattr(ordering, "enter", gone)
        with window.expect_navigation() as answered:
            window.locator("main button[value=send]").last.click()
        assert answered.value.status == 503
        found = faults(window, "busy")
        window.set_viewport_size(SCREEN)
        found += faults(window, "busy, wide")
    assert found == []
    assert TEXT in window.inner_text("main")
    window.click("main form button")
    window.wait_for_url("**/receipt/")
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.filter(subject="orders").count() == 1
