"""A hotline's file into orders: their own dates, nothing told, refused row by row, once and for all."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from gongzhi.capabilities.orders.commands import Asked, take_step
from gongzhi.capabilities.orders.models import Message, Order, OrderContact, OrderWords
from gongzhi.capabilities.orders.queries import Filters, order_shown, orders_listed
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.interop.hotline import importing
from gongzhi.interop.hotline.importing import Report, import_messages
from gongzhi.interop.hotline.mapping import Mapping, load
from gongzhi.interop.hotline.reader import Unreadable
from gongzhi.workflow.models import Matter, Round, Task
from tests import cast

pytestmark = pytest.mark.django_db

HEADER = ["编号", "用户", "主题", "时间", "内容", "答复", "答复时间"]
LAMP = ["7001", "赵某某", "路灯坏了", "2021-03-04 09:10:11", "村口的路灯坏了三天,晚上黑灯瞎火", "", ""]
ANSWERED = [
    "7002",
    "钱某某",
    "垃圾没人清运",
    "2020/1/5 8:00:00",
    "垃圾池满了一周",
    "已安排清运。",
    "2020/1/9 17:30:00",
]
ZONE = ZoneInfo("Asia/Shanghai")
MAPPING = """
source: board
columns: {number: 编号, at: 时间, title: 主题, text: 内容, answer: 答复, answered_at: 答复时间}
"""

Write = Callable[..., Path]


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return load(path)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_csv(*rows: list[str], encoding: str = "utf-8", name: str = "board.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([HEADER, *rows])
        return path

    return write_csv


def imported(file: Path, mapping: Mapping, region: str = "620724101") -> Report:
    return import_messages(file, mapping=mapping, region=region)


def matter_of(number: str) -> Matter:
    return Matter.objects.get(id=Order.objects.get(external_source="board", external_number=number).id)


def test_an_unanswered_message_waits_for_a_desk_without_a_clock(write: Write, mapping: Mapping) -> None:
    report = imported(write(LAMP), mapping)
    assert (report.read, report.waiting, report.closed, report.refused) == (1, 1, 0, [])
    with enter(person_id=cast.find("desk").person_id) as actor:
        matter = matter_of("7001")
        assert matter.occurred_at == datetime(2021, 3, 4, 9, 10, 11, tzinfo=ZONE)
        assert matter.recorded_at.year > 2021
        assert (matter.state, matter.source, matter.due_at, matter.holder_id) == (
            "received",
            "hotline",
            None,
            None,
        )
        assert not Round.objects.filter(matter=matter).exists()
        assert list(Task.objects.filter(matter=matter).values_list("what", "due_at")) == [("take_in", None)]
        shown = order_shown(actor, matter)
        assert shown.order.category == "street_light"
        assert "words:路灯" in shown.order.reasons
        assert shown.lines[0].claimed_at == matter.occurred_at
        take_step(actor=actor, asked=Asked(matter.id, client_id=uuid7()), step="take_in")
        matter.refresh_from_db()
        assert matter.due_at is not None
        assert matter.due_at > matter.recorded_at


def test_an_answered_message_arrives_closed_with_its_answer(write: Write, mapping: Mapping) -> None:
    report = imported(write(ANSWERED), mapping)
    assert (report.waiting, report.closed) == (0, 1)
    with enter(person_id=cast.find("desk").person_id) as actor:
        matter = matter_of("7002")
        assert (matter.state, matter.outcome) == ("closed", "unknown")
        assert matter.closed_at == datetime(2020, 1, 9, 17, 30, tzinfo=ZONE)
        answer = Message.objects.get(order_id=matter.id)
        assert (answer.direction, answer.text, answer.at) == ("out", "已安排清运。", matter.closed_at)
        assert order_shown(actor, matter).lines[0].words == "已安排清运。"
        assert not orders_listed(actor, Filters(open_only=True)).rows
        assert orders_listed(actor, Filters(text="垃圾")).total == 1


def test_nobody_is_told_and_no_name_is_kept(write: Write, mapping: Mapping) -> None:
    from django.db import connection

    imported(write(LAMP, ANSWERED), mapping)
    with enter(person_id=cast.find("county").person_id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == 0
        assert not OrderContact.objects.exists()
        kept = [
            *OrderWords.objects.values_list("title", "text", "place_text"),
            *Event.objects.values_list("data"),
        ]
        assert "赵某某" not in str(kept)
        assert set(Event.objects.filter(thread__isnull=False).values_list("name", flat=True)) == {
            "order.imported"
        }


def test_importing_again_adds_only_what_is_new(write: Write, mapping: Mapping) -> None:
    imported(write(LAMP), mapping)
    again = imported(write(LAMP, ANSWERED), mapping)
    assert (again.known, again.closed, again.refused) == (1, 1, [])
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.count() == 2


def test_a_number_that_went_where_this_platform_sees_nothing_is_refused(
    write: Write, mapping: Mapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(write(LAMP), mapping)
    monkeypatch.setattr(importing, "_known", lambda source, numbers: set())
    elsewhere = imported(write(LAMP), mapping)
    assert [(each.row, each.column) for each in elsewhere.refused] == [(2, "编号")]
    assert "别的地方" in elsewhere.refused[0].words


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({0: ""}, "编号", "没有编号"),
        ({0: "9" * 61}, "编号", "超过"),
        ({3: ""}, "时间", "没有时间"),
        ({3: "昨天"}, "时间", "看不懂"),
        ({3: "2999-01-01"}, "时间", "将来"),
        ({2: "", 4: " "}, "内容", "没有内容"),
        ({4: "路" * 20_001}, "内容", "超过"),
        ({5: "已办", 6: "不详"}, "答复时间", "看不懂"),
        ({7: "多出来的一格"}, "", "多"),
    ],
)
def test_a_bad_row_is_refused_whole_and_the_next_is_taken(
    write: Write, mapping: Mapping, change: dict[int, str], column: str, words: str
) -> None:
    bad = [*LAMP, ""]
    for place, value in change.items():
        bad[place] = value
    report = imported(write(bad if 7 in change else bad[:7], ANSWERED), mapping)
    assert [(each.row, each.column) for each in report.refused] == [(2, column)]
    assert words in report.refused[0].words
    assert report.closed == 1
    with enter(person_id=cast.find("county").person_id):
        assert Matter.objects.count() == 1


def test_a_number_twice_in_one_file_is_taken_once(write: Write, mapping: Mapping) -> None:
    report = imported(write(LAMP, ANSWERED, LAMP), mapping)
    assert [(each.row, each.words) for each in report.refused] == [(4, "编号与第 2 行重复。")]


def test_what_the_database_refuses_leaves_nothing_of_its_row(
    write: Write, mapping: Mapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "gongzhi.capabilities.orders.commands.importing.SOURCE", "a source too long for its column"
    )
    report = imported(write(LAMP, ANSWERED), mapping)
    assert len(report.refused) == 2
    monkeypatch.undo()
    assert imported(write(LAMP), mapping).waiting == 1


def test_a_village_that_the_words_name_is_where_it_lies(write: Write, mapping: Mapping) -> None:
    from gongzhi.core.regions.names import plain_name
    from gongzhi.core.regions.queries import standing

    village = standing(cast.VILLAGE, 5)
    assert village is not None
    told = [*LAMP]
    told[4] = f"{plain_name(village.name)}的路灯坏了"
    imported(write(told), mapping)
    with enter(person_id=cast.find("desk").person_id):
        matter = matter_of("7001")
        assert (matter.region_code, matter.region_level) == (cast.VILLAGE, 5)
    with enter(person_id=cast.find("outsider").person_id):
        assert not Matter.objects.exists()


def test_it_reads_gb18030_and_workbooks_with_real_dates(
    write: Write, mapping: Mapping, tmp_path: Path
) -> None:
    assert imported(write(LAMP, encoding="gb18030"), mapping).waiting == 1
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    sheet.append(
        [
            7003,
            "孙",
            "停水",
            datetime(2022, 5, 6, 7, 8, tzinfo=ZONE).replace(tzinfo=None),
            "自来水停了",
            None,
            None,
        ]
    )
    sheet.append([])
    sheet.append(["7004", "李", "停水", "2022-05-06", "又停水", None, None])
    path = tmp_path / "board.xlsx"
    book.save(path)
    report = imported(path, mapping)
    assert (report.waiting, report.refused) == (2, [])
    with enter(person_id=cast.find("desk").person_id):
        assert matter_of("7003").occurred_at == datetime(2022, 5, 6, 7, 8, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source: board\ncolumns: {number: 编号, at: 时间}\n", "m.yaml:2: columns.text"),
        ("source: Board!\ncolumns: {number: 编号, at: 时间, text: 内容}\n", "m.yaml:1: source"),
        ("source: [\n", "m.yaml:"),
        ("source: board\ncolumns: {number: 编号, at: 时间, text: 内容, user: 用户}\n", "columns.user"),
        (
            "source: board\nzone: Mars/North\ncolumns: {number: 编号, at: 时间, text: 内容}\n",
            "no such time zone",
        ),
    ],
)
def test_a_faulty_mapping_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable, match=words.replace("!", "")):
        load(path)


def test_files_and_places_that_cannot_be_used_are_refused(
    write: Write, mapping: Mapping, tmp_path: Path
) -> None:
    good = write(LAMP)
    for region, words in (("62", "代码|digits"), ("110101", "没有找到"), ("nowhere", "digits")):
        with pytest.raises(Unreadable, match=words):
            imported(good, mapping, region)
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "open.csv").write_text('编号,时间\n1,"2', encoding="utf-8")
    (tmp_path / "other.csv").write_text("编号,时间\n1,2\n", encoding="utf-8")
    (tmp_path / "no.xlsx").write_text("no workbook", encoding="utf-8")
    (tmp_path / "no.pdf").write_text("", encoding="utf-8")
    for name, words in (
        ("empty.csv", "第一行"),
        ("open.csv", "引号"),
        ("other.csv", "没有这些列"),
        ("no.xlsx", "打不开"),
        ("no.pdf", "只能读"),
        ("none.csv", "没有找到文件"),
    ):
        with pytest.raises(Unreadable, match=words):
            imported(tmp_path / name, mapping)


REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "messages"


@pytest.mark.external_data
@pytest.mark.skipif(not REAL.exists(), reason="the real messages are not here")
def test_the_examples_of_the_docs_read_real_messages(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "use" / "hotline.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    reports = []
    for number, name in enumerate(("messages_with_replies.csv", "hotspot_messages.csv")):
        path = tmp_path / f"m{number}.yaml"
        path.write_text(examples[number], encoding="utf-8")
        reports.append(import_messages(REAL / name, mapping=load(path), region="620724"))
    answered, open_ones = reports
    assert (answered.read, answered.closed, answered.refused) == (2816, 2816, [])
    assert (open_ones.read, open_ones.waiting, open_ones.refused) == (4326, 4326, [])
    with enter(person_id=cast.find("county").person_id) as actor:
        page = orders_listed(actor, Filters(source="hotline", text="噪音"))
        assert page.rows
        by = Counter(Order.objects.values_list("category_by", flat=True))
        assert by["words"] > 2000
