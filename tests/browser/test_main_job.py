"""The main job by clicks: a resident and a grid worker on telephones of 360 px, the desk on a screen of 1440."""

import re
from typing import Any

import pytest

from tests.browser.conftest import SCREEN, Open
from tests.stories.walking import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "村口的路灯坏了三天了，晚上看不见路"
VILLAGE = "/v/620724101200/"
MOST_TAPS = 6


def order(page: Any, words: str = WORDS) -> str:
    """Place an order by clicks; the address at which it is followed."""
    page.goto(VILLAGE)
    page.get_by_role("link", name="请您反映").click()
    page.get_by_role("link", name="路灯不亮").click()
    page.get_by_label("说说是什么事").fill(words)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("不是", exact=True).check()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/")
    address: str = page.get_by_role("link", name="看进度").get_attribute("href")
    return address


class Thumb:
    """Taps, counted."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.taps = 0

    def tap(self, target: Any) -> None:
        """One tap."""
        target.click()
        self.taps += 1


def test_from_the_village_page_to_the_rating(open_window: Open) -> None:
    resident = open_window()
    follow = order(resident)
    work_off()
    resident.goto(follow)
    assert "已派出" in resident.locator("main").inner_text()
    assert resident.evaluate("document.documentElement.scrollWidth") <= 360

    worker = open_window("worker")
    worker.goto("/field/")
    thumb = Thumb(worker)
    thumb.tap(worker.locator("a.task").first)
    thumb.tap(worker.locator(".bar-main"))
    worker.get_by_role("status").filter(has_text="接单").wait_for()
    assert worker.evaluate("document.documentElement.scrollWidth") <= 360
    thumb.tap(worker.locator(".bar-main"))
    thumb.tap(worker.get_by_text("已解决", exact=True))
    worker.locator("#draft-words").fill("换了灯泡，亮了")
    thumb.tap(worker.locator(".sheet button[type=submit]"))
    worker.get_by_role("status").filter(has_text="办好了").wait_for()
    assert thumb.taps <= MOST_TAPS

    desk = open_window("desk", SCREEN)
    desk.goto("/desk/")
    desk.locator("[data-open]").first.click()
    desk.wait_for_url(re.compile("/desk/orders/"))
    assert WORDS in desk.locator("#matter").inner_text()
    step = desk.locator("details.gz-step", has_text="核查通过")
    step.locator("summary").click()
    step.get_by_role("button", name="核查通过").click()
    desk.locator("#matter [role=status]").wait_for()

    resident.goto(follow)
    resident.get_by_label("解决了", exact=True).check()
    resident.locator(".gz-stars label").nth(4).click()
    resident.get_by_role("button", name="提交评价").click()
    assert "谢谢您的评价" in resident.locator("body").inner_text()
    work_off()
    resident.goto(follow)
    assert "已解决" in resident.locator("main").inner_text()


def test_an_order_is_placed_followed_and_rated_without_javascript(open_window: Open) -> None:
    resident = open_window(java_script_enabled=False)
    follow = order(resident)
    resident.goto(follow)
    assert "已收到" in resident.locator("main").inner_text()
    resident.get_by_role("link", name="补充几句").click()
    resident.locator("textarea").fill("今天又坏了一盏")
    resident.get_by_role("button", name="提交").click()
    assert "今天又坏了一盏" in resident.locator("main").inner_text()


def test_by_keyboard_alone_a_resident_sees_where_he_is(open_window: Open) -> None:
    resident = open_window()
    resident.goto(VILLAGE)
    resident.get_by_role("link", name="请您反映").click()
    resident.get_by_role("link", name="路灯不亮").click()
    resident.get_by_label("说说是什么事").fill(WORDS)
    outlines = {}
    for _ in range(8):
        resident.keyboard.press("Tab")
        words, outline = resident.evaluate(
            "[document.activeElement.innerText, getComputedStyle(document.activeElement).outlineStyle]"
        )
        outlines[words] = outline
        if words == "下一步":
            break
    assert set(outlines.values()) == {"solid"}, outlines
    resident.keyboard.press("Enter")
    resident.get_by_text("怎么联系您").wait_for()


def test_the_desk_works_through_its_queue_by_keyboard(open_window: Open) -> None:
    resident = open_window()
    for words in ("村口的路灯坏了", "桥头的路灯坏了", "学校门口的路灯坏了"):
        order(resident, words)
    desk = open_window("desk", SCREEN)
    desk.goto("/desk/")
    titles = desk.locator("[data-open] .gz-queue-title").all_inner_texts()
    assert len(titles) == 3
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    assert desk.evaluate("document.activeElement.querySelector('.gz-queue-title').innerText") == titles[1]
    desk.keyboard.press("x")
    assert desk.locator("[data-selected=order]").inner_text() == "1"
    desk.keyboard.press("k")
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("/desk/orders/"))
    desk.locator("#matter .gz-words").wait_for()
    assert titles[0][:6] in desk.locator("#matter").inner_text()
    assert desk.evaluate("document.activeElement.tagName") == "H1"
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.name") == "q"
    desk.keyboard.type("桥头")
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("q="))
    assert desk.locator("[data-open]").count() == 1
    desk.keyboard.press("Escape")
    desk.keyboard.press("?")
    assert desk.locator("dialog#keys").is_visible()
