"""Many at once, and taking back: a result for each, an inverse where there is one, a refusal where somebody went on."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.commands import Asked, correct_category, undo, undoing
from gongzhi.capabilities.orders.models import Message, Order
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from tests import cast
from tests.architecture.probes import as_
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import desk

pytestmark = pytest.mark.django_db


def worker() -> Post:
    return Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)


def undone(event: Any, who: str = "desk") -> dict[str, Any]:
    with as_(who) as actor:
        return undo(actor=actor, event_id=UUID(str(event)))


def test_a_dispatch_that_nobody_accepted_goes_back_to_the_desk() -> None:
    order_id, _receipt = placed()
    done = step("desk", order_id, "dispatch", holder=worker())
    event = undone(done["event"])["event"]
    assert (matter(order_id).state, matter(order_id).holder_id) == ("returned", None)
    with as_("desk"):
        told = Event.objects.get(pk=event)
    assert (told.name, str(told.caused_by)) == ("order.dispatch_undone", done["event"])
    step("desk", order_id, "dispatch", holder=worker())
    assert matter(order_id).state == "dispatched"


def test_a_dispatch_that_was_accepted_or_handed_on_stays() -> None:
    order_id, _receipt = placed()
    done = step("desk", order_id, "dispatch", holder=worker())
    step("worker", order_id, "accept")
    with pytest.raises(Refused, match="gone_on"):
        undone(done["event"])
    assert matter(order_id).state == "accepted"


def test_a_note_is_erased_and_the_history_stays() -> None:
    order_id, _receipt = placed()
    done = step("desk", order_id, "note", words="写错了人")
    undone(done["event"])
    with as_("desk"):
        note = Message.objects.get(order_id=order_id, direction="note")
        assert (note.text, note.erased_at is None) == ("", False)
        assert Event.objects.filter(thread=order_id, name="order.noted").exists()
    with pytest.raises(Refused, match="undone"):
        undone(done["event"])


def test_a_category_is_what_it_was_unless_somebody_changed_it_since() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    with as_("desk") as actor:
        before = Order.objects.get(pk=order_id)
        first = correct_category(actor=actor, asked=Asked(order_id), category="road")
        second = correct_category(actor=actor, asked=Asked(order_id), category="power")
    with pytest.raises(Refused, match="gone_on"):
        undone(first["event"])
    undone(second["event"])
    with as_("desk"):
        assert Order.objects.get(pk=order_id).category == "road"
    assert before.category == "street_light"


def test_what_cannot_be_undone_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = placed()
    noted = step("desk", order_id, "note", words="备注")
    told = step("desk", order_id, "message", words="已经安排")
    for event, who, code in (
        (noted["event"], "county", "not_yours"),
        (noted["event"], "outsider", "not_found"),
        (noted["event"], "resident", "not_found"),
        (told["event"], "desk", "no_inverse"),
        (uuid7(), "desk", "not_found"),
    ):
        with pytest.raises(Refused, match=code):
            undone(event, who)
    monkeypatch.setattr(undoing, "WINDOW", timedelta(0))
    with pytest.raises(Refused, match="late"):
        undone(noted["event"])


def many(deed: str, orders: list[UUID], **said: Any) -> str:
    data: dict[str, Any] = {"order": [matter(each).number for each in orders], "key": str(uuid7()), **said}
    data |= {f"seen_{matter(each).number}": matter(each).version for each in orders}
    return str(desk().post(f"/desk/many/{deed}/done/", data).content.decode())


def test_many_are_noted_and_the_notes_taken_back() -> None:
    orders = [placed()[0] for _ in range(3)]
    numbers = [matter(each).number for each in orders]
    client = desk()
    asked = client.post("/desk/many/note/", {"order": numbers}).content.decode()
    assert all(number in asked for number in numbers)
    data = {"order": numbers, "key": str(uuid7()), "words": "统一回访"}
    first = client.post("/desk/many/note/done/", data).content.decode()
    assert "3件中办好了3件" in first
    client.post("/desk/many/note/done/", data)
    with as_("desk"):
        assert Message.objects.filter(direction="note", text="统一回访").count() == 3
        events = list(Event.objects.filter(name="order.noted").values_list("id", flat=True))
    back = client.post("/desk/many/undo/", {"event": [f"{each}.X" for each in events]}).content.decode()
    assert "3件中撤销了3件" in back
    again = client.post("/desk/many/undo/", {"event": [*map(str, events), "no"]}).content.decode()
    assert "4件中撤销了0件" in again
    assert "已经撤销过了" in again


def test_many_get_another_category_and_others_orders_are_left_out() -> None:
    mine, foreign = placed()[0], placed(region_code=cast.OTHER_VILLAGE)[0]
    assert "1件中办好了1件" in many("category", [mine, foreign], category="road")
    assert "请选择" in many("category", [mine], category="nothing")


def test_many_are_transferred_each_to_its_own_post() -> None:
    first, second = placed()[0], placed()[0]
    for each in (first, second):
        dispatched(each)
    with as_("desk"):
        officer = Post.objects.get(role="village_officer", region_code=cast.VILLAGE)
    told = many(
        "transfer", [first, second], reason="fitter", **{f"holder_{matter(first).number}": str(officer.id)}
    )
    assert "2件中办好了1件" in told
    assert "没有选择由谁办理" in told
    assert matter(first).holder_id == officer.id


def test_no_sealed_order_and_no_stranger_among_many() -> None:
    secret = placed(sealed=True)[0]
    with as_("sealed"):
        from gongzhi.workflow.models import Matter

        number = Matter.objects.get(pk=secret).number
    shown = desk("sealed").post("/desk/many/note/", {"order": [number]}).content.decode()
    assert "都不能这样办" in shown
    assert desk("worker").post("/desk/many/note/").status_code == 403
    assert desk().post("/desk/many/nothing/", {"order": [number]}).status_code == 404
