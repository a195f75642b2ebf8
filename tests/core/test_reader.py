"""The one reader of events: their order, its bounds, and what commits late."""

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction

from gongzhi.core.command.people import add_person
from gongzhi.core.definitions.install import new_epoch
from gongzhi.core.events import reader
from gongzhi.core.events.models import Event
from gongzhi.core.events.reader import Bookmark, Page, Resync
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.settling import settle

real = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def added(name: str = "试者") -> UUID:
    """A person, and thereby an event of the register, which the administrator may read."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        return UUID(add_person(actor=actor, name=name, region_code=cast.VILLAGE)["event"])


def everything(after: Bookmark, *, who: str = "admin", most: int = 200) -> tuple[list[UUID], Bookmark]:
    """All that one of the cast may read after a bookmark."""
    found: list[UUID] = []
    while True:
        with enter(person_id=cast.find(who).person_id):
            page = reader.read(after, most=most)
        found += [event.id for event in page.events]
        after = page.bookmark
        if not page.more:
            return found, after


class Late(threading.Thread):
    """Somebody who has written, and commits only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.commit = threading.Event(), threading.Event()
        self.event: UUID | None = None
        self.start()
        assert self.written.wait(20)

    def run(self) -> None:
        try:
            with transaction.atomic():
                self.event = added("迟到")
                self.written.set()
                self.commit.wait(20)
        finally:
            connections.close_all()

    def end(self) -> None:
        self.commit.set()
        self.join(20)


@real
def test_what_commits_late_is_never_passed_over() -> None:
    bookmark = reader.newest()
    before = added()
    settle()
    late = Late()
    after = [added() for _ in range(3)]
    found, bookmark = everything(bookmark)
    assert found == [before]
    late.end()
    settle()
    rest, bookmark = everything(bookmark)
    assert rest == [late.event, *after]
    assert everything(bookmark)[0] == []


@real
def test_followers_who_read_in_any_rhythm_read_the_same() -> None:
    start = reader.newest()
    steady: list[UUID] = []
    at, lates = start, []
    for number in range(12):
        if number % 3 == 0:
            lates.append(Late())
        added()
        found, at = everything(at, most=1 + number % 2)
        steady += found
        if number % 4 == 3:
            lates.pop(0).end()
    for late in lates:
        late.end()
    settle()
    steady += everything(at)[0]
    assert len(steady) == 16
    assert steady == everything(start)[0] == everything(start, most=3)[0]
    with enter(person_id=cast.find("admin").person_id):
        ranked = Event.objects.raw(
            "SELECT id FROM events_event WHERE id = ANY (%s) ORDER BY xid, id", [steady]
        )
        assert [event.id for event in ranked] == steady


@real
def test_a_page_is_bounded_and_says_where_to_read_on() -> None:
    start = reader.newest()
    wanted = [added() for _ in range(5)]
    settle()
    with enter(person_id=cast.find("admin").person_id):
        first = reader.read(start, most=2)
        second = reader.read(Bookmark.parse(str(first.bookmark)), most=2)
        third = reader.read(second.bookmark, most=2)
        whole = reader.read(reader.oldest(), most=10**9)
    pages: list[Page] = [first, second, third]
    assert [[event.id for event in page.events] for page in pages] == [wanted[:2], wanted[2:4], wanted[4:]]
    assert [page.more for page in pages] == [True, True, False]
    assert len(whole.events) <= reader.MOST
    assert third.bookmark <= reader.newest()


@real
def test_each_reads_what_he_may_see() -> None:
    start = reader.newest()
    event = added()
    settle()
    assert everything(start)[0] == [event]
    assert everything(start, who="outsider")[0] == []
    with transaction.atomic():
        assert reader.read(start).events == ()


@real
def test_a_restored_database_forces_to_begin_anew_and_an_installation_does_not() -> None:
    bookmark = reader.newest()
    new_epoch()
    event = added()
    settle()
    assert everything(bookmark)[0] == [event]
    new_epoch(restored=True)
    with pytest.raises(Resync):
        reader.read(bookmark)
    ahead = Bookmark(xid=bookmark.xid + 10**6, id=bookmark.id, epoch=reader.newest().epoch)
    with pytest.raises(Resync):
        reader.read(ahead)


@pytest.mark.parametrize("text", ["", "a.b.c", "1.2", f"{'0' * 32}.x.{'1' * 32}"])
def test_a_bookmark_is_read_back_or_refused(text: str) -> None:
    kept = Bookmark(xid=7, id=uuid4(), epoch=uuid4())
    assert Bookmark.parse(str(kept)) == kept
    with pytest.raises(ValueError):  # noqa: PT011  (its words are Python's own)
        Bookmark.parse(text)


@pytest.mark.django_db
def test_an_index_serves_it_under_row_level_security() -> None:
    stand: Any = reader.newest()
    with enter(person_id=cast.find("county").person_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {reader.PAGE}", [str(stand.xid), stand.id, str(stand.xid), stand.id, 10])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using event_order" in plan
    assert "Index Cond: ((ROW(xid, id) >" in plan
    assert "Sort" not in plan
