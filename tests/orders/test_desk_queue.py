"""The queue: what waits, what is found, how one turns pages, and who sees nothing."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from gongzhi.capabilities.orders.desk.filters import key_text, moment_text, read_key, read_task_key
from gongzhi.capabilities.orders.queries import listing
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import desk, page, statements

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r"/desk/orders/([\w-]+)/")


def numbers(shown: str) -> list[str]:
    return list(dict.fromkeys(NUMBER.findall(shown)))


def test_what_waits_comes_first_and_the_rest_one_click_away() -> None:
    waiting, done = placed()[0], placed()[0]
    dispatched(done)
    client = desk()
    assert numbers(page(client, "/desk/")) == [matter(waiting).number]
    assert set(numbers(page(client, "/desk/?list=all"))) == {matter(waiting).number, matter(done).number}


def test_filters_narrow_and_what_cannot_be_read_narrows_nothing() -> None:
    here = matter(placed()[0]).number
    there = matter(placed(region_code=cast.NEXT_VILLAGE, text="水渠塌了")[0]).number
    client = desk()
    assert numbers(page(client, "/desk/?list=all&place=620724101201.5")) == [there]
    assert numbers(page(client, "/desk/?list=all&state=closed")) == []
    assert numbers(page(client, "/desk/?list=all&overdue=on")) == []
    assert set(numbers(page(client, "/desk/?list=all&unheld=on&source=portal"))) == {here, there}
    assert set(numbers(page(client, "/desk/?list=all&place=no&after=no&since=no&state=no"))) == {here, there}


def test_it_is_searched_by_words_and_by_number() -> None:
    lamp = matter(placed()[0]).number
    ditch = matter(placed(text="水渠塌了一段")[0]).number
    client = desk()
    assert numbers(page(client, "/desk/?list=all&q=水渠")) == [ditch]
    assert numbers(page(client, f"/desk/?list=all&q={lamp.lower()}")) == [lamp]
    assert "没有找到这样的点单" in page(client, "/desk/?list=all&q=大象")


@pytest.mark.parametrize("sort", ["newest", "due"])
def test_pages_turn_forward_and_back(sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [matter(placed()[0]) for _ in range(5)]
    with enter(person_id=cast.find("desk").person_id) as actor:
        first = listing.orders_listed(actor, listing.Filters(sort=sort), limit=2)
        second = listing.orders_listed(actor, listing.Filters(sort=sort, after=first.next), limit=2)
        third = listing.orders_listed(actor, listing.Filters(sort=sort, after=second.next), limit=2)
        again = listing.orders_listed(actor, listing.Filters(sort=sort, before=third.previous), limit=2)
        start = listing.orders_listed(actor, listing.Filters(sort=sort, before=again.previous), limit=2)
    ids = [row.matter.id for each in (first, second, third) for row in each.rows]
    assert set(ids) == {each.id for each in found}
    assert len(ids) == 5
    assert (first.previous, third.next) == (None, None)
    assert again.rows == second.rows
    assert start.rows == first.rows
    assert start.previous is None


def test_what_waits_is_paged_with_what_has_no_due_time_last() -> None:
    from gongzhi.capabilities.orders.queries import tasks_waiting

    for _ in range(5):
        placed()
    with enter(person_id=cast.find("desk").person_id) as actor:
        first = tasks_waiting(actor, limit=2)
        second = tasks_waiting(actor, after=first.next, limit=2)
        third = tasks_waiting(actor, after=second.next, limit=2)
        again = tasks_waiting(actor, before=second.previous, limit=2)
    ids = [row.task.id for each in (first, second, third) for row in each.rows]
    assert len(set(ids)) == 5
    assert [row.task.id for row in again.rows] == [row.task.id for row in first.rows]


def test_a_key_of_a_page_is_read_as_it_was_written() -> None:
    key = (timezone.now(), uuid7())
    assert read_key(key_text(key)) == key
    assert read_task_key(key_text((None, key[1]))) == (None, key[1])
    assert read_key("no") is None
    assert read_task_key("1.no") is None


def test_others_see_nothing_of_it() -> None:
    order = matter(placed()[0]).number
    assert numbers(page(desk("outsider"), "/desk/?list=all")) == []
    assert desk("outsider").get(f"/desk/orders/{order}/").status_code == 404
    assert desk("worker").get("/desk/").status_code == 403
    assert desk("resident").get("/desk/").status_code == 403
    assert desk("admin").get("/desk/")["Location"] == "/desk/people/"
    assert desk("worker").get(f"/desk/orders/{order}/").status_code == 403


def test_a_sealed_order_is_in_no_queue_but_its_own() -> None:
    placed(sealed=True)
    for username in ("desk", "county", "supervisor"):
        assert numbers(page(desk(username), "/desk/?list=all")) == [], username
    shown = page(desk("sealed"), "/desk/")
    assert len(numbers(shown)) == 1
    assert "密件" in shown


def test_news_are_told_without_moving_the_list() -> None:
    before = moment_text(timezone.now() - timedelta(seconds=1))
    client = desk()
    assert page(client, f"/desk/changes/?as_of={before}").strip() == ""
    placed()
    assert "有1件新的" in page(client, f"/desk/changes/?as_of={before}")
    assert "有1件新的" in page(client, f"/desk/changes/?list=all&as_of={before}")
    later = moment_text(timezone.now() + timedelta(seconds=5))
    assert page(client, f"/desk/changes/?as_of={later}").strip() == ""


def test_htmx_gets_the_queue_alone_and_history_the_whole_page() -> None:
    client = desk()
    assert "<html" not in page(client, "/desk/", **{"HX-Request": "true"})
    assert "<html" in page(client, "/desk/", **{"HX-Request": "true", "HX-History-Restore-Request": "true"})


def test_places_are_chosen_by_going_down() -> None:
    client = desk()
    assert "place=620724101.4" in page(client, "/desk/places/")
    shown = page(client, "/desk/places/?place=620724101.4")
    assert "place=620724101200.5" in shown
    assert "place=620724101.4&amp;" in shown or "list=all" in shown


def test_a_telephone_is_looked_up_exactly_with_a_reason_that_is_kept() -> None:
    order = matter(placed(phone="13912345678")[0]).number
    client = desk()
    refused = client.post("/desk/by-phone/", {"phone": "13912345678", "reason": ""})
    assert refused.status_code == 422
    found = client.post("/desk/by-phone/", {"phone": "139 1234 5678", "reason": "回访核实结果"})
    assert numbers(found.content.decode()) == [order]
    none = client.post("/desk/by-phone/", {"phone": "1391234567", "reason": "回访核实结果"})
    assert numbers(none.content.decode()) == []
    with enter(person_id=cast.find("desk").person_id):
        kept = PersonalDataRead.objects.order_by("id").first()
        assert (kept.fields, kept.reason) == (["phone_search"], "回访核实结果")


@pytest.mark.parametrize(
    "path",
    [
        "/desk/",
        "/desk/?list=all",
        "/desk/?list=all&place=620724101.4",
        "/desk/?q=水渠",
        "/desk/?q=水渠&place=620724101.4",
        "/desk/?q=水渠&place=620724101.4&state=received&sort=due",
    ],
)
def test_a_list_of_fifty_needs_few_statements(path: str) -> None:
    for _ in range(8):
        placed()
    dispatched(placed()[0])
    assert len(statements(desk(), path)) <= 8


@pytest.mark.parametrize("text", ["%", "。", "水" * 80])
def test_what_cannot_be_looked_for_finds_nothing(text: str) -> None:
    placed(text="渠水漫到路上")
    assert numbers(page(desk(), f"/desk/?q={text}")) == []


def test_a_search_finds_nothing_where_there_is_nothing() -> None:
    assert numbers(page(desk(), "/desk/?q=水渠&sort=due")) == []


def test_the_answer_about_news_is_small() -> None:
    assert len(statements(desk(), "/desk/changes/?as_of=0")) <= 4


def test_a_returned_one_waits_again() -> None:
    order, _receipt = placed()
    dispatched(order)
    step("worker", order, "return", reason="cannot")
    assert numbers(page(desk(), "/desk/")) == [matter(order).number]


def test_the_page_learns_whether_what_it_shows_is_still_so() -> None:
    order_id = placed()[0]
    client = desk()
    found = re.search(r"/desk/changes/\?[^\"]*shown=(\w+)", page(client, "/desk/"))
    assert found
    held = matter(order_id)
    asked = f"/desk/changes/?shown={found[1]}&open={held.number}&seen={held.version}"
    assert "gz-new" not in page(client, asked)
    assert len(statements(client, asked)) <= 10
    dispatched(order_id)
    said = page(client, asked)
    assert "有新变化，点此刷新" in said
    assert "这件事有新变化" in said
    assert "不再归您看" in page(desk("outsider"), asked)
