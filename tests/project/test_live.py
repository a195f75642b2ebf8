"""Live updates: who hears of what, what a stream says, and what is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client

from gongzhi.core.command import people
from gongzhi.core.events import reader
from gongzhi.core.people.models import Tenure
from gongzhi.core.permissions.actor import enter
from gongzhi.project import live
from gongzhi.project import live_watching as watching
from gongzhi.project.live_streams import MOST_OF_ONE, Change, Full, Listener, Streams
from tests import cast
from tests.core.test_reader import settle
from tests.orders.acting import dispatched, placed
from tests.orders.test_drills import drill, started

HERE, THERE, POST, SEALED = cast.VILLAGE, cast.OTHER_VILLAGE, uuid4(), uuid4()
DESK = Listener("1", see=((cast.TOWN, cast.TOWN + 10**9 - 1),))
ORDER = Change("order", frozenset({HERE}))
real = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


# -- streams


def test_a_change_is_heard_where_it_may_be_seen() -> None:
    holder = Listener("2", posts=frozenset({POST}))
    assert DESK.hears(ORDER)
    assert not DESK.hears(Change("order", frozenset({THERE})))
    assert DESK.hears(Change("order", frozenset({THERE, HERE})))
    assert holder.hears(Change("order", frozenset({THERE}), holder=POST))
    assert not holder.hears(ORDER)


def test_what_is_sealed_is_heard_by_its_own_post_alone() -> None:
    sealed = Change("order", frozenset({HERE}), holder=POST, sealed_to=SEALED)
    assert not DESK.hears(sealed)
    assert not Listener("3", see=DESK.see, posts=frozenset({POST, SEALED})).hears(sealed)
    assert Listener("4", sealed=frozenset({SEALED})).hears(sealed)


def test_what_was_not_read_is_told_once() -> None:
    streams = Streams()
    stream = streams.open(DESK)
    for _ in range(1000):
        streams.tell([ORDER])
    said = stream.taken()
    assert said is not None
    assert (said.name, said.words) == ("changed", "order")
    assert stream.taken() is None


def test_streams_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams()
    opened = [streams.open(DESK) for _ in range(MOST_OF_ONE)]
    with pytest.raises(Full) as full:
        streams.open(DESK)
    assert full.value.own
    streams.close(opened[0])
    streams.open(DESK)
    monkeypatch.setattr("gongzhi.project.live_streams.MOST_STREAMS", MOST_OF_ONE)
    with pytest.raises(Full) as full:
        streams.open(Listener("9"))
    assert not full.value.own


def test_whoever_comes_back_hears_what_he_missed_and_no_more() -> None:
    streams = Streams()
    last = streams.open(DESK).at
    assert streams.open(DESK, last=last).taken() is None
    streams.tell([Change("order", frozenset({THERE}))])
    assert streams.open(DESK, last=last).taken() is None
    streams.tell([ORDER])
    missed = streams.open(DESK, last=last).taken()
    assert missed is not None
    assert missed.name == "changed"
    for unknown in ("nonsense", "abc-1", "0-0"):
        anew = streams.open(DESK, last=unknown).taken()
        assert anew is not None
        assert anew.name == "resync"
        streams = Streams()


def test_a_restored_database_tells_everybody_to_begin_anew() -> None:
    streams = Streams()
    stream = streams.open(DESK)
    last = stream.at
    streams.begin_anew()
    said = stream.taken()
    assert said is not None
    assert said.name == "resync"
    again = streams.open(DESK, last=last).taken()
    assert again is not None
    assert again.name == "resync"


# -- who listens


def session_of(username: str) -> str:
    client = Client()
    client.force_login(cast.Account.objects.get(username=username))
    return str(client.cookies[django_settings.SESSION_COOKIE_NAME].value)


@pytest.mark.django_db
def test_only_who_works_at_a_desk_or_in_the_field_listens(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    assert watching.listener_of("") is None
    assert watching.listener_of("nobodys-session") is None
    assert watching.listener_of(session_of("resident")) is None
    for name in ("worker", "desk", "county", "sealed", "outsider", "volunteer"):
        assert watching.listener_of(session_of(name)), name


@pytest.mark.django_db
def test_a_desk_that_owes_its_second_factor_hears_nothing(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = True
    assert watching.listener_of(session_of("desk")) is None
    assert watching.listener_of(session_of("worker")) is not None


@real
def test_each_hears_of_his_own_places_and_of_what_is_sealed_its_post_alone(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    names = (
        "worker",
        "desk",
        "village",
        "county",
        "volunteer",
        "outsider",
        "outside_worker",
        "sealed",
        "admin",
    )
    listeners = {name: watching.listener_of(session_of(name)) for name in (*names, "second_desk")}

    def heard(act: Callable[[], Any]) -> set[str]:
        settle()
        start = reader.newest()
        act()
        settle()
        found = watching.changes(start, upto=reader.newest())
        assert found
        assert {change.kind for change in found} == {"order"}
        return {name for name, who in listeners.items() if who and any(who.hears(change) for change in found)}

    assert heard(placed) >= {"desk", "village", "county"}
    order_id, _receipt = placed()
    told = heard(lambda: dispatched(order_id))
    assert told >= {"worker", "desk", "county"}
    assert not told & {"outsider", "outside_worker", "sealed", "admin", "volunteer", "second_desk"}
    assert heard(lambda: placed(sealed=True)) == {"sealed"}


@real
def test_a_drill_is_heard_by_whom_it_rings_and_in_its_place_alone(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    names = ("worker", "desk", "county", "outsider", "outside_worker", "second_desk", "admin")
    listeners = {name: watching.listener_of(session_of(name)) for name in names}
    settle()
    start = reader.newest()
    drill(started(), 0)
    settle()
    found = watching.changes(start, upto=reader.newest())
    assert {change.kind for change in found} == {"drill"}
    heard = {name for name, who in listeners.items() if who and any(map(who.hears, found))}
    assert heard == {"worker", "desk", "county"}


# -- over HTTP


class Talk:
    """One request to the application, as a server would carry it."""

    def __init__(self, path: str = "/live/events", method: str = "GET", **headers: str) -> None:
        given = {"host": "localhost", "sec-fetch-site": "same-origin", **headers}
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items() if value]
        self.scope = {"type": "http", "method": method, "path": path, "headers": pairs}
        self.status, self.headers, self.ended = 0, {}, False
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.said.put_nowait(message["body"].decode())
            self.ended = not message.get("more_body")

    async def until(self, word: str, seconds: float = 60) -> str:
        while word not in (text := await asyncio.wait_for(self.said.get(), seconds)):
            pass
        return text


def in_a_loop(asked: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: after a test in a browser this one has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, asked).result()


def answered(talk: Talk) -> int:
    async def ask() -> None:
        await live.Live()(talk.scope, talk.receive, talk.send)

    in_a_loop(ask())
    return talk.status


def test_it_refuses_strangers_before_it_asks_the_database(settings: Any) -> None:
    settings.LIVE_ORIGINS = {"http://127.0.0.1:8000"}
    assert answered(Talk(host="evil.example")) == 400
    assert answered(Talk(path="/live/other")) == 404
    assert answered(Talk(method="POST")) == 405
    for origin in ("http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8000", "null"):
        talk = Talk(origin=origin)
        assert answered(talk) == 403
        assert "access-control-allow-origin" not in talk.headers
    assert answered(Talk(sec_fetch_site="same-site")) == 403
    assert answered(Talk(sec_fetch_site="cross-site")) == 403
    assert answered(Talk(path="/live/healthz")) == 200


@real
def test_without_a_session_there_is_no_stream(settings: Any) -> None:
    settings.LIVE_ORIGINS = {"http://127.0.0.1:8000"}
    talk = Talk(origin="http://127.0.0.1:8000")
    assert answered(talk) == 403
    assert talk.headers["access-control-allow-origin"] == "http://127.0.0.1:8000"
    assert answered(Talk(cookie=f"{django_settings.SESSION_COOKIE_NAME}=invented")) == 403


@asynccontextmanager
async def listening(app: live.Live, key: str) -> AsyncIterator[Talk]:
    talk = Talk(cookie=f"{django_settings.SESSION_COOKIE_NAME}={key}")
    task = asyncio.create_task(app(talk.scope, talk.receive, talk.send))
    await talk.until("event: ready")
    yield talk
    talk.gone.set()
    await asyncio.wait_for(task, 20)


@real
def test_a_stream_tells_its_listener_and_nobody_else(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    keys = {name: session_of(name) for name in ("desk", "outsider")}

    async def run() -> None:
        app = live.Live()
        app.begin()
        try:
            async with listening(app, keys["desk"]) as desk, listening(app, keys["outsider"]) as outsider:
                await asyncio.sleep(1.5)
                await asyncio.to_thread(placed)
                said = await desk.until("event: changed")
                assert said.splitlines()[2] == "data: order"
                assert desk.headers["content-type"].startswith("text/event-stream")
                assert outsider.said.empty()
            assert len(app.streams) == 0
        finally:
            app.stop()

    in_a_loop(run())


@real
def test_a_stream_ends_with_the_right_to_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    monkeypatch.setattr(live, "RECHECK", 0.1)
    monkeypatch.setattr(live, "HEARTBEAT", 0.2)
    key = session_of("outsider")

    async def run() -> None:
        app = live.Live()
        async with listening(app, key) as talk:
            await talk.until(":")
            assert not talk.ended
            await asyncio.to_thread(_end_post, "outsider")
            for _ in range(100):
                if talk.ended:
                    break
                await asyncio.sleep(0.1)
            assert talk.ended
            assert len(app.streams) == 0
        app.stop()

    in_a_loop(run())
    assert watching.listener_of(key) is None


def _end_post(username: str) -> None:
    person = cast.find(username).person_id
    with enter(person_id=cast.find("admin").person_id) as actor:
        tenure: UUID = Tenure.objects.get(person_id=person, valid_to=None).id
        people.end_tenure(actor=actor, tenure_id=tenure)


@pytest.mark.django_db
def test_doctor_learns_whether_it_lives() -> None:
    assert not watching.is_alive()
    watching.say_alive()
    assert watching.is_alive()
