"""派单表现: how dispatch does in the county, told from the records, and seen by the county's desk alone."""

import re

import pytest

from gongzhi.capabilities.orders.models import ModelInUse
from gongzhi.capabilities.orders.queries import learned
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions.rules import Level, floor_code
from tests import cast
from tests.orders.acting import dispatched, placed
from tests.orders.at_desk import desk, page, statements
from tests.orders.learning import corrected, history, trained

pytestmark = pytest.mark.django_db
PAGE = "/desk/learning/"
county = floor_code(cast.VILLAGE, Level.COUNTY)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    learned.forget_choices()


def figure(shown: str, what: str) -> int:
    """The first figure of its column on the page: that of the month."""
    found = re.search(rf"what={what}&amp;month=[0-9-]+\">(\d+)<", shown)
    assert found is not None
    return int(found[1])


def test_the_month_tells_what_was_accepted_corrected_and_left() -> None:
    right, _receipt = placed(text="村口的路灯坏了三天了")
    wrong, _receipt = placed(text="村口的路灯坏了，灯杆要倒")
    vague, _receipt = placed(text="有件事想问问")
    for each in (right, wrong, vague):
        dispatched(each)
    corrected(wrong, "power")
    shown = page(desk("county"), PAGE)
    told = {what: figure(shown, what) for what in ("proposed", "accepted", "corrected", "abstained")}
    assert told == {"proposed": 3, "accepted": 1, "corrected": 1, "abstained": 1}


def test_each_figure_opens_its_records() -> None:
    order_id, _receipt = placed(text="村口的路灯坏了三天了")
    dispatched(order_id)
    client = desk("county")
    link = re.search(r'href="(/desk/learning/records/\?what=accepted[^"]+)"', page(client, PAGE))
    assert link is not None
    assert "村口的路灯坏了三天了" in page(client, link[1].replace("&amp;", "&"))
    assert "没有这样的事" in page(client, f"{PAGE}records/?what=corrected")
    for wrong in ("what=nothing", "month=x", "after=x"):
        page(client, f"{PAGE}records/?{wrong}", status=404)


def test_the_desk_sets_how_sure_it_must_be_and_goes_back_to_a_version() -> None:
    history()
    trained()
    trained()
    client = desk("county")
    shown = page(client, PAGE)
    assert "<svg viewBox" in shown
    assert "正在用" in shown
    assert client.post(f"{PAGE}threshold/", {"threshold": "0.65"}).status_code == 302
    assert client.post(f"{PAGE}use/", {"number": "1"}).status_code == 302
    with enter(person_id=cast.find("county").person_id):
        used = ModelInUse.objects.select_related("trained").get(region_code=county)
        assert used.trained is not None
        assert (used.threshold, used.trained.number) == (0.65, 1)
    client.post(f"{PAGE}threshold/", {"threshold": "2"})
    assert "30%到99%" in page(client, PAGE)
    client.post(f"{PAGE}use/", {"number": "0"})
    assert "正在用" not in page(client, PAGE)


def test_the_page_needs_few_statements() -> None:
    history(each=30)
    trained()
    assert len(statements(desk("county"), PAGE)) <= 10


@pytest.mark.parametrize("who", ["desk", "outsider", "supervisor", "village", "sealed", "admin"])
def test_it_is_the_countys_affair(who: str) -> None:
    client = desk(who)
    for path in (PAGE, f"{PAGE}records/"):
        page(client, path, status=403)
    for path in (f"{PAGE}threshold/", f"{PAGE}use/"):
        assert client.post(path).status_code == 403


def test_the_county_next_door_sees_its_own_alone() -> None:
    order_id, _receipt = placed(text="村口的路灯坏了三天了")
    dispatched(order_id)
    assert "what=proposed&amp;month" in page(desk("county"), PAGE)
    assert "what=proposed&amp;month" not in page(desk("second_county"), PAGE)
