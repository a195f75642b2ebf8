"""Pages that are empty until something happened: looked at by axe once there is something on them."""

from typing import Any

import pytest

from gongzhi.capabilities.orders.commands import Asked, merge_orders
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.browser.conftest import PHONE, SCREEN, Open
from tests.browser.test_pages import faults, visit
from tests.orders import learning
from tests.orders.acting import by_receipt, checked, matter, placed, step
from tests.orders.test_hotspots import MIXER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SEEN = (("zh-hans", SCREEN), ("en", PHONE))
HERE = "620724101200"


def happened() -> dict[str, str]:
    """A hot spot, a merger, ratings good and bad, an order closed unsolved, a call back that waits."""
    hot = [placed(text=text)[0] for text in MIXER]
    first, first_receipt = placed("resident", phone="13912345678")
    second, second_receipt = placed(text="村口路灯又不亮了", phone="13787654321")
    with enter(person_id=cast.find("desk").person_id) as actor:
        asked = Asked(second, client_id=uuid7())
        merge_orders(actor=actor, asked=asked, leading=Asked(first))
    for stars, solved in ((5, "yes"), (2, "partly")):
        rated, receipt = placed(phone="13912345678")
        checked(rated)
        by_receipt(receipt, rated, "rate", stars=stars, solved=solved)
    unsolved, closed_receipt = placed("resident")
    step("desk", unsolved, "decline", reason="impossible", outcome="not_solved", words="今年没有这笔钱")
    assert len(hot) > 2
    return {
        "leading": matter(first).number,
        "merged": matter(second).number,
        "unsolved": matter(unsolved).number,
        "followed": second_receipt,
        "leads": first_receipt,
        "closed": closed_receipt,
    }


@pytest.mark.parametrize(("language", "size"), SEEN)
def test_what_stands_at_the_desk(open_window: Open, language: str, size: dict[str, int]) -> None:
    made = happened()
    desk = open_window("desk", size, language=language)
    found = visit(
        desk,
        {
            "all": "/desk/?list=all",
            "hot spots": "/desk/hotspots/?days=90",
            "leading": f"/desk/orders/{made['leading']}/",
            "merged": f"/desk/orders/{made['merged']}/",
            "alike": f"/desk/orders/{made['leading']}/alike/",
            "unsolved": f"/desk/orders/{made['unsolved']}/",
            "calls": "/desk/calls/",
            "service": "/desk/quality/",
            "service by kind": "/desk/quality/?by=kind",
            "notices": "/desk/notices/?state=all",
            "what is kept how long": "/desk/definitions/",
        },
    )
    assert found == []


@pytest.mark.parametrize(("language", "size"), SEEN)
def test_what_is_done_to_many(open_window: Open, language: str, size: dict[str, int]) -> None:
    for _each in range(3):
        placed()
    desk = open_window("desk", size, language=language)
    found = []
    for deed in ("/desk/dispatch/", "/desk/many/category/", "/desk/many/note/"):
        _ticked(desk).locator(
            f'button[formaction^="{deed}"], form[action^="{deed}"] button.btn-primary'
        ).first.click()
        desk.wait_for_url(f"**{deed}**")
        found += faults(desk, deed)
    desk.locator("main textarea").first.fill("统一回访")
    desk.locator("main button.btn-primary").first.click()
    desk.wait_for_url("**/done/**")
    found += faults(desk, "what was done")
    assert found == []


@pytest.mark.parametrize(("language", "size"), SEEN)
def test_what_residents_read_of_it(open_window: Open, language: str, size: dict[str, int]) -> None:
    made = happened()
    page = open_window("", size, language=language)
    pages = {name: f"/r/{made[name]}/" for name in ("leads", "followed", "closed")}
    found = visit(page, {**pages, "messages": f"/r/{made['leads']}/notices/", "village": f"/v/{HERE}/"})
    assert page.locator("#outcomes-title").is_visible()
    mine = open_window("resident", size, language=language)
    found += visit(mine, {"mine": "/my/", "my messages": "/my/notices/"})
    assert found == []


@pytest.mark.parametrize(("language", "size"), SEEN)
def test_how_dispatch_does(open_window: Open, language: str, size: dict[str, int]) -> None:
    county = open_window("county", size, language=language)
    found = visit(county, {"before anything was learned": "/desk/learning/"})
    learning.history(32)
    learning.trained()
    found += visit(county, {"dispatch": "/desk/learning/", "its records": "/desk/learning/records/"})
    county.goto("/desk/learning/")
    assert county.locator("svg[role=img]").is_visible()
    assert found == []


def _ticked(page: Any) -> Any:
    page.goto("/desk/?list=all")
    for box in page.locator("input[name=order]").all():
        box.check()
    return page
