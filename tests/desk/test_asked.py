"""What was asked of me: declared and not measured, told to oneself alone, above only for five together."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from gongzhi.capabilities.orders.commands.steps import EVENTS
from gongzhi.capabilities.orders.effort import EFFORTS
from gongzhi.core.command.people import create_post
from gongzhi.core.definitions.ids import uuid7
from gongzhi.shells.desk.asked import _month
from gongzhi.shells.desk.effort import Effort, asked_by_form, in_all
from gongzhi.shells.desk.queries import own_asked, unit_asked
from tests import cast
from tests.architecture.probes import as_
from tests.orders.acting import dispatched, placed, step
from tests.orders.at_desk import desk, page

pytestmark = pytest.mark.django_db
FORMS = {"a": Effort("甲", asked=3, twice=1, filled=2, seconds=50), "b": Effort("乙", asked=1, seconds=10)}


def test_what_forms_ask_is_summed_by_their_declared_effort() -> None:
    found = asked_by_form({"a": 3, "b": 1, "untold": 99}, FORMS)
    assert [(each.title, each.times, each.asked, each.minutes) for each in found] == [
        ("甲", 3, 9, 3),
        ("乙", 1, 1, 1),
    ]
    total = in_all(found)
    assert (total.asked, total.twice, total.filled, total.minutes) == (10, 3, 6, 4)
    assert in_all([]).minutes == 0
    with pytest.raises(ValueError, match="twice"):
        Effort("丙", asked=1, twice=2)


def test_efforts_are_declared_for_events_that_there_are() -> None:
    known = {*EVENTS.values(), "order.placed", "order.categorised", "order.photographed"}
    assert sorted(set(EFFORTS) - known) == []


def test_a_month_is_never_to_come() -> None:
    today = date(2026, 11, 22)
    assert _month("2026-03", today) == date(2026, 3, 1)
    assert _month("2027-01", today) == _month("no", today) == date(2026, 11, 1)


def worked() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    step("worker", order_id, "fulfil", outcome="solved", words="换了灯泡")


def test_everybody_reads_his_own_and_no_others() -> None:
    worked()
    today = timezone.localdate()
    with as_("worker"):
        assert own_asked(today)["order.fulfilled"] == 1
        assert own_asked(today.replace(day=1) - timedelta(days=1)) == {}
    for username in ("desk", "county", "admin", "supervisor", "sealed", "outsider", "resident"):
        with as_(username):
            assert "order.fulfilled" not in own_asked(today), username
    shown = page(desk("worker"), "/desk/asked/")
    assert "办结" in shown
    assert "办结" not in page(desk("village"), "/desk/asked/")
    assert desk("resident").get("/desk/asked/").status_code == 403


def before() -> date:
    """A day of the month before this one."""
    return timezone.localdate().replace(day=1) - timedelta(days=1)


def test_above_nothing_is_told_of_fewer_than_five_posts_or_of_this_month() -> None:
    worked()
    today = timezone.localdate()
    for username in ("county", "supervisor", "desk", "worker", "resident"):
        with as_(username):
            assert unit_asked(today) == {}, username
            assert unit_asked(before()) == {}, username
    assert "没有可以合计的单位" in page(desk("county"), "/desk/asked/units/")
    for username in ("desk", "worker", "outsider"):
        assert desk(username).get("/desk/asked/units/").status_code == 403


class Undone(Exception):
    """Ends a transaction without a trace."""


def told(name: str, posts: list[UUID], *, month: date) -> None:
    """An event of each of these posts in a month, each by somebody else, until it is undone."""
    first = int(datetime(month.year, month.month, 2, tzinfo=UTC).timestamp() * 1000)
    for number, post in enumerate(posts):
        actor = f"{number + 1:032x}"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('gz.actor', %s, true), set_config('gz.posts', %s, true)",
                [actor, f"{{{post}}}"],
            )
            cursor.execute(
                "INSERT INTO events_event (id, name, actor, post, thread, occurred_at, recorded_at, data)"
                " VALUES (%s, %s, %s, %s, gen_random_uuid(), now(), now(), '{}')",
                [f"{first:012x}{uuid7().hex[12:]}", name, actor, post],
            )


def test_five_posts_together_are_told_and_four_are_not() -> None:
    with as_("admin") as actor:
        made = [
            create_post(actor=actor, role="grid_worker", place=(cast.VILLAGE, 5), title=f"网格员{n}")
            for n in range(5)
        ]
    posts, month = [UUID(each["id"]) for each in made], before()
    found: dict[str, Any] = {}
    seen_below: dict[str, Any] = {}
    with as_("desk") as below:
        desks = below.post_ids
    with suppress(Undone), as_("county") as above:
        told("order.noted", posts, month=month)
        told("order.chased", posts[:4], month=month)
        for whose, into in ((above.post_ids, found), (desks, seen_below)):
            held = "{" + ",".join(map(str, whose)) + "}"
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('gz.posts', %s, true)", [held])
            into["told"] = unit_asked(month)
            into["this month"] = unit_asked(timezone.localdate())
        raise Undone
    assert found == {"told": {cast.TOWN: {"order.noted": 5}}, "this month": {}}
    assert seen_below == {"told": {}, "this month": {}}
