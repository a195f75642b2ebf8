"""Many at once: bulk dispatch with one result an order, and the list as a spreadsheet."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from gongzhi.core.people.models import Post
from gongzhi.shells.desk import exports
from gongzhi.ui.spreadsheets import safe
from tests import cast
from tests.orders.acting import dispatched, matter, placed
from tests.orders.at_desk import desk

pytestmark = pytest.mark.django_db


def holder() -> str:
    return str(Post.objects.get(role="grid_worker", region_code=cast.VILLAGE).id)


def rows(client: Any, query: str = "list=all") -> list[tuple[Any, ...]]:
    answer = client.get(f"/desk/export.xlsx?{query}")
    assert answer.status_code == 200
    return list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))


def test_many_are_proposed_looked_over_and_dispatched() -> None:
    orders = [placed()[0] for _ in range(3)]
    client = desk()
    shown = client.post("/desk/dispatch/", {"order": [matter(each).number for each in orders]})
    assert shown.content.decode().count(f'value="{holder()}" selected') == 3
    data: dict[str, Any] = {"order": [matter(each).number for each in orders]}
    for each in orders:
        data |= {
            f"holder_{matter(each).number}": holder(),
            f"seen_{matter(each).number}": matter(each).version,
        }
    done = client.post("/desk/dispatch/done/", data).content.decode()
    assert "3件中派出了3件" in done
    assert {matter(each).state for each in orders} == {"dispatched"}


def test_one_that_is_refused_stops_none_of_the_others() -> None:
    first, stale, none = (placed()[0] for _ in range(3))
    data: dict[str, Any] = {"order": [matter(each).number for each in (first, stale, none)]}
    data |= {
        f"holder_{matter(first).number}": holder(),
        f"seen_{matter(first).number}": matter(first).version,
        f"holder_{matter(stale).number}": holder(),
        f"seen_{matter(stale).number}": matter(stale).version + 7,
        f"holder_{matter(none).number}": "",
    }
    done = desk().post("/desk/dispatch/done/", data).content.decode()
    assert "3件中派出了1件" in done
    assert "有了变化" in done
    assert "没有选择由谁办理" in done
    assert [matter(each).state for each in (first, stale, none)] == ["dispatched", "received", "received"]


def test_what_was_dispatched_meanwhile_is_left_out_and_others_orders_too() -> None:
    done, foreign = placed()[0], placed(region_code=cast.OTHER_VILLAGE)[0]
    dispatched(done)
    numbers = [matter(done).number, matter(foreign).number]
    shown = desk().post("/desk/dispatch/", {"order": numbers}).content.decode()
    assert "选中的都不用派单" in shown
    after = desk().post("/desk/dispatch/done/", {"order": numbers, f"holder_{numbers[1]}": holder()})
    assert "0件中派出了0件" in after.content.decode()
    assert matter(foreign).state == "received"


def test_the_list_is_taken_away_as_it_is_shown_with_codes_as_text() -> None:
    lamp = placed()[0]
    placed(text="水渠塌了", region_code=cast.NEXT_VILLAGE)
    client = desk()
    found = rows(client)
    assert len(found) == 3
    assert found[1][1] in {"620724101200000000", "620724101201000000"}
    narrowed = rows(client, "list=all&q=路灯")
    assert [row[0] for row in narrowed[1:]] == [matter(lamp).number]
    assert len(rows(client, "")) == 3
    assert len(rows(desk("outsider"))) == 1


def test_no_cell_is_a_formula_and_no_telephone_leaves() -> None:
    placed(text='=HYPERLINK("http://x")', phone="13912345678", name="赵大爷")
    found = rows(desk())
    assert found[1][-1].startswith("'=")
    assert not any("13912345678" in str(value) or "赵" in str(value) for value in found[1])
    assert [safe(each) for each in ("+1", "-1", "@a", "\tx", "好", 5)] == [
        "'+1",
        "'-1",
        "'@a",
        "'\tx",
        "好",
        5,
    ]


def test_the_spreadsheet_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        placed()
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    monkeypatch.setattr(exports, "BATCH", 2)
    found = rows(desk())
    assert len(found) == 1 + 3 + 1
    assert "只导出了前 3 行" in found[-1][0]
