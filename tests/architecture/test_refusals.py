"""What PostgreSQL refuses to a program that forgets a check, or is made to: forged changes, gifts and takings."""

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from gongzhi.capabilities.orders.commands.erasing import CONTACT
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.core.command import people
from gongzhi.core.command.running import Refused, change
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post, RosterEntry, Tenure
from gongzhi.core.permissions.actor import Actor, enter_as_system
from gongzhi.workflow.models import Matter, Task
from tests import cast
from tests.architecture.probes import as_, found, written
from tests.orders.acting import by_receipt, dispatched, lamps, placed

pytestmark = pytest.mark.django_db
REFUSED = "42501"
Item = dict[str, Any]


def update(table: str, row: Any, **values: Any) -> Item:
    """The next version of a row, as a command would send it."""
    return {"op": "update", "table": table, "row": {"id": row.id, "version": row.version + 1, **values}}


def insert(table: str, row: Any, **values: Any) -> Item:
    """A new row made like another one."""
    columns = {field.column: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {"op": "insert", "table": table, "row": columns | {"id": uuid7(), "version": 1} | values}


def an_order(**more: Any) -> UUID:
    order_id, _receipt = placed(**more)
    return order_id


def elsewhere() -> tuple[Matter, Task]:
    """An order next door, with its task, of which the cast's village knows nothing."""
    order_id, _receipt = placed(region_code=cast.SECOND_VILLAGE, kind=lamps(cast.SECOND_VILLAGE))
    dispatched(order_id, cast.SECOND_VILLAGE)
    with as_("second_desk"):
        return Matter.objects.get(pk=order_id), Task.objects.get(matter=order_id, done_at=None)


# -- changes outside the giving functions


def test_a_desk_cannot_move_an_order_out_of_its_township_by_a_plain_update() -> None:
    order_id = an_order()
    with as_("desk") as actor:
        matter = Matter.objects.get(pk=order_id)
        for place in (cast.OTHER_VILLAGE, cast.SECOND_VILLAGE):
            moved = [update("workflow_matter", matter, region_code=place)]
            assert written(actor, moved) == REFUSED
        within = [update("workflow_matter", matter, region_code=cast.NEXT_VILLAGE)]
        assert written(actor, within) == ""


def test_a_helper_cannot_hand_on_what_he_took_by_a_plain_update() -> None:
    from tests.orders.test_rights import taken

    order_id = taken()
    with as_("volunteer") as actor:
        matter = Matter.objects.get(pk=order_id)
        other = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
        assert written(actor, [update("workflow_matter", matter, holder_id=other.id)]) == REFUSED


def test_who_only_sees_changes_nothing_of_an_order() -> None:
    order_id = an_order()
    with as_("supervisor") as actor:
        matter = Matter.objects.get(pk=order_id)
        task = Task.objects.get(matter=order_id)
        assert written(actor, [update("workflow_matter", matter, state="closed")]) == "GZ409"
        assert written(actor, [update("workflow_task", task, what="rate")]) == "GZ409"


def test_nothing_is_told_in_anothers_name_or_case() -> None:
    foreign, _task = elsewhere()
    with as_("worker") as actor:
        outside = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
        assert written(actor, []) == ""
        assert written(actor, [], actor=uuid7()) == REFUSED
        assert written(actor, [], actor=None) == REFUSED
        assert written(actor, [], post=outside.id) == REFUSED
        assert written(actor, [], thread=foreign.id) == REFUSED


def test_nothing_is_added_to_an_event_that_is_over() -> None:
    added = "INSERT INTO events_eventsubject (table_name, row_id, version, event_id) VALUES (%s, %s, 1, %s)"
    with as_("admin"), connection.cursor() as cursor:
        event = found("event", "thread IS NULL")  # of the installation, long committed
        region = found("region", "level = 5")
        cursor.execute(added, ["regions_region", region.columns["id"], event.columns["id"]])
        with pytest.raises(DatabaseError, match="is over"), transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


# -- giving


def give(actor: Actor, rows: list[Item], /, **event: Any) -> str:
    """What `workflow_give` answers."""
    return written(actor, rows, function="workflow_give", **event)


def test_giving_moves_a_worked_on_order_anywhere_and_nothing_else() -> None:
    mine = an_order()
    foreign, foreign_task = elsewhere()
    with as_("desk") as actor:
        matter = Matter.objects.get(pk=mine)
        task = Task.objects.get(matter=mine)
        tenure = Tenure.objects.filter(region_code=cast.VILLAGE).first()
        gift = update("workflow_matter", matter, region_code=cast.OTHER_VILLAGE)
        assert give(actor, [gift, update("workflow_task", task, region_code=1)], thread=mine) == ""
        smuggled = {
            "another order": update("workflow_matter", foreign, region_code=cast.VILLAGE),
            "a new order": insert("workflow_matter", matter, region_code=cast.SECOND_VILLAGE, number="N1"),
            "a task of another": update("workflow_task", foreign_task, region_code=cast.VILLAGE),
            "a task for another": insert("workflow_task", task, matter_id=foreign.id),
            "a task moved away": update("workflow_task", task, matter_id=foreign.id),
            "a tenure that says it belongs": insert("people_tenure", tenure, matter_id=mine),
            "a changed tenure": update("people_tenure", tenure, matter_id=mine),
            "a post": update("people_post", Post.objects.get(pk=tenure.post_id), title="x"),  # type: ignore[union-attr]
            "a table that is none": {"op": "insert", "table": "no_such", "row": {"matter_id": mine}},
            "no table": {"op": "insert", "row": {"matter_id": mine}},
            "another verb": {"op": "delete", "table": "workflow_task", "row": {"id": task.id}},
        }
        answers = {name: give(actor, [gift, item], thread=mine) for name, item in smuggled.items()}
        assert answers == dict.fromkeys(smuggled, REFUSED)


def test_giving_is_refused_to_whoever_does_not_work_on_the_order() -> None:
    mine = an_order()
    with as_("county"):
        gift = update("workflow_matter", Matter.objects.get(pk=mine), region_code=cast.OTHER_VILLAGE)
    for username in (
        "supervisor",
        "outside_worker",
        "outsider",
        "neighbour",
        "admin",
        "sealed",
        "second_desk",
    ):
        with as_(username) as actor:
            assert give(actor, [gift], thread=mine) == REFUSED, username


def test_giving_is_refused_in_anothers_name_case_or_key() -> None:
    mine = an_order()
    foreign, _task = elsewhere()
    with as_("desk") as actor:
        gift = [update("workflow_matter", Matter.objects.get(pk=mine), region_code=cast.OTHER_VILLAGE)]
        post = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
        own = {"actor": actor.key, "client": uuid7(), "answer": {}, "table": "", "id": None}
        assert give(actor, gift, thread=mine, key=own) == ""
        assert give(actor, gift, thread=mine, actor=uuid7()) == REFUSED
        assert give(actor, gift, thread=mine, post=post.id) == REFUSED
        assert give(actor, gift, thread=foreign.id) == REFUSED
        assert give(actor, gift) == REFUSED
        assert give(actor, gift, thread=mine, key=own | {"actor": f"p:{uuid7()}"}) == REFUSED
        assert give(actor, [], thread=mine) == REFUSED


def test_an_order_that_bears_the_id_of_another_row_opens_no_way_to_that_row() -> None:
    mine = an_order()
    with as_("second_admin"):
        tenure = Tenure.objects.filter(region_code=cast.SECOND_VILLAGE).first()
    assert tenure is not None
    with as_("desk") as actor:
        twin = Matter.objects.get(pk=mine)
        twin.id, twin.number = tenure.id, "TWIN"
        with change(actor, "order.placed") as c:
            c.create(twin)
            c.about(twin.region_code, thread=twin.id)
        gift = update("workflow_matter", twin, region_code=cast.OTHER_VILLAGE)
        assert give(actor, [gift], thread=twin.id) == ""
        end = update("people_tenure", tenure, valid_to="2020-01-01")
        assert give(actor, [gift, end], thread=twin.id) == REFUSED


# -- taking


def take(actor: Actor, rows: list[Item], /, **event: Any) -> str:
    """What `orders_take` answers."""
    return written(actor, rows, function="orders_take", **event)


def test_a_helper_takes_an_open_order_with_its_tasks_and_nothing_else() -> None:
    free, closed = an_order(open_to_helpers=True), an_order()
    foreign, foreign_task = elsewhere()
    with as_("county"):
        matter, task = Matter.objects.get(pk=free), Task.objects.get(matter=free)
        shut = Matter.objects.get(pk=closed)
        tenure = Tenure.objects.filter(region_code=cast.VILLAGE).first()
    with as_("volunteer") as actor:
        post = actor.posts[0].id
        taking = update("workflow_matter", matter, state="accepted", holder_id=post)
        assert take(actor, [taking, update("workflow_task", task, result="take")], thread=free) == ""
        outside = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
        forged: dict[str, list[Item]] = {
            "an order that is not open": [update("workflow_matter", shut, holder_id=post)],
            "an order next door": [update("workflow_matter", foreign, holder_id=post)],
            "for another post": [update("workflow_matter", matter, holder_id=outside.id)],
            "the reporter": [update("workflow_matter", matter, holder_id=post, reporter=actor.pseudonym)],
            "its place": [update("workflow_matter", matter, holder_id=post, region_code=cast.TOWN)],
            "a new order": [taking, insert("workflow_matter", matter, number="N2")],
            "a second order": [taking, update("workflow_matter", shut, holder_id=post)],
            "a task of another": [taking, update("workflow_task", foreign_task, result="x")],
            "a task moved away": [taking, update("workflow_task", task, matter_id=foreign.id)],
            "a task for another": [taking, insert("workflow_task", task, matter_id=foreign.id)],
            "a tenure": [taking, insert("people_tenure", tenure, matter_id=free)],
            "a changed tenure": [taking, update("people_tenure", tenure, matter_id=free)],
            "another verb": [taking, {"op": "delete", "table": "workflow_task", "row": {"id": task.id}}],
            "nothing": [],
        }
        answers = {name: take(actor, rows, thread=free) for name, rows in forged.items()}
        assert answers == dict.fromkeys(forged, REFUSED)
        assert take(actor, [taking], thread=free, actor=uuid7()) == REFUSED
        assert take(actor, [taking], thread=free, post=outside.id) == REFUSED
        assert take(actor, [taking], thread=foreign.id) == REFUSED
    for username in ("worker", "resident", "desk", "outsider"):
        with as_(username) as actor:
            assert take(actor, [taking], thread=free) == REFUSED, username


# -- erasing


def test_erasing_passes_nothing_but_blanks_of_the_very_order() -> None:
    order_id, receipt = placed(phone="13755501234", name="甲")
    other, _receipt = placed()
    by_receipt(receipt, order_id, "withdraw")
    with as_("county") as actor:
        words, contact = (
            OrderWords.objects.get(order_id=order_id),
            OrderContact.objects.get(order_id=order_id),
        )
        foreign, at = OrderWords.objects.get(order_id=other), str(words.recorded_at)
        blank = {"title": "", "text": "", "place_text": "", "bigrams": [], "erased_at": at}
        good = update("orders_orderwords", words, **blank)
        told = {"function": "orders_erase", "thread": order_id, "name": "order.erased"}
        forged = {
            "other words": update("orders_orderwords", words, **blank | {"text": "我很满意"}),
            "another order": update("orders_orderwords", foreign, **blank),
            "not marked as erased": update("orders_orderwords", words, **blank | {"erased_at": None}),
            "a number of another": update("orders_ordercontact", contact, name="乙", erased_at=at),
            "its state": update("workflow_matter", Matter.objects.get(pk=order_id), state="received"),
            "a new row": insert("orders_orderwords", words),
        }
        answers = {name: written(actor, [good, item], **told) for name, item in forged.items()}
        assert answers == dict.fromkeys(forged, REFUSED)
        assert written(actor, [good], **told | {"name": "order.rated"}) == REFUSED
        assert (
            written(actor, [update("orders_orderwords", foreign, **blank)], **told | {"thread": other})
            == REFUSED
        )
        assert written(actor, [good], **told) == ""
    for username in (
        "desk",
        "worker",
        "village",
        "admin",
        "supervisor",
        "sealed",
        "second_county",
        "outsider",
    ):
        with as_(username) as actor:
            assert written(actor, [good], **told) == REFUSED, username


def test_the_platform_erases_nothing_but_what_is_closed_and_open_to_all_in_its_county() -> None:
    closed, receipt = placed(phone="13755501234", name="甲")
    by_receipt(receipt, closed, "withdraw")
    standing, _receipt = placed(phone="13755501234", name="乙")
    sealed, receipt = placed(phone="13755501234", name="丙", sealed=True)
    by_receipt(receipt, sealed, "withdraw")
    foreign, receipt = placed(
        region_code=cast.SECOND_VILLAGE, kind=lamps(cast.SECOND_VILLAGE), phone="13755501234", name="丁"
    )
    by_receipt(receipt, foreign, "withdraw")
    seers = {closed: "county", standing: "county", sealed: "sealed", foreign: "second_county"}
    items = {}
    for order_id, seer in seers.items():
        with as_(seer):
            contact = OrderContact.objects.get(order_id=order_id)
        items[order_id] = update("orders_ordercontact", contact, **CONTACT, erased_at="2026-03-02")
    post = platform_posts(cast.VILLAGE)[0].id
    told = {"function": "orders_erase", "name": "order.contact_erased", "post": post}
    with enter_as_system(post) as actor:
        answers = {each: written(actor, [items[each]], **told, thread=each) for each in items}
        assert answers == {closed: "", standing: REFUSED, sealed: REFUSED, foreign: REFUSED}
        assert written(actor, [items[closed], items[foreign]], **told, thread=closed) == REFUSED
        assert written(actor, [items[closed]], **told, thread=closed, actor=uuid7()) == REFUSED
        assert written(actor, [items[closed]], **told | {"name": "order.rated"}, thread=closed) == REFUSED
        other = platform_posts(cast.SECOND_VILLAGE)[0].id
        assert written(actor, [items[closed]], **told | {"post": other}, thread=closed) == REFUSED


# -- posts


def test_a_post_reaches_no_further_than_the_place_of_whoever_makes_it() -> None:
    with as_("admin") as actor:
        post = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)
        for code, level in ((cast.COUNTY, 2), (cast.TOWN, 3), (cast.VILLAGE, 1), (cast.SECOND_VILLAGE, 5)):
            wide = {"region_code": code, "region_level": level}
            assert written(actor, [insert("people_post", post, **wide)]) == REFUSED
            assert written(actor, [update("people_post", post, **wide)]) == REFUSED
        with pytest.raises(Refused, match="place"):
            people.create_post(actor=actor, role="desk", place=(cast.TOWN, 3), title="受理员")


def test_a_tenure_is_given_in_the_posts_own_place_by_another_person() -> None:
    with as_("admin") as actor:
        tenure = Tenure.objects.get(post__role="grid_worker", region_code=cast.VILLAGE)
        abroad = Post.objects.get(role="grid_worker", region_code=cast.SECOND_VILLAGE)
        other = {"granted_by": actor.pseudonym, "person_id": cast.find("neighbour").person_id}
        assert written(actor, [insert("people_tenure", tenure, **other)]) == ""
        assert written(actor, [insert("people_tenure", tenure, **other, post_id=abroad.id)]) == REFUSED
        assert written(actor, [insert("people_tenure", tenure, **other | {"granted_by": uuid7()})]) == REFUSED
        mine = other | {"person_id": actor.person_id}
        assert written(actor, [insert("people_tenure", tenure, **mine)]) == REFUSED


def test_a_tenure_keeps_its_post_and_person_and_only_the_approver_approves() -> None:
    with as_("second"):
        sealed = Tenure.objects.filter(post__role="county_sealed").first()
    assert sealed is not None
    with as_("admin") as actor:
        person = cast.find("neighbour").person_id
        granted = people.grant_post(actor=actor, post_id=sealed.post_id, person_id=person)
        fresh = Tenure.objects.get(pk=granted["id"])
        for values in ({"approved_by": actor.pseudonym}, {"approved_by": uuid7()}):
            assert written(actor, [update("people_tenure", fresh, **values)])[:5] in {REFUSED, "23514"}
        ends = [update("people_tenure", fresh, valid_to="2026-01-01")]
        assert written(actor, ends) == ""
        for values in ({"person_id": person}, {"post_id": uuid7()}, {"approved_by": None}):
            assert written(actor, [update("people_tenure", sealed, **values)]) == REFUSED
        people.end_tenure(actor=actor, tenure_id=fresh.id)
        fresh.refresh_from_db()
        assert written(actor, [update("people_tenure", fresh, valid_to=None)]) == REFUSED


def test_a_roster_entry_stands_where_its_person_lives() -> None:
    with as_("admin") as actor:
        person = cast.find("resident").person_id
        row = RosterEntry(
            roster="volunteers", person_id=person, region_code=cast.NEXT_VILLAGE, valid_from="2026-01-01"
        )
        assert written(actor, [insert("people_rosterentry", row)]) == REFUSED
        row.region_code = cast.VILLAGE
        assert written(actor, [insert("people_rosterentry", row)]) == ""


# -- hands


def test_who_has_but_a_hand_in_an_order_neither_gives_it_away_nor_lets_anybody_in() -> None:
    from tests.orders.acting import step

    order_id = an_order()
    dispatched(order_id)
    with as_("county"):
        outside = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
    step("desk", order_id, "transfer", holder=outside, reason="fitter")
    step("outside_worker", order_id, "accept")
    step("outside_worker", order_id, "return", reason="cannot")
    with as_("outside_worker") as actor:
        matter, other = Matter.objects.get(pk=order_id), uuid7()
        assert written(actor, [update("workflow_matter", matter)]) == ""
        for values in (
            {"holder_id": outside.id},
            {"hands": [outside.id, other]},
            {"region_code": cast.OTHER_VILLAGE},
            {"fulfilled_by": actor.pseudonym},
        ):
            assert written(actor, [update("workflow_matter", matter, **values)]) == REFUSED, values
            assert give(actor, [update("workflow_matter", matter, **values)], thread=order_id) == REFUSED


def test_a_resident_lets_nobody_into_his_order() -> None:
    order_id = an_order(username="resident")
    with as_("resident") as actor:
        matter = Matter.objects.get(pk=order_id)
        assert written(actor, [update("workflow_matter", matter, hands=[uuid7()])]) == REFUSED
