"""To whom an order goes: near the place that its words name; never to nobody, to strangers, or without a clock."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gongzhi.capabilities.orders.commands import PastMessage, Said, consider_order, import_order
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Lesson, Order
from gongzhi.capabilities.orders.queries import offers
from gongzhi.capabilities.orders.queries.proposing import propose
from gongzhi.core.command import people
from gongzhi.core.command.grids import draw_grid
from gongzhi.core.command.regions import rename_region
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import plain_name
from tests import cast
from tests.orders.acting import dispatched, lamps, matter, placed, step
from tests.orders.at_desk import address, desk, page

pytestmark = pytest.mark.django_db


def post(role: str, region_code: int) -> Post:
    """The post of a role at a place."""
    return Post.objects.get(role=role, region_code=region_code)


def closed_kind() -> str:
    """A kind of order that the pack does not open to helpers."""
    kinds = definitions.all_of(OrderKind, region_code=cast.VILLAGE)
    return next(kind.key for kind in kinds if not kind.body.open_to_helpers)


def new_post(role: str, place: tuple[int, int]) -> UUID:
    """A post that nobody holds."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        made = people.create_post(actor=actor, role=role, place=place, title=role)
    return UUID(made["id"])


def test_the_handler_is_sought_where_the_words_say_it_is() -> None:
    with enter():
        name = Region.objects.filter(code=cast.VILLAGE, level=5).values_list("name", flat=True)[0]
    order_id, _receipt = placed(region_code=cast.TOWN, region_level=4, text=f"{name}的路灯坏了,路灯杆倒了")
    dispatched(order_id)
    found = matter(order_id)
    assert found.region_code == cast.VILLAGE
    assert found.holder_id == post("grid_worker", cast.VILLAGE).id


def test_who_gave_an_order_back_is_not_proposed_again() -> None:
    order_id = placed()[0]
    dispatched(order_id)
    worker = matter(order_id).holder_id
    step("worker", order_id, "return", reason="away")
    with enter(person_id=cast.find("desk").person_id):
        proposed = propose(matter(order_id)).choice
    assert proposed.holder != worker
    assert proposed.holder is not None or proposed.reasons == ("all_returned",)
    asked = page(desk(), address(order_id))
    assert "退回过" in asked


def test_a_village_is_found_by_the_name_that_it_bore_before_and_the_desk_reads_why() -> None:
    with enter():
        village = Region.objects.get(code=cast.VILLAGE, level=5)
    with enter(person_id=cast.find("admin").person_id) as actor:
        rename_region(actor=actor, region_id=village.id, name="新名台村村民委员会")
    text = f"{plain_name(village.name)}的路灯坏了，路灯杆倒了"
    order_id, _receipt = placed(region_code=cast.TOWN, region_level=4, text=text)
    dispatched(order_id)
    assert matter(order_id).region_code == cast.VILLAGE
    with enter(person_id=cast.find("county").person_id):
        assert "place:新名台村村民委员会" in Order.objects.get(pk=order_id).reasons


@pytest.mark.parametrize("who", ["outside_county", "desk_role", "nobody"])
def test_an_order_goes_to_no_post_that_cannot_handle_it(who: str) -> None:
    order_id, _receipt = placed()
    given: dict[str, Any] = {
        "outside_county": lambda: post("grid_worker", cast.SECOND_VILLAGE),
        "desk_role": lambda: post("supervisor", cast.COUNTY),
        "nobody": lambda: Post.objects.get(pk=new_post("grid_worker", (cast.NEXT_VILLAGE, 5))),
    }
    with pytest.raises(Refused, match="holder"):
        step("desk", order_id, "dispatch", holder=given[who]())
    assert matter(order_id).state == "received"


def test_a_kind_that_the_pack_does_not_open_is_offered_to_nobody() -> None:
    order_id, _receipt = placed(kind=closed_kind(), open_to_helpers=True)
    with enter(person_id=cast.find("county").person_id):
        assert not Order.objects.get(pk=order_id).open_to_helpers
    with enter(person_id=cast.find("volunteer").person_id):
        assert offers() == []


def test_danger_waits_for_no_helper() -> None:
    order_id, _receipt = placed(open_to_helpers=True, text="路灯杆倒了砸到人,快救命")
    assert matter(order_id).urgent
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        proposal = consider_order(actor=actor, order_id=order_id)
    assert proposal is not None
    assert proposal.sure
    assert matter(order_id).state == "dispatched"


def test_dispatching_a_message_of_the_hotline_starts_its_clock() -> None:
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        past = PastMessage(
            source="board",
            number=uuid7().hex,
            said_at=datetime(2021, 3, 4, tzinfo=UTC),
            region_code=cast.VILLAGE,
            region_level=5,
            kind=lamps(),
            said=Said("路灯坏了", "村口的路灯坏了三天"),
        )
        order_id = UUID(import_order(actor=actor, past=past)["id"])
    assert matter(order_id).due_at is None
    step("desk", order_id, "dispatch", holder=post("grid_worker", cast.VILLAGE))
    found = matter(order_id)
    assert found.due_at is not None
    assert found.respond_by is not None


def test_the_field_takes_text_and_times_as_a_device_may_send_them() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    client = desk("worker")
    command = {
        "client_id": "01930000-0000-7000-8000-000000000001",
        "name": "accept",
        "subject": str(order_id),
        "occurred_at": "2026-01-01T08:00:00",
        "data": {"words": "收到\x00"},
    }
    sent = client.post("/field/api/commands", {"commands": [command]}, "application/json")
    assert sent.json()["answers"][0]["status"] == "done"


def test_a_helper_is_told_the_village_and_no_grid() -> None:
    with enter(person_id=cast.find("admin").person_id) as actor:
        grid = draw_grid(actor=actor, parent=(cast.VILLAGE, 5), level=6, name="东头网格")
    placed(open_to_helpers=True, region_code=int(grid["code"]), region_level=6)
    told = desk("volunteer").get("/field/api/today").json()["offers"]
    assert len(told) == 1
    assert told[0]["village"]
    assert "东头" not in told[0]["village"]


def test_another_holder_than_the_proposed_one_is_kept_as_a_lesson() -> None:
    usual, _receipt = placed()
    step("desk", usual, "dispatch", holder=post("grid_worker", cast.VILLAGE))
    other, _receipt = placed()
    step("desk", other, "dispatch", holder=post("village_officer", cast.VILLAGE))
    with enter(person_id=cast.find("county").person_id):
        lesson = Lesson.objects.get()
    assert lesson.order_id == other
    assert lesson.proposed_holder == post("grid_worker", cast.VILLAGE).id
    assert lesson.holder == post("village_officer", cast.VILLAGE).id
