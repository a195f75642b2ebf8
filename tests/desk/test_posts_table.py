"""Posts from a table: all of it or none, with every fault told; holders are given by a person, one by one."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from gongzhi.core.command.grids import RowsRefused
from gongzhi.core.command.posts_import import import_posts
from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter
from gongzhi.ui.spreadsheets import table
from tests import cast
from tests.orders.at_desk import desk

pytestmark = pytest.mark.django_db
WHERE = "/desk/posts/import/?place=620724101.4"
TOWN = (cast.TOWN, 4)
HEADINGS = ["岗位名称", "岗位种类", "地方（代码，村可以填全名）"]


def row(title: str = "三号网格员", role: str = "网格员", place: str = "620724101200") -> dict[str, str]:
    return {"title": title, "role": role, "place": place}


def file(*rows: list[object]) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("posts.xlsx", table("岗位", HEADINGS, rows=rows))}


def test_a_table_sets_posts_up_and_an_empty_row_is_passed_over() -> None:
    answer = desk("admin").post(
        WHERE,
        file(["三号网格员", "网格员", "620724101200"], [], ["受理员二", "desk", "620724101"]),
        follow=True,
    )
    assert "已设立 2 个岗位" in answer.content.decode()
    worker = Post.objects.get(title="三号网格员")
    assert (worker.role, worker.region_code, worker.region_level) == ("grid_worker", cast.VILLAGE, 5)
    assert Post.objects.get(title="受理员二").region_code == cast.TOWN
    assert not worker.tenures.exists()


def test_every_fault_is_told_and_nothing_is_set_up() -> None:
    before = Post.objects.count()
    rows = [
        row(),
        row(title=""),
        row(role="大王"),
        row(place="620724102200"),
        row(role="受理员"),
        row(place="无此村"),
    ]
    with enter(person_id=cast.find("admin").person_id) as actor, pytest.raises(RowsRefused) as refused:
        import_posts(actor=actor, within=TOWN, rows=rows)
    assert [(each.row, each.column) for each in refused.value.errors] == [
        (3, "title"),
        (4, "role"),
        (5, "place"),
        (6, "role"),
        (7, "place"),
    ]
    assert Post.objects.count() == before
    page = desk("admin").post(WHERE, file(["甲", "大王", "620724101200"])).content.decode()
    assert "没有这种岗位" in page
    assert Post.objects.count() == before


def test_who_manages_no_posts_there_is_refused() -> None:
    for username in ("desk", "village", "county"):
        assert desk(username).post(WHERE, file(["甲", "网格员", "620724101200"])).status_code == 403
    with enter(person_id=cast.find("second_admin").person_id) as actor, pytest.raises(Refused):
        import_posts(actor=actor, within=TOWN, rows=[row()])
    assert not Post.objects.filter(title="三号网格员").exists()


def test_a_system_post_comes_from_no_table_and_an_empty_one_is_refused() -> None:
    with enter(person_id=cast.find("admin").person_id) as actor:
        with pytest.raises(RowsRefused):
            import_posts(actor=actor, within=(cast.COUNTY, 3), rows=[row(role="平台", place="620724")])
        with pytest.raises(Refused, match="empty"):
            import_posts(actor=actor, within=TOWN, rows=[])


def test_the_template_is_what_the_page_takes() -> None:
    content = desk("admin").get("/desk/posts/template.xlsx").content
    assert [cell.value for cell in load_workbook(BytesIO(content)).worksheets[0][1]] == HEADINGS
