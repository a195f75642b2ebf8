"""Lists of duties (准入清单): what a post may be asked, and how it refuses what stands outside; all read the rule."""

from uuid import UUID

import pytest
from django.test import Client

from gongzhi.capabilities.orders.commands import Asked, correct_category
from gongzhi.capabilities.orders.definitions import DutyList
from gongzhi.capabilities.orders.rules import Candidate, choose_holder
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.packs import load
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import address, desk, page
from tests.orders.test_hands import open_to, post, sound
from tests.orders.test_unattended import waiting_for
from tests.orders.test_watching_pages import field, give

pytestmark = pytest.mark.django_db
VILLAGE = load("base").effective().of("duty_list")["village"]
assert isinstance(VILLAGE, DutyList)


def about(category: str) -> tuple[UUID, str]:
    """An order that the desk says is about this, in the hands of the worker; with its receipt."""
    order_id, receipt = placed()
    with enter(person_id=cast.find("desk").person_id) as actor:
        correct_category(actor=actor, asked=Asked(order_id), category=category)
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    return order_id, receipt


def test_a_list_holds_what_is_under_it_but_for_what_it_takes_out() -> None:
    assert VILLAGE.holds("street_light", "facilities")
    assert VILLAGE.holds("facilities", None)
    assert not VILLAGE.holds("wages", "disputes")
    assert not VILLAGE.holds("unknown", "nothing")
    assert VILLAGE.covers("grid_worker", 5)
    assert not VILLAGE.covers("desk", 4)


def test_a_post_that_may_refuse_is_not_sent_an_order_by_rule() -> None:
    usual = {"on_duty": True, "attended": True, "open_load": 0, "role_rank": 0, "distance": 0}
    shut, free = Candidate(post=uuid7(), outside=True, **usual), Candidate(post=uuid7(), **usual)  # type: ignore[arg-type]
    assert choose_holder([shut, free]).holder == free.post
    assert choose_holder([shut]).reasons == ("outside_list",)


def test_what_stands_in_the_list_cannot_be_refused() -> None:
    order_id, _receipt = about("street_light")
    assert "refuse" not in open_to("worker", order_id)
    with pytest.raises(Refused, match="outside_duties"):
        step("worker", order_id, "refuse")


def test_what_stands_outside_is_refused_with_the_rule_and_nobody_owes_it() -> None:
    order_id, receipt = about("wages")
    due = matter(order_id).due_at
    step("worker", order_id, "refuse", words="请找劳动监察")
    found = matter(order_id)
    assert (found.state, found.holder_id, found.due_at, found.hands) == ("returned", None, due, None)
    assert waiting_for("desk", order_id) == ["dispatch"]
    rule = "按《村级工作事务清单》：清单以外的事不派给村里"
    assert rule in page(desk(), address(order_id))
    assert "人力资源和社会保障部门" in page(desk(), address(order_id))
    assert "按职责清单，不归这个岗位办" in page(Client(), f"/r/{receipt}/")
    assert sound(order_id) == []


def test_the_desk_sees_which_posts_may_refuse_before_it_dispatches() -> None:
    order_id, _receipt = placed()
    with enter(person_id=cast.find("desk").person_id) as actor:
        correct_category(actor=actor, asked=Asked(order_id), category="wages")
    shown = page(desk(), address(order_id))
    assert "清单外，可拒办" in shown
    assert "清单以外的事不派给村里" in shown
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    assert "经办岗位可以拒办" in page(desk(), address(order_id))


def test_the_field_shows_the_rule_with_the_step() -> None:
    order_id, _receipt = about("wages")
    client = field("worker")
    actions = client.get(f"/field/api/matters/{order_id}").json()["actions"]
    rules = {each["key"]: each["rule"] for each in actions}
    assert "按《村级工作事务清单》" in rules["refuse"]
    assert rules["accept"] == ""
    give(client, "refuse", order_id)
    assert matter(order_id).state == "returned"


def test_danger_is_never_refused_and_what_was_decided_neither() -> None:
    danger = next(
        key
        for key, kind in load("gaotai").effective().of("order_kind").items()
        if getattr(kind, "urgent", False)
    )
    order_id, _receipt = placed(kind=danger)
    with enter(person_id=cast.find("desk").person_id) as actor:
        correct_category(actor=actor, asked=Asked(order_id), category="fraud_theft")
    step("desk", order_id, "dispatch", holder=post("grid_worker"))
    with pytest.raises(Refused, match="outside_duties"):
        step("worker", order_id, "refuse")
    order_id, _receipt = about("wages")
    step("worker", order_id, "return", reason="not_mine")
    step("desk", order_id, "ask_decision")
    step("county", order_id, "decide_competence", holder=post("grid_worker"), words="请先接待，协助联系")
    assert "refuse" not in open_to("worker", order_id)
    with pytest.raises(Refused, match="not_decided"):
        step("worker", order_id, "refuse")


def test_the_platform_leaves_to_the_desk_what_every_post_may_refuse() -> None:
    kinds = load("gaotai").effective().of("order_kind")
    kind = next((key for key, each in kinds.items() if "wages" in getattr(each, "categories", ())), None)
    if kind is None:
        pytest.skip("the pack has no kind for unpaid wages")
    order_id, _receipt = placed(kind=kind, text="包工头拖欠工资，三个月的工钱不给，讨薪没人管")
    dispatched(order_id)
    assert matter(order_id).state == "received"
    assert "职责清单都可以拒办" in page(desk(), address(order_id))
