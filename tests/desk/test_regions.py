"""Divisions and definitions at the desk."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from gongzhi.core.command.people import add_household
from gongzhi.core.definitions.models import Current, Definition
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions.models import Region
from tests import cast
from tests.orders.at_desk import desk, page, statements

pytestmark = pytest.mark.django_db
HERE = "place=620724101200.5"


def grids(level: int) -> list[Region]:
    low, high = cast.VILLAGE, cast.VILLAGE + 10**6 - 1
    found = Region.objects.filter(level=level, code__range=(low, high), valid_to=None)
    return list(found.order_by("code"))


def test_a_grid_is_drawn_by_hand_and_its_name_stands_once() -> None:
    client = desk("admin")
    assert client.post(f"/desk/regions/draw/?{HERE}", {"level": 6, "name": "一网格"}).status_code == 302
    again = client.post(f"/desk/regions/draw/?{HERE}", {"level": 6, "name": "一网格"})
    assert again.status_code == 422
    assert "已经有了" in again.content.decode()
    broken = client.post(f"/desk/regions/draw/?{HERE}", {"level": 6, "name": "二网格", "boundary": "{"})
    assert "不是 GeoJSON" in broken.content.decode()
    assert [grid.name for grid in grids(6)] == ["一网格"]


def test_grids_come_from_a_table_whole_or_not_at_all() -> None:
    def table(*rows: list[str]) -> SimpleUploadedFile:
        book = Workbook()
        for row in (["村（名称或12位代码）", "网格", "小网格", "微网格"], *rows):
            book.active.append(row)
        content = io.BytesIO()
        book.save(content)
        return SimpleUploadedFile("grids.xlsx", content.getvalue())

    client, path = desk("admin"), "/desk/regions/table/?place=620724.3"
    wrong = client.post(
        path, {"file": table(["620724101200", "一网格", "", ""], ["没有的村", "二网格", "", ""])}
    )
    assert wrong.status_code == 422
    assert "<td>3</td>" in wrong.content.decode()
    assert grids(6) == []
    good = client.post(path, {"file": table(["620724101200", "一网格", "", "第一微网格"])})
    assert good.status_code == 302
    assert len(grids(6)) == 1
    assert len(grids(8)) == 1


def test_households_are_divided() -> None:
    with enter(person_id=cast.find("admin").person_id) as actor:
        for number in range(1, 6):
            add_household(actor=actor, region_code=cast.VILLAGE, number=str(number))
    answer = desk("admin").post(f"/desk/regions/split/?{HERE}", {"size": 3})
    assert answer.status_code == 302
    assert len(grids(8)) == 2


def test_a_region_is_renamed_and_its_history_is_told() -> None:
    client = desk("admin")
    client.post(f"/desk/regions/rename/?{HERE}", {"name": "新名村民委员会"})
    shown = page(client, f"/desk/regions/?{HERE}")
    assert "新名村民委员会" in shown
    assert "沿革" in shown


def test_what_is_refused_is_told_beside_what_was_typed() -> None:
    client = desk("admin")
    late = client.post(f"/desk/regions/rename/?{HERE}", {"name": "新名村", "on_date": "2199-01-01"})
    assert late.status_code == 422
    assert 'value="新名村"' in late.content.decode()
    assert 'id="id_rename_on_date_error"' in late.content.decode()
    one = client.post(
        "/desk/regions/joint/?place=620724101.4",
        {"joint_name": "北片联村", "members": ["620724101200000000"]},
    )
    assert one.status_code == 422
    assert 'value="北片联村"' in one.content.decode()


def test_the_past_says_what_happened() -> None:
    client = desk("admin")
    client.post(f"/desk/regions/rename/?{HERE}", {"name": "新名村民委员会"})
    assert "更名：" in page(client, f"/desk/regions/?{HERE}")


def test_others_see_divisions_and_change_none() -> None:
    shown = page(desk("desk"), f"/desk/regions/?{HERE}")
    assert "/draw/" not in shown
    assert desk("desk").post(f"/desk/regions/draw/?{HERE}", {"level": 6, "name": "一网格"}).status_code == 403
    assert desk("second_desk").get(f"/desk/regions/?{HERE}").status_code == 404


def test_every_definition_in_force_is_listed_with_its_version() -> None:
    client = desk("desk")
    shown = page(client, "/desk/definitions/")
    some = Current.objects.filter(kind="flow").first()
    assert f"/desk/definitions/{some.definition_id}/" in shown
    one = page(client, f"/desk/definitions/{some.definition_id}/")
    assert "现行" in one
    assert "transitions" in one
    assert Definition.objects.count() > 10


@pytest.mark.parametrize(
    "path", ["/desk/people/", "/desk/posts/", f"/desk/regions/?{HERE}", "/desk/audit/", "/desk/definitions/"]
)
def test_the_desks_pages_need_few_statements(path: str) -> None:
    assert len(statements(desk("admin"), path)) <= 12, path
