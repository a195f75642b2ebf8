"""The pictures of the documents, taken from a running demo: `python tools/screenshots.py http://127.0.0.1:8000`.

Places an order as a resident would, so the demo has one more afterwards. Needs Chromium and Chinese fonts.
"""

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
VILLAGE = "620724105205"
PASSWORD = "gongzhi-demo"  # noqa: S105  (the demo's, told on its first page)
SIZES = {360: 740, 1440: 900}
WORDS = "村口的路灯坏了三天了，晚上一片黑，走路看不清。"
MOST_BYTES = 190_000


def main(site: str) -> None:
    """Take every picture at both widths."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    programs = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, programs)), args=["--no-sandbox"], headless=True
        )
        for width in SIZES:
            resident(fresh(browser, width), site, width=width)
            worker(fresh(browser, width), site, width=width)
            officer(fresh(browser, width), site, width=width)
        browser.close()


def fresh(browser: Browser, width: int) -> Page:
    """A page of somebody who was never here."""
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    return context.new_page()


def resident(page: Page, site: str, *, width: int) -> None:
    """The village's page, an order in three screens, the receipt and where the order stands."""
    page.goto(f"{site}/v/{VILLAGE}/")
    keep(page, "village", width=width)
    page.goto(f"{site}/v/{VILLAGE}/order/")
    page.get_by_role("link", name="路灯").first.click()
    page.locator("textarea").first.fill(WORDS)
    keep(page, "order", width=width)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("不是").check()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/")
    page.wait_for_timeout(4000)  # the platform looks at it meanwhile
    page.goto(page.url.removesuffix("receipt/"))
    keep(page, "follow", width=width)


def worker(page: Page, site: str, *, width: int) -> None:
    """The grid worker's today."""
    sign_in(page, site, who="worker")
    page.goto(f"{site}/field/")
    page.wait_for_timeout(1500)
    keep(page, "today", width=width)


def officer(page: Page, site: str, *, width: int) -> None:
    """The township's queue, with an order open."""
    sign_in(page, site, who="desk")
    page.goto(f"{site}/desk/")
    page.wait_for_load_state()
    opens = page.locator("[data-open]")
    if width > 1000 and opens.count():
        opens.first.click()
        page.locator("#matter form").first.wait_for()
        page.wait_for_timeout(500)
    keep(page, "desk", width=width)


def sign_in(page: Page, site: str, *, who: str) -> None:
    """As one of the demo's people."""
    page.goto(f"{site}/accounts/login/")
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button[type=submit], main form button.weui-btn_primary").last.click()
    page.wait_for_load_state()


def keep(page: Page, name: str, *, width: int) -> None:
    """The picture, with as many colours as fit into its bytes."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    path = IMAGES / f"{name}-{width}.png"
    for colours in (256, 128, 64, 32, 16):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            break
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
