"""How alike two orders are, and the page on which the desk sets them side by side."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.likeness import Clocked, Side, distance, leader_of, likeness, likest
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.capabilities.orders.queries.likeness import comparison
from gongzhi.capabilities.orders.rules import bigrams
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import HTMX, address, desk, page, statements
from tests.orders.at_portal import jpeg

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
VILLAGE = cast.VILLAGE
db = pytest.mark.django_db


def side(words: str, **more: object) -> Side:
    return Side(**{"grams": frozenset(bigrams(words)), "region_code": VILLAGE, "at": NOW, **more})  # type: ignore[arg-type]


def test_the_same_words_in_the_same_village_on_one_day_are_alike() -> None:
    found = likeness(side("村口的路灯坏了三天了"), side("村口路灯坏了，晚上很黑"))
    assert found.score >= 0.45
    assert {code for code, part, _told in found.reasons if part} >= {"words", "place", "age"}


def test_other_words_are_not_alike_however_near() -> None:
    point = (100.0, 37.0)
    assert likeness(side("自来水停了", point=point), side("路灯坏了没人修", point=point)).score == 0


def test_the_same_photo_tells_though_the_words_do_not() -> None:
    same = frozenset({"ab" * 32})
    found = likeness(side("看图", photos=same), side("这里又漏水了", photos=same))
    assert found.score >= 0.45
    assert ("photos", 0.4, 1.0) in found.reasons


def test_farther_older_and_elsewhere_is_less_alike() -> None:
    one = side("村口的路灯坏了", point=(100.0, 37.0))
    near = side("村口的路灯坏了", point=(100.0005, 37.0))
    far = side("村口的路灯坏了", point=(100.05, 37.0))
    old = side("村口的路灯坏了", point=(100.0005, 37.0), at=NOW - timedelta(days=80))
    elsewhere = side("村口的路灯坏了", region_code=cast.OTHER_VILLAGE)
    assert likeness(one, near).score > likeness(one, far).score
    assert likeness(one, near).score > likeness(one, old).score
    assert likeness(side("村口的路灯坏了"), side("村口的路灯坏了")).score > likeness(one, elsewhere).score
    assert 40 < distance((100.0, 37.0), (100.0005, 37.0)) < 50


def test_likeness_is_the_same_from_both_sides_and_between_nought_and_one() -> None:
    texts = ["路灯坏了", "村口路灯坏了三天", "自来水停了两天", "低保", "", "水 水 水"]
    for first in texts:
        for second in texts:
            one, two = side(first), side(second, category="x")
            assert likeness(one, two) == likeness(two, one)
            assert 0 <= likeness(one, two).score <= 1


def test_the_likest_come_first_and_no_more_than_asked() -> None:
    keys = [uuid7() for _each in range(4)]
    texts = ["村口的路灯坏了", "村口的路灯坏了三天了", "停水了", "村口路灯坏了"]
    others = {key: side(text) for key, text in zip(keys, texts, strict=True)}
    found = likest(side("村口的路灯坏了"), others, most=2)
    assert found[0][0] == keys[0]
    assert len(found) == 2


def test_the_order_due_first_leads_and_among_those_without_a_term_the_first() -> None:
    first, second = uuid7(), uuid7()
    later = NOW + timedelta(days=1)
    assert leader_of([Clocked(first, later, NOW), Clocked(second, NOW, later)]) == second
    assert leader_of([Clocked(first, None, NOW), Clocked(second, later, later)]) == second
    assert leader_of([Clocked(first, None, NOW), Clocked(second, None, later)]) == first


def compared(username: str, order_id: UUID) -> list[UUID]:
    with enter(person_id=cast.find(username).person_id) as actor:
        found = comparison(actor, Matter.objects.get(pk=order_id))
        return [each.matter.id for each in found.others]


@db
def test_the_desk_finds_what_is_alike_in_its_scope_and_nothing_sealed() -> None:
    one, _receipt = placed()
    same, _receipt = placed(region_code=cast.NEXT_VILLAGE)
    other, _receipt = placed(text="自来水停了两天")
    sealed, _receipt = placed(sealed=True)
    elsewhere, _receipt = placed(region_code=cast.OTHER_VILLAGE)
    assert compared("desk", one) == [same]
    assert compared("worker", one) == []  # the other village is not his
    dispatched(one)
    assert other not in compared("county", one)
    assert not {sealed, elsewhere} & set(compared("county", one))
    assert compared("sealed", sealed) == []


@db
def test_what_was_withdrawn_is_not_offered() -> None:
    one, _receipt = placed("resident")
    same, _receipt = placed("resident")
    step("resident", same, "withdraw")
    assert compared("desk", one) == []


@db
def test_the_same_photo_is_found_without_a_word_in_common() -> None:
    photo = read_picture(jpeg("red").read())
    one, _receipt = placed(text="看看这个", photos=[photo])
    same, _receipt = placed(text="又坏了没人管", photos=[photo])
    assert compared("desk", one) == [same]


@db
def test_the_page_sets_two_orders_side_by_side_in_few_statements() -> None:
    one, _receipt = placed()
    same, _receipt = placed(text="村口路灯坏了<好几天>", photos=[read_picture(jpeg("red").read())])
    client = desk()
    shown = page(client, address(one, "alike/"))
    assert matter(same).number in shown
    assert "村口路灯坏了&lt;好几天&gt;" in shown
    assert "把" in shown
    assert "不是同一件" in shown
    assert "字词相同" in shown
    part = page(client, address(one, "alike/"), **HTMX)
    assert "<html" not in part
    assert len(statements(client, address(one, "alike/"), **HTMX)) <= 16
    assert len(statements(client, address(one), **HTMX)) <= 10


@db
def test_the_desk_merges_and_undoes_it_from_the_page() -> None:
    one, _receipt = placed()
    same, receipt = placed(text="村口路灯坏了好几天")
    client = desk()
    keys = {"seen": matter(one).version, "other_seen": matter(same).version, "client_id": str(uuid7())}
    number = matter(same).number
    answer = client.post(address(one, f"alike/{number}/merge/"), keys)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/{matter(one).number}/")
    assert matter(same).leading == one
    assert matter(one).number in page(client, address(same, "alike/"))
    assert number in page(client, address(one, "alike/"))
    shown = page(client, f"/r/{receipt}/")
    assert "合并办理的那一件" in shown
    assert matter(one).number in shown
    assert "三天" not in shown  # none of the other resident's words
    seen = {"seen": matter(same).version, "client_id": str(uuid7())}
    assert client.post(address(same, "unmerge/"), seen).status_code == 302
    assert matter(same).leading is None


@db
def test_what_is_refused_is_told_on_the_page() -> None:
    one, _receipt = placed()
    same, _receipt = placed(text="村口路灯坏了好几天")
    client = desk()
    number = matter(same).number
    keys = {"seen": 99, "other_seen": matter(same).version, "client_id": str(uuid7())}
    answer = client.post(address(one, f"alike/{number}/merge/"), keys, headers=HTMX)
    assert answer.status_code == 422
    assert "有了变化" in answer.content.decode()
    assert client.post(address(one, "unmerge/"), keys, headers=HTMX).status_code == 422


@db
def test_what_is_not_the_same_is_not_offered_again_from_either_side() -> None:
    one, _receipt = placed()
    same, _receipt = placed(text="村口路灯坏了好几天")
    client = desk()
    keys = {"seen": 1, "client_id": str(uuid7())}
    answer = client.post(address(one, f"alike/{matter(same).number}/apart/"), keys, headers=HTMX)
    assert answer.status_code == 200
    assert compared("desk", one) == compared("desk", same) == []


@db
def test_an_outsider_opens_none_of_it() -> None:
    one, _receipt = placed()
    same, _receipt = placed()
    number = matter(same).number
    client = desk("outsider")
    assert client.get(address(one, "alike/")).status_code == 404
    assert client.post(address(one, f"alike/{number}/merge/")).status_code == 404
    assert client.post(address(one, f"alike/{number}/apart/")).status_code == 404
    assert client.post(address(one, "unmerge/")).status_code == 404
