"""Saved views: a person's own, bounded, counted in one statement, and read by nobody else."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongzhi.capabilities.orders.queries.counting import count_words, orders_counted
from gongzhi.capabilities.orders.queries.listing import Filters
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.shells.desk.commands import move_view, remove_view, rename_view, save_view
from gongzhi.shells.desk.models import SavedView
from gongzhi.shells.desk.queries import views_of
from tests import cast
from tests.architecture.probes import as_, written
from tests.architecture.test_refusals import insert, update
from tests.orders.acting import placed
from tests.orders.at_desk import desk, page, statements

pytestmark = pytest.mark.django_db
QUERY = "unheld=on&list=all"


def saved(name: str, query: str = QUERY, who: str = "desk") -> UUID:
    with as_(who) as actor:
        return UUID(save_view(actor=actor, page="orders", name=name, query=query)["id"])


def names(who: str = "desk") -> list[str]:
    with as_(who):
        return [view.name for view in views_of("orders")]


def test_a_view_is_kept_renamed_moved_and_taken_away() -> None:
    first, second = saved("没人接的"), saved("  路灯   的 ", "q=路灯&list=all")
    assert names() == ["没人接的", "路灯 的"]
    with as_("desk") as actor:
        move_view(actor=actor, view_id=second, up=True)
        move_view(actor=actor, view_id=second, up=True)
        rename_view(actor=actor, view_id=first, name="等人接")
    assert names() == ["路灯 的", "等人接"]
    assert saved("等人接", "overdue=on&list=all") == first
    with as_("desk") as actor:
        remove_view(actor=actor, view_id=second)
        remove_view(actor=actor, view_id=second)
        gone = SavedView.objects.get(pk=second)
    assert (gone.name, gone.query) == ("", "")
    assert names() == ["等人接"]


def test_what_is_no_view_is_refused() -> None:
    for number in range(9):
        saved(f"视图{number}")
    with as_("desk") as actor:
        for name, query, code in (("十", QUERY, "views"), (" ", QUERY, "name"), ("空", "", "query")):
            with pytest.raises(Refused, match=code):
                save_view(actor=actor, page="orders", name=name, query=query)
        with pytest.raises(Refused, match="name"):
            rename_view(actor=actor, view_id=views_of("orders")[0].id, name="视图5")


def test_nobody_else_reads_changes_or_hears_of_a_view() -> None:
    view_id = saved("我的", who="desk")
    with as_("desk"):
        view = SavedView.objects.get(pk=view_id)
    for username in ("admin", "county", "supervisor", "outsider", "village", "sealed"):
        with as_(username) as actor:
            assert not SavedView.objects.exists(), username
            assert not Event.objects.filter(name__startswith="desk.").exists(), username
            for command in (rename_view, remove_view):
                more: dict[str, Any] = {"name": "x"} if command is rename_view else {}
                with pytest.raises(Refused, match="not_found"):
                    command(actor=actor, view_id=view_id, **more)
            forged = [update("desk_savedview", view, name="x")]
            told = {"name": "desk.view_saved", "thread": None}
            assert written(actor, forged, function="desk_write", **told) == "42501"
            assert written(actor, forged) in {"GZ409", "42501"}


def test_the_writing_function_lets_nothing_else_pass() -> None:
    view_id = saved("我的")
    with as_("desk") as actor:
        view = SavedView.objects.get(pk=view_id)
        good = [update("desk_savedview", view, name="新名")]
        told: dict[str, Any] = {"function": "desk_write", "name": "desk.view_renamed", "thread": None}
        assert written(actor, good, **told) == ""
        post = cast.Person.objects.get(pk=actor.person_id)
        forged = {
            "for another": [insert("desk_savedview", view, owner=uuid7(), name="b")],
            "given away": [update("desk_savedview", view, owner=uuid7())],
            "another table": [*good, update("people_person", post, name="乙")],
            "nothing": [],
        }
        answers = {name: written(actor, rows, **told) for name, rows in forged.items()}
        assert answers == dict.fromkeys(forged, "42501")
        for wrong in (
            {"name": "order.placed"},
            {"region_code": cast.TOWN},
            {"thread": uuid7()},
            {"actor": uuid7()},
        ):
            assert written(actor, good, **told | wrong) == "42501", wrong


def test_several_lists_are_counted_in_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        placed()
    placed(region_code=cast.NEXT_VILLAGE, text="水渠塌了")
    asked = [
        Filters(),
        Filters(unheld=True),
        Filters(place=(cast.NEXT_VILLAGE, 5)),
        Filters(text="NOSUCH1"),
        Filters(state="closed"),
    ]
    with as_("desk") as actor:
        assert orders_counted(actor, asked) == [4, 4, 1, 0, 0]
        with CaptureQueriesContext(connection) as captured:
            orders_counted(actor, [asked[1], asked[4]])
    assert len(captured) == 1
    assert (count_words(12), count_words(1001)) == ("12", "1,000+")


def test_views_are_tabs_with_counts_that_the_list_does_not_wait_for() -> None:
    placed()
    client = desk()
    shown = page(client, "/desk/?list=all&unheld=on")
    assert "存成视图" in shown
    assert "存成视图" not in page(client, "/desk/?list=all")
    answer = client.post("/desk/views/", {"name": "没人接的", "query": "list=all&unheld=on&after=1.x"})
    assert answer["Location"] == "/desk/?unheld=on&list=all"
    tabs = page(client, "/desk/views/tabs/?unheld=on&list=all")
    assert 'aria-current="page">没人接的 <span class="gz-count">1</span>' in tabs
    assert "没人接的" in page(client, "/desk/views/")
    assert "没人接的" not in page(desk("county"), "/desk/views/tabs/")
    assert len(statements(client, "/desk/views/tabs/")) <= 8
    assert len(statements(client, "/desk/?list=all&unheld=on")) <= 8


def test_views_are_managed_without_script() -> None:
    client = desk()
    first, second = saved("甲"), saved("乙")
    client.post(f"/desk/views/{second}/move/", {"way": "up"})
    client.post(f"/desk/views/{second}/rename/", {"name": "丙"})
    assert names() == ["丙", "甲"]
    client.post(f"/desk/views/{first}/remove/")
    assert names() == ["丙"]
    assert desk("county").post(f"/desk/views/{second}/remove/").status_code == 302
    assert names() == ["丙"]
