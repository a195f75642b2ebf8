"""Search by two characters and more, within the caller's scope, page by page."""

import json

import pytest
from django.db import DataError, connection, connections, transaction

from gongzhi.capabilities.orders.queries import Filters, orders_listed
from gongzhi.core.permissions.actor import Actor, enter
from tests import cast
from tests.orders.test_loop import dispatched, placed

pytestmark = pytest.mark.django_db
NARROWED = json.dumps(
    {
        "grams": ["')"],
        "rest": [],
        "places": [],
        "filter": {"state": "x' OR true --"},
        "within": [[1, 2]],
        "key": None,
    }
)


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


def names() -> tuple[str, str]:
    """The names of the cast's township and village, as people say them."""
    from gongzhi.core.regions.names import plain_name
    from gongzhi.core.regions.queries import standing

    town, village = standing(cast.TOWN, 4), standing(cast.VILLAGE, 5)
    assert town is not None
    assert village is not None
    return plain_name(town.name), plain_name(village.name)


def test_the_name_of_a_place_finds_what_lies_in_it_and_what_speaks_of_it() -> None:
    town, village = names()
    here, _ = placed(text="水渠堵了")
    beside, _ = placed(text="路灯坏了", region_code=cast.NEXT_VILLAGE)
    spoken, _ = placed(text=f"去{village}的路断了", region_code=cast.OTHER_VILLAGE)
    placed(text="别处的事", region_code=cast.OTHER_VILLAGE)
    with enter(person_id=cast.find("county").person_id) as actor:

        def ids(text: str, **more: object) -> set[object]:
            return {row.matter.id for row in orders_listed(actor, Filters(text=text, **more)).rows}  # type: ignore[arg-type]

        assert ids(village) == {here, spoken}
        assert ids(town) == {here, beside}
        assert ids(f"{town}{village}") == {here}
        assert ids(f"{town} {village}") == {here}
        assert ids(f"{village} 水渠") == {here}
        assert ids(f"水渠 {town}") == {here}
        assert ids(f"{village} 水井") == set()
        assert ids(town, place=(cast.NEXT_VILLAGE, 5)) == {beside}
        assert ids(village, state="closed") == set()
        assert ids(village, sort="due") == {here, spoken}


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_a_place_by_an_alias_or_the_name_that_it_bore_before() -> None:
    here, _ = placed(text="水渠堵了")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO regions_alias (system, code, vintage, name, region_code, region_level) "
            "VALUES ('civil', 'x1', '2099', '老营子村', %s, 5)",
            [cast.VILLAGE],
        )
    try:
        with enter(person_id=cast.find("desk").person_id) as actor:
            assert [row.matter.id for row in orders_listed(actor, Filters(text="老营子")).rows] == [here]
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM regions_alias WHERE code = 'x1'")


def test_the_name_of_a_place_shows_nothing_beyond_the_searchers_scope() -> None:
    _town, village = names()
    placed(text="水渠堵了")
    placed(text="干部的事", sealed=True)
    for username, n in (
        ("desk", 1),
        ("county", 1),
        ("outsider", 0),
        ("admin", 0),
        ("sealed", 0),
        ("resident", 0),
    ):
        with enter(person_id=cast.find(username).person_id) as actor:
            assert found(actor, village) == n, username


def test_a_search_is_narrowed_by_every_other_filter_as_the_list_is() -> None:
    for text, more in (("水渠堵了", {}), ("水渠漏了", {"source": "hotline"}), ("路灯坏了,水渠边", {})):
        dispatched(placed(text=text, **more)[0])
    placed(text="水渠堵了")
    with enter(person_id=cast.find("desk").person_id) as actor:
        row = next(row for row in orders_listed(actor, Filters()).rows if row.matter.holder_id)
        filters = [
            *({"state": row.matter.state}, {"kind": row.matter.kind}, {"category": row.order.category}),
            *(
                {"holder": row.matter.holder_id},
                {"source": "hotline"},
                {"source": "portal"},
                {"unheld": True},
            ),
            *({"open_only": True}, {"overdue": True}, {"quarantined": True}, {"quarantined": False}),
            *({"sort": "due"}, {"state": "'"}, {"unheld": True, "source": "portal"}),
        ]
        for narrow in filters:
            listed = {each.matter.id for each in orders_listed(actor, Filters(**narrow)).rows}  # type: ignore[arg-type]
            searched = orders_listed(actor, Filters(text="水渠", **narrow))  # type: ignore[arg-type]
            assert {each.matter.id for each in searched.rows} == listed, narrow
            assert searched.total == len(listed), narrow


def test_a_total_stops_at_a_thousand() -> None:
    from gongzhi.capabilities.orders.queries.paging import MOST_COUNTED, Turn

    rows = list(range(4))
    page = Turn(limit=3).page(rows, key=lambda row: row, counted=MOST_COUNTED + 1)
    assert (page.rows, page.next, page.previous, page.total, page.capped) == ([0, 1, 2], 2, None, 1000, True)
    last = Turn(after=2, limit=3).page([3], key=lambda row: row, counted=4)
    assert (last.rows, last.next, last.previous, last.total, last.capped) == ([3], None, 3, 4, False)
    back = Turn(before=3, limit=3).page([2, 1, 0], key=lambda row: row, counted=4)
    assert (back.rows, back.next, back.previous) == ([0, 1, 2], 2, None)


def test_a_word_without_end_is_kept() -> None:
    placed(text="x" * 3000)
    with enter(person_id=cast.find("desk").person_id) as actor:
        assert found(actor, "x" * 3000) == 1


def test_what_is_asked_of_the_search_is_data_never_a_statement() -> None:
    asked = {"grams": ["水渠"], "rest": [], "places": [], "filter": {}, "within": [["1) OR true --", 2]]}
    with enter(person_id=cast.find("desk").person_id), connection.cursor() as cursor:
        cursor.execute("SELECT orders_search_statement(%s, true, now(), now(), 1, 'ASC')", [NARROWED])
        assert "m.state = 'x'' OR true --'" in cursor.fetchone()[0]
        with pytest.raises(DataError), transaction.atomic():
            cursor.execute(
                "SELECT orders_search_statement(%s, true, now(), now(), 1, 'ASC')", [json.dumps(asked)]
            )
