"""Hot spots: what is gathered, how hot it is, in which words; who sees them, and merging them together."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from gongzhi.capabilities.orders.hotspot_jobs import gather_county
from gongzhi.capabilities.orders.hotspots import Affected, Message, gathered, heat, hot_spots, hottest, named
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.queries.hotspots import heat_of
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import matter, placed, step
from tests.orders.at_desk import desk, page, statements

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
db = pytest.mark.django_db
MIXER = (
    "利丰村东头搅拌站夜里噪音扰民",
    "搅拌站的噪音吵得睡不着，就在利丰村东头",
    "利丰村东头搅拌站灰尘大，噪音也大",
    "请管管利丰村东头的搅拌站噪音",
)
OTHERS = (
    "村口的路灯坏了三天了",
    "低保怎么申请，要带什么材料",
    "自来水停了两天，没有通知",
    "学校门口没有斑马线，孩子过马路危险",
    "医保在外地看病怎么报销",
    "水渠堵了，地里浇不上水",
)


def message(text: str, who: str = "", *, days: float = 0, title: str = "") -> Message:
    key = str(uuid7())
    return Message(key, title, text, who or key, NOW - timedelta(days=days))


def test_messages_on_one_matter_are_gathered_and_others_stay_alone() -> None:
    messages = [message(text, days=number) for number, text in enumerate([*MIXER, *OTHERS])]
    groups = gathered(messages)
    assert sorted(len(group) for group in groups) == [1] * len(OTHERS) + [len(MIXER)]
    assert sum(len(group) for group in groups) == len(messages)


def test_in_which_order_they_are_given_does_not_matter() -> None:
    messages = [message(text, days=number) for number, text in enumerate([*MIXER, *OTHERS])]
    shuffled = [*messages[1::2], *messages[-2::-2]]

    def keys(found: list[Message]) -> set[frozenset[str]]:
        return {frozenset(each.key for each in group) for group in gathered(found)}

    assert keys(messages) == keys(shuffled)


def test_nothing_and_wordless_messages_are_no_hot_spot() -> None:
    assert hot_spots([], now=NOW) == []
    assert hot_spots([message("") for _each in range(5)], now=NOW) == []


def test_people_are_counted_once_and_cool_by_half_in_fourteen_days() -> None:
    assert heat([message("a", "one"), message("b", "one"), message("c", "two")], now=NOW) == 2
    assert heat([message("a", "one", days=14)], now=NOW) == 0.5
    assert heat([message("a", "one", days=14), message("b", "one", days=28)], now=NOW) == 0.5
    assert heat([], now=NOW) == 0


def test_one_person_who_writes_often_is_no_hot_spot() -> None:
    assert hot_spots([message(text, "one") for text in MIXER], now=NOW) == []
    (spot,) = hot_spots([message(text) for text in MIXER], now=NOW)
    assert (spot.people, spot.heat) == (4, 4.0)


def test_the_hotter_comes_first_and_the_weeks_are_counted() -> None:
    lamps = [message(f"{where}村口路灯坏了不亮", days=1) for where in ("", "利丰", "我们", "这边")]
    mixer = [message(text, days=20 + number) for number, text in enumerate(MIXER)]
    hot, cold = hot_spots([*mixer, *lamps], now=NOW)
    assert hot.heat > cold.heat
    assert hot.weeks(NOW) == [0, 0, 0, 0, 0, 0, 0, 4]
    assert sum(cold.weeks(NOW)) == 4


def test_followers_are_people_too_and_nobody_counts_twice() -> None:
    order = [
        Affected("a", "one", NOW),
        *(Affected("a", who, NOW, follows=True) for who in ("two", "two", "one")),
    ]
    assert hottest([order], now=NOW) == []
    order.append(Affected("a", "three", NOW - timedelta(days=14), follows=True))
    ((degrees, people, _group),) = hottest([order], now=NOW)
    assert (degrees, people) == (2.5, 3)


def test_it_is_named_by_words_that_its_messages_hold() -> None:
    messages = [message(text) for text in MIXER]
    words = named(messages)
    assert "搅拌站" in "".join(words)
    assert all(any(word in each.text for each in messages) for word in words)


def gather(county: int = cast.COUNTY, **more: bool) -> int | None:
    """A night's work in the county."""
    return gather_county(platform_posts(county)[0].id, county, **more)


def spots(username: str) -> list[set[UUID]]:
    gather()
    with enter(person_id=cast.find(username).person_id) as actor:
        return [{each.id for each in spot.matters} for spot in heat_of(actor, days=30).spots]


@db
def test_each_reader_sees_what_lies_in_his_scope_and_nothing_sealed_or_withdrawn() -> None:
    here = [placed(text=text)[0] for text in MIXER[:3]]
    placed(text=MIXER[3], sealed=True)
    gone, _receipt = placed("resident", text=MIXER[3])
    step("resident", gone, "withdraw")
    assert spots("desk") == [set(here)]
    assert spots("outsider") == []
    assert spots("sealed") == []
    elsewhere, _receipt = placed(text=MIXER[3], region_code=cast.OTHER_VILLAGE)
    assert spots("county") == [{*here, elsewhere}]
    assert spots("desk") == [set(here)]


@db
def test_one_telephone_counts_as_one_person() -> None:
    for text in MIXER:
        placed(text=text, phone="13912345678")
    assert spots("desk") == []


@db
def test_the_desk_opens_a_hot_spot_and_merges_what_it_chose() -> None:
    orders = [placed(text=text)[0] for text in MIXER]
    client = desk()
    assert "还没有归并过" in page(client, "/desk/hotspots/")
    gather()
    shown = page(client, "/desk/hotspots/?days=90")
    assert "每夜按字词归并" in shown
    numbers = [matter(each).number for each in orders]
    assert all(number in shown for number in numbers)
    assert "搅拌站" in shown
    answer = client.post(
        "/desk/hotspots/merge/", {"client_id": str(uuid7()), "days": "30", "orders": numbers[:3]}
    )
    assert answer.status_code == 302
    assert [matter(each).leading for each in orders] == [None, orders[0], orders[0], None]
    again = page(client, "/desk/hotspots/")
    assert numbers[1] in again  # the people of a merged order still count


@db
def test_too_few_or_foreign_orders_merge_nothing() -> None:
    orders = [placed(text=text)[0] for text in MIXER]
    client = desk()
    number = matter(orders[0]).number
    sent: dict[str, object]
    for sent in ({}, {"orders": [number]}, {"orders": [number, "261123-NONE00"]}):
        client.post("/desk/hotspots/merge/", {"client_id": str(uuid7()), "days": "30", **sent})
    outsider = desk("outsider")
    both = [matter(each).number for each in orders[:2]]
    outsider.post("/desk/hotspots/merge/", {"client_id": str(uuid7()), "days": "30", "orders": both})
    assert all(matter(each).leading is None for each in orders)


@db
def test_the_page_asks_few_statements_however_many_orders() -> None:
    for number in range(12):
        placed(text=MIXER[number % 4])
    gather()
    assert len(statements(desk(), "/desk/hotspots/")) <= 12
    assert Client().get("/desk/hotspots/").status_code == 302
