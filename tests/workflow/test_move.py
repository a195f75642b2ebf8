"""A new version governs matters opened after it; open ones are moved by a previewed command, never for the worse."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.models import Current, Definition
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions.rules import interval
from gongzhi.workflow.commands import move_open_matter, preview_move
from gongzhi.workflow.models import Matter, Task
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import desk, page, statements

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.fixture(autouse=True)
def _read_afresh() -> Any:
    yield
    definitions.forget()


def new_deadline(order_id: UUID, days: int) -> None:
    """Install a new version of the order's deadline with another number of days."""
    old = Definition.objects.get(pk=matter(order_id).deadline_id)
    body = {
        **old.body,
        "solution": {"amount": days, "unit": old.body["solution"]["unit"]},
        "source": None,
        "made_up": True,
    }
    new = Definition(
        id=uuid7(),
        kind=old.kind,
        key=old.key,
        pack_id=old.pack_id,
        number=old.number + 1,
        digest=str(days),
        body=body,
        installed_at=old.installed_at,
    )
    new.save(using="owner", force_insert=True)
    Current.objects.using("owner").filter(pack_id=old.pack_id, kind=old.kind, key=old.key).update(
        definition=new
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE definitions_installation SET epoch = gen_random_uuid()")
    definitions.forget()


def test_a_shorter_term_moves_and_a_longer_one_does_not() -> None:
    order_id, _receipt = placed()
    before = matter(order_id)
    new_deadline(order_id, 2)
    assert matter(order_id).due_at == before.due_at
    with enter(person_id=cast.find("desk").person_id) as actor:
        (move,) = preview_move(actor, place=interval(cast.TOWN, 4)).rows
        assert move.new_due is not None
        assert before.due_at is not None
        assert move.new_due < before.due_at
        assert Matter.objects.get(pk=order_id).due_at == before.due_at
    with enter(person_id=cast.find("desk").person_id) as actor:
        move_open_matter(actor=actor, matter_id=order_id)
    shorter = matter(order_id)
    assert (shorter.due_at, shorter.deadline_id != before.deadline_id) == (move.new_due, True)
    new_deadline(order_id, 30)
    with enter(person_id=cast.find("desk").person_id) as actor:
        assert [each.kept for each in preview_move(actor, place=interval(cast.TOWN, 4)).rows] == [True]
        move_open_matter(actor=actor, matter_id=order_id)
    assert matter(order_id).due_at == shorter.due_at


def test_what_time_does_next_moves_with_the_term() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")

    def looked_at() -> datetime:
        with enter(person_id=cast.find("desk").person_id):
            at = Task.objects.get(matter=order_id, what="fulfil", done_at=None).watch_at
        assert at is not None
        return at

    before = looked_at()
    new_deadline(order_id, 2)
    with enter(person_id=cast.find("desk").person_id) as actor:
        move_open_matter(actor=actor, matter_id=order_id)
    due_at = matter(order_id).due_at
    assert due_at is not None
    assert looked_at() < min(before, due_at)


PAGE = "/desk/definitions/moving/"


def test_the_desk_looks_before_it_moves_and_is_told_what_became_of_each() -> None:
    order_id, _receipt = placed("resident")
    other_id, _receipt = placed()
    before = matter(order_id)
    client = desk()
    assert "没有要换的" in page(client, PAGE)
    new_deadline(order_id, 2)
    assert before.kind in page(client, PAGE)
    shown = page(client, f"{PAGE}?kind={before.kind}")
    assert before.number in shown
    assert "期限提前" in shown
    assert matter(order_id).due_at == before.due_at
    step("desk", other_id, "note", words="改动过")
    said = {"kind": before.kind, "matter": [before.number, matter(other_id).number]}
    done = client.post(
        f"{PAGE}done/", {**said, f"seen_{before.number}": 1, f"seen_{matter(other_id).number}": 1}
    )
    assert "2件中换了1件" in done.content.decode()
    assert "有了变化" in done.content.decode()
    assert matter(order_id).due_at < before.due_at
    assert matter(other_id).due_at > matter(order_id).due_at
    new_deadline(order_id, 30)
    assert "新期限更晚，仍按原来的期限" in page(client, f"{PAGE}?kind={before.kind}")


def test_the_preview_of_fifty_needs_few_statements() -> None:
    for _turn in range(12):
        order_id, _receipt = placed()
    new_deadline(order_id, 2)
    told = statements(desk(), f"{PAGE}?kind={matter(order_id).kind}")
    assert len(told) <= 8, told


def test_nobody_moves_what_is_not_his_desks() -> None:
    order_id, _receipt = placed("resident")
    number = matter(order_id).number
    new_deadline(order_id, 2)
    for username in ("worker", "resident", "outsider"):
        with (
            enter(person_id=cast.find(username).person_id) as actor,
            pytest.raises(Refused, match="not_found"),
        ):
            move_open_matter(actor=actor, matter_id=order_id)
    assert number not in page(desk("outsider"), f"{PAGE}?kind={matter(order_id).kind}")
    assert desk("admin").get(PAGE).status_code == 403
