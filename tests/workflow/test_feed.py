"""The calendar of due tasks: who reads it, what it tells, and when it ends."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from gongzhi.core.command import accounts
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import ANYBODY
from gongzhi.shells.desk.commands import close_feed, open_feed
from gongzhi.shells.desk.models import CalendarFeed
from gongzhi.shells.desk.queries import feed_hash
from gongzhi.workflow import feed
from gongzhi.workflow.icalendar import Entry, calendar, escaped, folded
from tests import cast
from tests.architecture.probes import as_, written
from tests.architecture.test_refusals import update
from tests.orders.acting import dispatched, matter, placed
from tests.orders.at_desk import desk, page

pytestmark = pytest.mark.django_db


def opened(who: str = "worker") -> str:
    with as_(who) as actor:
        return str(open_feed(actor=actor)["token"])


def asked(token: str, **headers: str) -> Any:
    return Client().get(f"/desk/calendar/{token}.ics", headers=headers)


def plain(token: str) -> str:
    answer = asked(token)
    assert answer.status_code == 200
    return str(answer.content.decode()).replace("\r\n ", "")


def test_a_calendar_is_written_as_calendars_read_it() -> None:
    at = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    text = calendar("名", [Entry("1", "甲;乙,丙\n丁" * 20, "村", at, at)])
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "DTSTART:20261130T100000Z" in text
    assert escaped("a;b,c\\\n") == r"a\;b\,c\\\n"
    assert folded("x" * 80) == ["x" * 75, " " + "x" * 5]


def test_it_tells_number_kind_place_and_time_and_nothing_of_a_person() -> None:
    order_id, _receipt = placed(phone="13912345678", name="赵大爷")
    dispatched(order_id)
    text = plain(opened())
    assert matter(order_id).number in text
    assert text.count("BEGIN:VEVENT") == 1
    for private in ("路灯坏了", "赵", "13912345678"):
        assert private not in text
    assert "BEGIN:VEVENT" not in plain(opened("outside_worker"))


def test_sealed_matters_stand_in_no_calendar() -> None:
    placed(sealed=True)
    assert "BEGIN:VEVENT" not in plain(opened("sealed"))


def test_a_new_address_ends_the_old_one_and_none_is_kept_in_the_clear() -> None:
    first = opened()
    second = opened()
    assert len(second) >= 43
    assert asked(first).status_code == 404
    assert asked(second).status_code == 200
    with as_("worker") as actor:
        assert list(CalendarFeed.objects.filter(revoked_at=None).values_list("token_hash", flat=True)) == [
            feed_hash(second)
        ]
        close_feed(actor=actor)
        close_feed(actor=actor)
    assert asked(second).status_code == 404
    with pytest.raises(Refused, match="nobody"):
        open_feed(actor=ANYBODY)


def test_nobody_else_reads_or_ends_it() -> None:
    opened()
    with as_("worker"):
        standing = CalendarFeed.objects.get()
    for username in ("admin", "county", "desk", "resident"):
        with as_(username) as actor:
            assert not CalendarFeed.objects.exists(), username
            told: dict[str, Any] = {"function": "desk_write", "name": "desk.feed_closed", "thread": None}
            gone = [update("desk_calendarfeed", standing, revoked_at=str(standing.made_at))]
            assert written(actor, gone, **told) == "42501"
    with as_("worker") as actor:
        assert written(actor, [update("desk_calendarfeed", standing, token_hash="0" * 64)], **told) == "42501"


def test_who_holds_no_post_or_may_not_sign_in_is_told_nothing() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    token = opened()
    worker = cast.find("worker").person_id
    assert "BEGIN:VEVENT" in plain(token)
    assert "BEGIN:VEVENT" not in plain(opened("resident"))
    with as_("admin") as actor:
        accounts.deactivate_account(actor=actor, person_id=worker)
    assert asked(token).status_code == 404


def test_it_is_asked_with_a_tag_and_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    token = opened()
    tag = asked(token)["ETag"]
    again = asked(token, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    monkeypatch.setattr(feed, "AN_HOUR", 3)
    assert asked(token).status_code == 200
    assert asked(token).status_code == 429


def test_the_address_is_shown_once() -> None:
    client = desk()
    assert "还没有日历地址" in page(client, "/desk/calendar/")
    made = client.post("/desk/calendar/").content.decode()
    assert "/desk/calendar/" in made
    assert ".ics" in made
    assert ".ics" not in page(client, "/desk/calendar/")
    assert "还没有日历地址" in client.post("/desk/calendar/", {"close": "1"}).content.decode()
    assert desk("resident").get("/desk/calendar/").status_code == 403
