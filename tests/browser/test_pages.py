"""Pages as somebody's deeds leave them: for screen readers, in both languages, and in large type.

What an address shows by itself is looked at in `test_every_page`.
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe

from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.neighbours import follow_order, release_summary
from gongzhi.capabilities.orders.commands.own_data import ask_deletion
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.browser.conftest import PHONE, SCREEN, Open, Watch
from tests.orders.acting import checked, dispatched, lamps, placed, step

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = ("zh-hans", "en")
GRAVE = {"serious", "critical"}
HERE = "620724101200"
ELDERS_TEXT = 18
ELDERS_TARGET = 60

SMALL = """least => [...document.querySelectorAll("body *")].filter((e) => {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const box = e.getBoundingClientRect();
  const seen = box.width > 1 && box.height > 1 && !e.closest(".gz-sr, [hidden], svg, noscript, script, style");
  return own && seen && parseFloat(getComputedStyle(e).fontSize) < least;
}).map((e) => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 20)} ${getComputedStyle(e).fontSize}`)"""
NARROW = """least => {
  const touched = "a, button, input, select, textarea, summary, label.gz-choice";
  const unseen = "[type=hidden], label input, .gz-choice input, [hidden], [hidden] *, .gz-sr *";
  const inWords = (e) => getComputedStyle(e).display === "inline"
    && e.parentElement.textContent.trim() !== e.textContent.trim();
  return [...document.querySelectorAll(touched)].filter((e) => {
    const box = e.getBoundingClientRect();
    return !e.matches(unseen) && !inWords(e) && box.width > 1 && box.height > 1 && box.height < least - 0.5;
  }).map((e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 20)} ${e.getBoundingClientRect().height}`);
}"""
"""What is too small to read, and to touch; a link within a sentence is as high as its words."""


def faults(page: Any, name: str) -> list[str]:
    """What axe-core finds serious or critical, and whether the page is wider than its window."""
    answer = Axe().run(page).response
    assert answer["passes"], name
    found = [
        f"{name}: {each['id']} ({each['impact']}) {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in answer["violations"]
        if each["impact"] in GRAVE
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{name}: {wide} px wider than the window"] if wide > 0 else found


def lived() -> dict[str, Any]:
    """An order that waits for its rating, one in hand, and what the addresses of pages need."""
    rated, receipt = placed("resident", phone="13912345678", share_phone=True)
    checked(rated)
    working, other = placed("resident", text="桥头的路灯也不亮了")
    dispatched(working)
    step("worker", working, "accept")
    placed(open_to_helpers=True)
    with enter(person_id=cast.find("desk").person_id):
        number = Matter.objects.get(pk=working).number
    with enter(person_id=cast.find("desk").person_id) as actor:
        summary = "桥头路灯不亮，已经有人反映"
        released = release_summary(actor=actor, asked=Asked(working), summary=summary)["id"]
    follower = receipt_code()
    with enter(receipt=hash_receipt(follower)) as actor:
        given = {"summary_id": UUID(released), "region_code": cast.VILLAGE, "client_id": uuid7()}
        follow_order(actor=actor, **given)
    return {
        "receipt": receipt,
        "other": other,
        "working": working,
        "number": number,
        "follower": follower,
    }


def divisions() -> dict[str, str]:
    """The pages of mergers and divisions, asked and with what they touch."""
    merge, divide = f"/desk/regions/merge/?place={HERE}.5", f"/desk/regions/divide/?place={HERE}.5"
    return {
        "merge": merge,
        "merge, seen": f"{merge}&others=620724101201000000&name=新村&on_date=",
        "divide": divide,
        "divide, seen": f"{divide}&parts=2&name_0=一村&name_1=二村&keeps=0&on_date=",
    }


def visit(page: Any, pages: dict[str, str]) -> list[str]:
    """Look at each page."""
    found: list[str] = []
    for name, address in pages.items():
        answer = page.goto(address)
        assert answer.status < 400, f"{name}: {answer.status}"
        found += faults(page, name)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_residents_see_when_they_act(open_window: Open, language: str) -> None:
    made = lived()
    page = open_window(size=PHONE, language=language)
    found = visit(
        page,
        {
            "rating": f"/r/{made['receipt']}/",
            "in hand": f"/r/{made['other']}/",
            "followed": f"/r/{made['follower']}/",
            "neighbours": f"/r/{made['other']}/neighbours/",
        },
    )
    page.goto(f"/v/{HERE}/order/{lamps()}/")
    page.locator("textarea").fill("桥头的路灯不亮了")
    page.locator("main button[name=stage]").last.click()
    found += faults(page, "what neighbours reported")
    assert page.locator("#near-title").is_visible()
    page.goto(f"/v/{HERE}/order/{lamps()}/")
    page.locator("textarea").fill("隔壁有人拿刀砍人")
    page.locator("main button[name=stage]").last.click()
    found += faults(page, "contact")
    page.locator("button[value=send]").last.click()
    found += faults(page, "contact with faults")
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_desk_sees_when_it_looks_closer(open_window: Open, language: str) -> None:
    made = lived()
    page = open_window("desk", SCREEN, language=language)
    order = f"/desk/orders/{made['number']}/"
    found = visit(
        page,
        {
            "queue": "/desk/",
            "all": "/desk/?list=all",
            "nothing found": "/desk/?list=all&q=没有这样的",
            "order": order,
            "for neighbours": f"{order}neighbours/",
            "service, one number": "/desk/quality/records/?count=received",
            "people of a place": f"/desk/people/?place={HERE}",
            "posts": f"/desk/posts/?place={HERE}",
        },
    )
    admin = open_window("admin", SCREEN, language=language)
    found += visit(
        admin,
        {
            "new person": f"/desk/people/new/?place={HERE}",
            "new post": f"/desk/posts/new/?place={HERE}",
            "region": f"/desk/regions/?place={HERE}",
            "town": "/desk/regions/?place=620724101.4",
            **divisions(),
        },
    )
    small = open_window("admin", PHONE, language=language)
    found += visit(small, {f"{name} on a phone": address for name, address in divisions().items()})
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_field_app(open_window: Open, language: str) -> None:
    made = lived()
    page = open_window("worker", language=language)
    page.goto("/field/")
    page.locator("a.task").first.wait_for()
    found = faults(page, "today")
    page.locator("a.task").first.click()
    page.locator(".bar-main").wait_for()
    found += faults(page, "order")
    page.locator(".bar-main").click()
    page.locator(".sheet form").wait_for()
    found += faults(page, "form")
    helper = open_window("volunteer", language=language)
    helper.goto("/field/")
    helper.locator("button.offer").wait_for()
    found += faults(helper, "offers")
    assert made["working"]
    assert found == []


def test_the_watch_over_the_pages_sees_what_it_should(chromium: Any, live_server: Any) -> None:
    page, watch = chromium.new_page(), Watch()
    watch.over(page, urlsplit(live_server.url).netloc)
    page.goto(live_server.url)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    page.evaluate("fetch('http://127.0.0.2:9/').catch(() => 0)")
    page.evaluate("setTimeout(() => { throw new Error('on purpose') })")
    page.wait_for_function("true")
    page.close()
    kinds = {fault.partition(":")[0] for fault in watch.faults}
    assert {"console", "script"} <= kinds


def test_elders_type_is_large_and_so_is_all_that_is_touched(open_window: Open) -> None:
    made = lived()
    page = open_window()
    small: dict[str, list[str]] = {}
    for address in (
        "/?elders=1",
        f"/v/{HERE}/",
        f"/v/{HERE}/order/",
        f"/v/{HERE}/order/{lamps()}/",
        f"/v/{HERE}/urgent/",
        "/follow/",
        f"/r/{made['receipt']}/",
        f"/r/{made['receipt']}/receipt/",
        f"/r/{made['other']}/withdraw/",
    ):
        page.goto(address)
        assert "elders" in (page.locator("html").get_attribute("class") or "")
        wrong = page.evaluate(SMALL, ELDERS_TEXT) + page.evaluate(NARROW, ELDERS_TARGET)
        if wrong:
            small[address] = wrong
    assert small == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_about_personal_data(open_window: Open, language: str) -> None:
    with enter(person_id=cast.find("neighbour").person_id) as actor:
        number = ask_deletion(actor=actor, client_id=uuid7())["number"]
    mine = open_window("neighbour", size=PHONE, language=language)
    found = visit(mine, {"my data": "/my/data/", "deletion": "/my/data/erase/"})
    mine.locator("button.weui-btn_warn").click()
    found += faults(mine, "deletion with faults")
    officer = open_window("village", size=PHONE, language=language)
    found += visit(officer, {"how it is answered": f"/desk/orders/{number}/"})
    officer.goto(f"/desk/people/?place={HERE}.5")
    officer.locator("details summary").last.click()
    assert found + faults(officer, "people, exported for a reason") == []
