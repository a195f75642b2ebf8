"""The register at the desk: masked, looked up with a reason, entered one by one or from a table."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.people.models import Household, Person
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.at_desk import desk, page

pytestmark = pytest.mark.django_db
HERE = "place=620724101200.5"
HEADINGS = ["姓名", "电话", "身份证号", "村（名称或12位代码）", "户号", "住址"]


def table(*rows: list[Any], headings: list[str] = HEADINGS) -> SimpleUploadedFile:
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile("people.xlsx", content.getvalue())


def people() -> int:
    with enter(person_id=cast.find("admin").person_id):
        return Person.objects.count()


def test_names_and_telephones_are_masked_in_every_list() -> None:
    shown = page(desk("admin"), f"/desk/people/?{HERE}")
    assert "演*" in shown
    assert "演员0" not in shown
    assert "139****" in shown


def test_a_person_is_shown_whole_for_a_reason_that_is_kept() -> None:
    worker = cast.find("worker").person_id
    client = desk("admin")
    assert client.post(f"/desk/people/{worker}/reveal/", {"reason": "看"}).status_code == 422
    shown = client.post(f"/desk/people/{worker}/reveal/", {"reason": "核对网格员电话"}).content.decode()
    assert "演员0" in shown
    with enter(person_id=cast.find("admin").person_id):
        kept = PersonalDataRead.objects.get()
        assert (kept.person, kept.fields) == (worker, ["name", "phone", "idno"])
    assert "演员0" not in page(client, f"/desk/people/{worker}/")
    assert "核对网格员电话" in page(client, "/desk/audit/")


def test_people_are_looked_for_exactly_and_it_is_written_down() -> None:
    client = desk("admin")
    found = client.post("/desk/people/look/", {"name": "演员0", "reason": "任命网格员"})
    assert str(cast.find("worker").person_id) in found.content.decode()
    part = client.post("/desk/people/look/", {"name": "演员", "reason": "任命网格员"})
    assert "没有找到" in part.content.decode()
    assert client.post("/desk/people/look/", {"name": "演员0", "reason": ""}).status_code == 422
    assert client.post("/desk/people/look/", {"reason": "任命网格员"}).status_code == 422
    with enter(person_id=cast.find("admin").person_id):
        assert PersonalDataRead.objects.filter(fields=["name_search"]).count() == 2


def test_only_those_who_audit_read_the_readings() -> None:
    assert desk("supervisor").get("/desk/audit/").status_code == 200
    assert desk("desk").get("/desk/audit/").status_code == 403


def test_a_person_is_entered_and_a_wrong_number_is_told_beside_its_field() -> None:
    client = desk("admin")
    wrong = client.post(f"/desk/people/new/?{HERE}", {"name": "赵新", "phone": "123"})
    assert wrong.status_code == 422
    assert 'id="id_phone_error"' in wrong.content.decode()
    before = people()
    assert (
        client.post(f"/desk/people/new/?{HERE}", {"name": "赵新", "phone": "13912345678"}).status_code == 302
    )
    assert people() == before + 1
    assert desk("desk").post(f"/desk/people/new/?{HERE}", {"name": "赵新"}).status_code == 403


def test_a_table_is_taken_whole_with_its_households() -> None:
    before = people()
    file = table(
        ["赵一", "13912345678", "11010519491231002X", "620724101200", "1", "一组"],
        ["赵二", 13912345679, None, "620724101200", "1", ""],
        [None, None, None, None, None, None],
        ["赵三", "", "", "620724101201", "", ""],
    )
    answer = desk("admin").post("/desk/people/import/", {"file": file})
    assert answer.status_code == 302
    assert people() == before + 3
    with enter(person_id=cast.find("admin").person_id):
        household = Household.objects.get()
        assert (household.number, household.address) == ("1", "一组")
        assert household.members.count() == 2


def test_one_fault_refuses_the_whole_table_and_names_row_and_column() -> None:
    before = people()
    file = table(
        ["赵一", "13912345678", "11010519491231002X", "620724101200", "", ""],
        ["", "12", "110105194912310021", "不存在的村", "", ""],
        [None, None, None, None, None, None],
        ["赵四", "", "11010519491231002X", "620724101200", "", ""],
    )
    answer = desk("admin").post("/desk/people/import/", {"file": file})
    assert answer.status_code == 422
    shown = answer.content.decode()
    faults = [("3", "姓名"), ("3", "电话"), ("3", "身份证号"), ("3", HEADINGS[3]), ("5", "身份证号")]
    for row, column in faults:
        assert f"<td>{row}</td><td>{column}</td>" in shown, (row, column)
    assert people() == before


def test_an_identity_number_of_the_register_is_refused_with_its_row() -> None:
    client = desk("admin")
    row = ["赵一", "", "11010519491231002X", "620724101200", "", ""]
    assert client.post("/desk/people/import/", {"file": table(row)}).status_code == 302
    again = client.post("/desk/people/import/", {"file": table(row)})
    assert again.status_code == 422
    assert "登记册里已有这个身份证号" in again.content.decode()


def test_what_is_no_table_is_refused_in_words() -> None:
    client = desk("admin")
    text = client.post("/desk/people/import/", {"file": SimpleUploadedFile("a.xlsx", b"not a table")})
    assert "打不开这个文件" in text.content.decode()
    lacking = client.post("/desk/people/import/", {"file": table(["赵"], headings=["姓名"])})
    assert "第一行缺少这些列" in lacking.content.decode()


def test_a_village_of_another_county_is_not_known_here() -> None:
    file = table(["赵一", "", "", "620723103204", "", ""])
    answer = desk("admin").post("/desk/people/import/", {"file": file})
    assert answer.status_code == 422


def test_the_template_has_the_columns_that_are_read() -> None:
    from openpyxl import load_workbook

    answer = desk("admin").get("/desk/people/template.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEADINGS


def test_another_county_and_a_worker_see_nobody() -> None:
    worker = cast.find("worker").person_id
    assert desk("second_desk").get(f"/desk/people/{worker}/").status_code == 404
    assert desk("second_desk").get(f"/desk/people/?{HERE}").status_code == 404
    assert desk("worker").get("/desk/people/").status_code == 403
