"""Search by two characters and more, within the caller's scope, page by page."""

import pytest

from gongzhi.capabilities.orders.queries import Filters, orders_listed
from gongzhi.core.permissions.actor import Actor, enter
from tests import cast
from tests.orders.test_loop import dispatched, placed

pytestmark = pytest.mark.django_db


def found(actor: Actor, text: str, **more: object) -> int:
    page = orders_listed(actor, Filters(text=text, **more))  # type: ignore[arg-type]
    assert page.total == len(page.rows)
    return page.total


def test_it_finds_by_two_characters_by_more_and_by_whole_words() -> None:
    placed(text="三号水渠堵了,A12号井也漏")
    with enter(person_id=cast.find("desk").person_id) as actor:
        assert [found(actor, text) for text in ("水渠", "号水渠堵", "a12", "水井", "A1")] == [1, 1, 1, 0, 0]


def test_a_search_shows_nothing_beyond_the_searchers_scope() -> None:
    placed(text="水渠堵了")
    placed(text="水渠那边的干部", sealed=True)
    for username, n in (
        ("desk", 1),
        ("county", 1),
        ("outsider", 0),
        ("admin", 0),
        ("sealed", 1),
        ("resident", 0),
    ):
        with enter(person_id=cast.find(username).person_id) as actor:
            assert found(actor, "水渠") == n, username
    with enter() as nobody:
        assert found(nobody, "水渠") == 0


def test_a_search_pages_forth_and_back_and_narrows() -> None:
    ids = [placed(text=f"水渠堵了 {number}", region_code=cast.VILLAGE)[0] for number in range(7)]
    with enter(person_id=cast.find("desk").person_id) as actor:
        first = orders_listed(actor, Filters(text="水渠"), limit=3)
        second = orders_listed(actor, Filters(text="水渠", after=first.next), limit=3)
        back = orders_listed(actor, Filters(text="水渠", before=second.previous), limit=3)
        assert [row.matter.id for row in [*first.rows, *second.rows]] == ids[:0:-1]
        assert [row.matter.id for row in back.rows] == [row.matter.id for row in first.rows]
        assert (first.total, second.total) == (7, 7)
        assert found(actor, "水渠", state="closed") == 0
        assert found(actor, "水渠", place=(cast.NEXT_VILLAGE, 5)) == 0
        assert found(actor, "水渠", place=(cast.TOWN, 4)) == 7
        number = first.rows[0].matter.number
        assert found(actor, number.lower()) == 1


def test_an_order_that_moved_to_the_place_it_names_is_found_there() -> None:
    from gongzhi.core.regions.names import plain_name
    from gongzhi.core.regions.queries import standing

    village = standing(cast.VILLAGE, 5)
    assert village is not None
    order_id, _receipt = placed(
        region_code=cast.COUNTY, region_level=3, text=f"{plain_name(village.name)}的路灯坏了"
    )
    dispatched(order_id)
    with enter(person_id=cast.find("desk").person_id) as actor:
        assert found(actor, "路灯") == 1
        assert found(actor, "路灯", place=(cast.VILLAGE, 5)) == 1


def test_a_word_without_end_is_kept() -> None:
    placed(text="x" * 3000)
    with enter(person_id=cast.find("desk").person_id) as actor:
        assert found(actor, "x" * 3000) == 1
