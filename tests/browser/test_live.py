"""Two people at two desks, on a whole installation of its own: what one does, the other sees without asking."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import SCREEN
from tests.project.installations import Installation
from tests.project.test_command_line import demo as running_demo

pytestmark = [pytest.mark.browser, pytest.mark.own_server]
WITHIN = 5.0
"""Seconds until the other one sees it; on a busy machine a little later."""
PASSWORD = "gongzhi-demo"
WORKERS_VILLAGE = "620724105205.5"


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """A demo that runs; its address."""
    folder = Path(tempfile.mkdtemp(prefix="gz-"))
    with running_demo(Installation(folder / "home"), pack="gaotai") as shown:
        yield f"http://127.0.0.1:{shown.port}"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def closed_windows(chromium: Any) -> Iterator[None]:
    """No window goes on listening after its test."""
    yield
    for context in chromium.contexts:
        context.close()


def signed_in(chromium: Any, demo: str, *, who: str) -> Any:
    page = chromium.new_context(base_url=demo, viewport=SCREEN, locale="zh-CN").new_page()
    page.set_default_timeout(15_000)
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button").first.click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def followed(page: Any, address: str) -> None:
    """Open a page and wait until it follows: once connected it asks whether anything changed in the meantime."""
    with page.expect_response("**/desk/changes/**"):
        page.goto(address)
    page.locator("[data-live-sign]", has_text="实时更新").wait_for()


def take(page: Any, step: str, *, state: str = "", words: str = "") -> str:
    """Take a step on the open order, or on the first one in that state; its number."""
    if state:
        page.goto(f"/desk/?list=all&state={state}")
        page.locator("[data-open]").first.click()
        page.wait_for_url("**/desk/orders/**")
    form = page.locator(
        "details.gz-step", has=page.get_by_role("button", name=step, exact=True, include_hidden=True)
    )
    if not form.evaluate("each => each.open"):
        form.locator("summary").click()
    if words:
        form.locator("textarea").first.fill(words)
    form.locator("button").click()
    page.locator("#matter [role=status]", has_text="已办").wait_for()
    return str(page.url.split("/orders/")[1].split("/")[0])


def test_what_one_desk_does_the_other_sees_without_asking(chromium: Any, demo: str) -> None:
    county = signed_in(chromium, demo, who="county")
    desk = signed_in(chromium, demo, who="desk")
    outsider = signed_in(chromium, demo, who="outsider")
    followed(county, "/desk/?list=all")
    followed(outsider, "/desk/?list=all")
    asked: list[str] = []
    outsider.on("request", lambda request: asked.append(request.url))

    number = take(desk, "派单", state="returned")
    began = time.monotonic()
    line = county.locator("[data-item]", has=county.locator(f"a[href*='{number}']"))
    line.filter(has_text="已派出").wait_for()
    assert time.monotonic() - began < WITHIN
    county.wait_for_timeout(2000)
    assert [url for url in asked if "/desk/" in url] == []

    # what somebody is working on stays as it is; that there is news is said beside it
    county.locator("[data-search]").fill("还没写完")
    shown = county.locator(".gz-queue-list").inner_text()
    take(desk, "核查通过", state="fulfilled")
    county.locator(".gz-changes", has_text="有新变化").wait_for()
    assert county.locator("[data-search]").input_value() == "还没写完"
    assert county.locator(".gz-queue-list").inner_text() == shown
    county.locator(".gz-changes a").click()
    county.wait_for_function(
        "shown => document.querySelector('.gz-queue-list').innerText !== shown", arg=shown
    )


def test_an_open_order_follows_unless_something_is_written_in_it(chromium: Any, demo: str) -> None:
    desk = signed_in(chromium, demo, who="desk")
    desk.goto("/desk/?list=all&state=fulfilled")
    address = desk.locator("[data-open]").first.get_attribute("href")
    county = signed_in(chromium, demo, who="county")
    followed(county, address)
    number = take(desk, "核查通过", state="fulfilled")
    assert number in address
    county.locator("#matter .gz-matter-head", has_text="待评价").wait_for()
    assert number in county.title()

    form = county.locator("details.gz-step", has_text="内部备注")
    form.locator("summary").click()
    form.locator("textarea").fill("正在写的话")
    take(desk, "内部备注", words="请抓紧")
    county.locator("#order-changes", has_text="有新变化").wait_for()
    assert form.locator("textarea").input_value() == "正在写的话"


def test_the_workers_list_follows_too(chromium: Any, demo: str) -> None:
    worker = signed_in(chromium, demo, who="worker")
    desk = signed_in(chromium, demo, who="desk")
    worker.goto("/field/")
    worker.locator(".connection", has_text="实时").wait_for()
    worker.wait_for_timeout(5000)  # what it asks at once on being connected has been answered
    with worker.expect_response("**/field/api/today"):
        take(desk, "内部备注", state=f"accepted&place={WORKERS_VILLAGE}", words="请带上梯子")


def test_without_the_stream_the_page_asks_by_itself_and_says_so(chromium: Any, demo: str) -> None:
    desk = signed_in(chromium, demo, who="desk")
    desk.route("**/live/events", lambda route: route.abort())
    desk.goto("/desk/?list=all")
    assert desk.locator("[data-live-sign]").inner_text().strip() == "每 15 秒更新"
    with desk.expect_request("**/desk/changes/**", timeout=20_000):
        pass
