"""The rates of service: their formulas, the counts behind them against a slow reckoning, and the pages."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from gongzhi.capabilities.orders.models import Order
from gongzhi.capabilities.orders.quality import RATES, moments, share
from gongzhi.capabilities.orders.queries.quality import COUNTS, Asked, counts_by, orders_counted
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter, Round
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, matter, placed, step
from tests.orders.at_desk import desk, page, statements

ZONE = ZoneInfo("Asia/Shanghai")
PLACE = "620724101.4"


@pytest.mark.parametrize(("part", "whole", "found"), [(0, 0, None), (0, 3, 0.0), (3, 3, 1.0), (1, 4, 0.25)])
def test_a_rate_over_nothing_is_none_and_never_one(part: int, whole: int, found: float | None) -> None:
    assert share(part, whole) == found


def test_the_standards_own_figures_come_out() -> None:
    assert share(911, 972) == pytest.approx(0.93724, abs=5e-6)
    assert share(737, 972) == pytest.approx(0.75823, abs=5e-6)


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 3), (1, 0)])
def test_a_part_is_never_more_than_its_whole(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="no part"):
        share(part, whole)


def test_a_day_is_a_calendar_day_and_not_24_hours() -> None:
    since, until = moments(date(2026, 3, 2), date(2026, 3, 2), zone=ZONE)
    assert (since, until) == (datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC))
    assert moments(date(2026, 3, 5), date(2026, 3, 1), zone=ZONE) == moments(
        date(2026, 3, 1), date(2026, 3, 5), zone=ZONE
    )
    since, until = moments(date(2020, 1, 1), date(2026, 3, 1), zone=ZONE)
    assert (until - since).days == 366


# -- counts


def asked(**more: Any) -> Asked:
    now = timezone.now()
    base = {"place": (cast.TOWN, 4), "since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    return Asked(**{**base, **more})


def orders() -> dict[str, UUID]:
    """Orders of every fate."""
    found: dict[str, UUID] = {}
    for name, stars, solved in (("good", 5, "yes"), ("half", 3, "partly"), ("bad", 1, "no")):
        found[name], receipt = placed()
        checked(found[name])
        by_receipt(receipt, found[name], "rate", stars=stars, solved=solved)
    found["open"], _receipt = placed()
    dispatched(found["open"])
    found["gone"], receipt = placed()
    by_receipt(receipt, found["gone"], "withdraw")
    found["theirs"], _receipt = placed()
    step("desk", found["theirs"], "decline", reason="not_ours", outcome="not_ours", words="请找供电所")
    found["sealed"], _receipt = placed(sealed=True)
    return found


def slowly(name: str, ids: list[UUID]) -> set[UUID]:
    """Which orders a count counts, reckoned one by one from the rows, without the query's words."""
    now = timezone.now()
    kept = set()
    for each in ids:
        m = Matter.objects.get(pk=each)
        o = Order.objects.get(pk=each)
        r = Round.objects.filter(matter_id=each, number=m.round).first()
        fine = m.state not in {"withdrawn", "void"} and m.outcome != "duplicate"
        respond = fine and m.respond_by is not None and (m.responded_at is not None or m.respond_by <= now)
        timed = bool(fine and r and r.due_at and (r.fulfilled_at or r.due_at <= now))
        rated, closed = fine and o.stars is not None, fine and m.closed_at is not None
        is_counted = {
            "received": True,
            "respond_due": respond,
            "responded": respond and m.responded_at is not None and m.responded_at <= m.respond_by,
            "time_due": timed,
            "in_time": timed and r is not None and r.fulfilled_at is not None and r.fulfilled_at <= r.due_at,
            "close_due": fine and (m.closed_at is not None or (m.due_at is not None and m.due_at <= now)),
            "closed": closed,
            "rated": rated,
            "solved": rated and o.solved == "yes",
            "satisfied": rated and (o.stars or 0) >= 4,
            "unsolved": closed and m.outcome in {"not_solved", "partly"},
            "not_ours": closed and m.outcome == "not_ours",
            "unrated": closed and o.stars is None and m.outcome != "not_ours",
            "withdrawn": m.state == "withdrawn",
            "void": m.state == "void",
            "duplicate": m.outcome == "duplicate" and m.state not in {"void", "withdrawn"},
        }
        if is_counted[name]:
            kept.add(each)
    return kept


@pytest.mark.django_db
def test_every_count_is_what_its_orders_are_and_what_a_slow_reckoning_says() -> None:
    made = orders()
    with enter(person_id=cast.find("desk").person_id) as actor:
        seen = [each for name, each in made.items() if name != "sealed"]
        for by in ("place", "kind", "month"):
            groups = counts_by(actor, asked(by=by))
            for name in COUNTS:
                listed, _more = orders_counted(actor, asked(by=by), count=name)
                assert sum(group.counts[name] for group in groups) == len(listed), (by, name)
                assert {each.id for each in listed} == slowly(name, seen), name
                for group in groups:
                    part, _more = orders_counted(actor, asked(by=by), count=name, part=group.key)
                    assert len(part) == group.counts[name]
        for rate in RATES:
            whole = {each.id for each in orders_counted(actor, asked(), count=rate.whole)[0]}
            assert {each.id for each in orders_counted(actor, asked(), count=rate.part)[0]} <= whole
        assert made["sealed"] not in {each.id for each in orders_counted(actor, asked(), count="received")[0]}


@pytest.mark.django_db
def test_an_order_belongs_to_the_day_on_which_it_was_received() -> None:
    order_id, _receipt = placed()
    at = matter(order_id).recorded_at
    with enter(person_id=cast.find("desk").person_id) as actor:
        inside = asked(since=at, until=at + timedelta(microseconds=1))
        after = asked(since=at + timedelta(microseconds=1))
        before = asked(since=at - timedelta(days=1), until=at)
        assert [
            len(orders_counted(actor, each, count="received")[0]) for each in (inside, after, before)
        ] == [1, 0, 0]


# -- pages


@pytest.mark.django_db
def test_the_page_shows_both_numbers_and_each_opens_its_orders() -> None:
    made = orders()
    client = desk()
    shown = page(client, f"/desk/quality/?place={PLACE}")
    assert "解决率" in shown
    assert "33%" in shown
    opened = page(client, f"/desk/quality/records/?place={PLACE}&count=solved")
    assert matter(made["good"]).number in opened
    assert matter(made["half"]).number not in opened
    empty = page(client, f"/desk/quality/?place={PLACE}&since=2020-01-01&until=2020-01-31")
    assert "这段时间没有点单" in empty
    only_open = page(desk("village"), "/desk/quality/?by=kind")
    assert "响应率" in only_open


@pytest.mark.django_db
def test_where_nothing_was_rated_the_rate_is_not_applicable() -> None:
    placed()
    assert "不适用" in page(desk(), f"/desk/quality/?place={PLACE}")
    sheet = desk().get(f"/desk/quality/export.xlsx?place={PLACE}")
    rows = list(load_workbook(io.BytesIO(sheet.content)).active.iter_rows(values_only=True))
    assert "解决率" in rows[0]
    assert rows[-1][rows[0].index("解决率")] == "不适用"


@pytest.mark.django_db
def test_others_count_their_own_places_alone() -> None:
    order_id, _receipt = placed()
    assert desk("outsider").get(f"/desk/quality/?place={PLACE}").status_code == 404
    for path in ("records/", "export.xlsx"):
        assert desk("outsider").get(f"/desk/quality/{path}?place={PLACE}").status_code == 404
    own = page(desk("outsider"), "/desk/quality/records/?count=received")
    assert matter(order_id).number not in own
    for username in ("worker", "resident", "admin"):
        assert desk(username).get("/desk/quality/").status_code == 403
    assert desk().get(f"/desk/quality/records/?place={PLACE}&count=nothing").status_code == 404


@pytest.mark.django_db
def test_the_pages_ask_few_statements() -> None:
    orders()
    assert len(statements(desk(), f"/desk/quality/?place={PLACE}")) <= 12
    assert len(statements(desk(), f"/desk/quality/records/?place={PLACE}&count=received")) <= 9
