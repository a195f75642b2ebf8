"""Lists that leave the house: coarse, bounded, run by no program, and personal data only for a reason that is kept."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from gongzhi.capabilities.orders import retention
from gongzhi.capabilities.orders.desk import export
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command import grids, people
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import DIGITS, LENGTH
from gongzhi.shells.desk import exports
from gongzhi.ui.spreadsheets import XLSX
from gongzhi.workflow.models import Matter
from tests import cast
from tests.architecture.test_views import PART, expected, parts
from tests.orders.acting import dispatched, placed
from tests.orders.at_desk import desk

pytestmark = pytest.mark.django_db
HERE = "620724101200.5"
OWN_FILES = {"my/data/file/", "r/<receipt:receipt>/data/file/"}
"""What a person takes away of himself is told to the minute: it is his."""
WITH_REASON = {"reason": "核对台账用的"}
TIME = re.compile(r"\d{1,2}[:：]\d{2}")
CODE = re.compile(rf"(?<!\d)\d{{{LENGTH}}}(?!\d)")
POINT = re.compile(r"(?<![\d.])\d{1,3}\.\d{3,}")
POINTED = (99.123456, 39.654321)
SPREADSHEET = {XLSX, "text/csv"}
LEAVES = SPREADSHEET | {"application/zip", "application/geo+json", "application/octet-stream"}


def micro_grid() -> int:
    """A micro grid of the cast's village, with a name by which it would be known."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        rows = [{"village": "620724101200", "grid": "一网格", "small_grid": "", "micro_grid": "井台边十户"}]
        grids.draw_grids_from_rows(actor=actor, within=(cast.VILLAGE, 5), rows=rows)
    return Region.objects.get(name="井台边十户").code


def fine() -> int:
    """An order and a person of a micro grid, with a point; the code of it."""
    code = micro_grid()
    order_id, _receipt = placed(
        "resident", region_code=code, region_level=8, point=POINTED, phone="13912345678"
    )
    dispatched(order_id, code)
    placed(region_code=code, region_level=8, point=POINTED)
    with enter(person_id=cast.find("admin").person_id) as actor:
        people.add_person(
            actor=actor, name="细姨", region_code=code, numbers=people.Numbers(phone="13911112222")
        )
        people.create_post(actor=actor, role="micro_grid_lead", place=(code, 8), title="十户联系人")
    return code


def answers() -> dict[str, list[Any]]:
    """Every address of the site that hands out a file, with what it hands to whom, asked as its page asks."""
    made, found = parts(), {}
    readers = [desk(name) for name in ("desk", "county", "admin")]
    for route, (how, _expected) in expected().items():
        if route in OWN_FILES or (how == "post" and not route.endswith(".xlsx")):
            continue
        address = "/" + PART.sub(lambda part: str(made[part[1]]), route)
        for client in readers:
            answer = getattr(client, how)(
                f"{address}?place={HERE}&list=all", WITH_REASON if how == "post" else {}
            )
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            attached = "attachment" in answer.headers.get("Content-Disposition", "")
            if answer.status_code == 200 and (kind in LEAVES or attached):
                found.setdefault(route, []).append(answer)
    return found


def cells(answer: Any) -> list[str]:
    book = load_workbook(io.BytesIO(answer.content))
    return [
        str(cell)
        for row in book.worksheets[0].iter_rows(values_only=True)
        for cell in row
        if cell is not None
    ]


def too_fine(words: str) -> bool:
    """Whether a cell tells a minute, a place below a grid, or a point."""
    codes = CODE.findall(words)
    below = any(code[DIGITS[6] :].strip("0") for code in codes)
    return bool(TIME.search(words) or POINT.search(words)) or below or "井台边" in words


def wrong() -> dict[str, str]:
    """The last cell of each list that is too fine."""
    return {
        route: cell
        for route, each in answers().items()
        for answer in each
        for cell in cells(answer)
        if too_fine(cell)
    }


def test_no_list_that_leaves_the_house_tells_a_minute_a_household_or_a_point() -> None:
    fine()
    lists = {f"desk/{name}.xlsx" for name in ("export", "tasks", "quality/export")}
    lists |= {f"desk/{name}/export.xlsx" for name in ("people", "posts", "regions")}
    assert lists <= set(answers())
    assert wrong() == {}


def test_a_list_that_is_not_made_coarse_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    fine()
    monkeypatch.setattr(exports, "told_code", lambda code: code)
    seen = set(wrong())
    assert {
        "desk/export.xlsx",
        "desk/tasks.xlsx",
        "desk/people/export.xlsx",
        "desk/posts/export.xlsx",
    } <= seen
    monkeypatch.undo()
    monkeypatch.setattr(export, "day", lambda moment, **_more: f"{moment:%Y-%m-%d %H:%M}" if moment else "")
    assert {"desk/export.xlsx", "desk/tasks.xlsx"} <= set(wrong())


def test_the_watch_over_lists_sees_what_it_should() -> None:
    for words in ("2026-03-02 10:00", "620724101200010001", "99.123456, 39.654321", "利丰村井台边十户"):
        assert too_fine(words), words
    for words in ("2026-03-02", "2026-03-02 10时", "620724101200010000", "139****5678", "0.5", "99.12"):
        assert not too_fine(words), words


def test_the_hour_is_told_where_the_pack_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    placed()
    kept = retention.Retention(contact_days=180, export_hours=True, made_up=True)
    monkeypatch.setattr(export, "retention", lambda _code: kept)
    words = cells(desk().get("/desk/export.xlsx?list=all"))
    assert any(re.fullmatch(r"\d{4}-\d\d-\d\d \d{1,2}时", word) for word in words)


def test_people_leave_only_for_a_reason_that_each_of_them_reads() -> None:
    client = desk("village")
    where = f"/desk/people/export.xlsx?place={HERE}"
    refused = client.post(where, {"reason": "看"}, follow=True)
    assert "请写明导出原因" in refused.content.decode()
    with enter(person_id=cast.find("resident").person_id):
        assert not PersonalDataRead.objects.filter(person=cast.find("resident").person_id).exists()
    given = client.post(where, WITH_REASON)
    words = cells(given)
    assert any(re.fullmatch(r"139\d{8}", word) for word in words)
    with enter(person_id=cast.find("resident").person_id):
        (read,) = PersonalDataRead.objects.filter(person=cast.find("resident").person_id)
        assert (read.reason, read.fields) == ("核对台账用的", ["name", "phone"])
    mine = Client()
    mine.force_login(cast.Account.objects.get(username="resident"))
    assert "核对台账用的" in mine.get("/my/data/").content.decode()


def test_an_outsider_takes_nothing() -> None:
    for path in ("posts", "regions"):
        answer = desk("outsider").get(f"/desk/{path}/export.xlsx?place={HERE}")
        assert answer.status_code == 404, path
    assert desk("outsider").post(f"/desk/people/export.xlsx?place={HERE}", WITH_REASON).status_code == 404
    worker = Client()
    worker.force_login(cast.Account.objects.get(username="worker"))
    assert worker.post(f"/desk/people/export.xlsx?place={HERE}", WITH_REASON).status_code == 403


def test_no_cell_is_run_by_a_program() -> None:
    with enter(person_id=cast.find("admin").person_id) as actor:
        people.add_person(actor=actor, name="=1+1", region_code=cast.VILLAGE)
    words = cells(desk("village").post(f"/desk/people/export.xlsx?place={HERE}", WITH_REASON))
    assert "'=1+1" in words


def test_lists_are_bounded_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    monkeypatch.setattr(exports, "BATCH", 2)
    given = desk("village").post(f"/desk/people/export.xlsx?place={HERE}", WITH_REASON)
    assert "只导出了前 2 行" in cells(given)[-1]
    with enter(person_id=cast.find("supervisor").person_id):
        assert PersonalDataRead.objects.filter(reason="核对台账用的").count() == 3


def test_what_waits_is_a_list_of_its_own() -> None:
    order_id, _receipt = placed()
    words = cells(desk().get("/desk/tasks.xlsx"))
    with enter(person_id=cast.find("desk").person_id):
        assert Matter.objects.get(pk=order_id).number in words
    assert "派单" in words
