"""The live process: an ASGI application that streams server-sent events, and nothing else. docs/decisions/0013.

`/live/events` tells who is signed in that something of a kind changed where he may see it: `event: changed`, with the
kinds and no word more. The page then asks for what it shows, by the ordinary way and under the ordinary rights.
"""

import asyncio
import logging
import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongzhi.project.settings")
django.setup()

from django.db import Error, connection  # noqa: E402

from gongzhi.core.events import reader  # noqa: E402
from gongzhi.project import live_watching as watching  # noqa: E402
from gongzhi.project.live_connection import Connection, Message, Receive, Send, event  # noqa: E402
from gongzhi.project.live_streams import Change, Full, Listener, Stream, Streams  # noqa: E402

HEALTH = "/live/healthz"
POLL = 1.0
HEARTBEAT = 15.0
RECHECK = 30.0
"""Seconds after which a stream's session and posts are looked at again."""
SILENT = 10.0
"""Seconds without an answer of the database after which streams end: pages then poll, and say so."""
SAY_ALIVE = 20.0
SECONDS_TO_SAY_GOODBYE = 0.3

Result = TypeVar("Result")
log = logging.getLogger("gongzhi.live")


class Live:
    """The application: its streams, and the one follower that serves them all."""

    def __init__(self) -> None:
        self.streams = Streams()
        self.bookmark: reader.Bookmark | None = None
        self.heard = time.monotonic()
        self._said_alive = -SAY_ALIVE
        self._follower: asyncio.Task[None] | None = None
        self._following = ThreadPoolExecutor(1, "follower")
        self._asking = ThreadPoolExecutor(2, "asker")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:  # noqa: PLR0917  (ASGI's signature)
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(Connection(scope, receive=receive, send=send))

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.begin()
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._told_to_stop)
            else:
                self.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def begin(self) -> None:
        """Begin to follow."""
        self._follower = asyncio.create_task(self._follow())

    def _told_to_stop(self) -> None:
        """End the streams, and let granian hear the other signal: it waits for connections, and these never end."""
        self.streams.end()
        asyncio.get_running_loop().call_later(SECONDS_TO_SAY_GOODBYE, os.kill, os.getpid(), signal.SIGINT)

    def stop(self) -> None:
        """End every stream and follow no more."""
        self.streams.end()
        if self._follower is not None:
            self._follower.cancel()
        for pool in (self._following, self._asking):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _follow(self) -> None:
        while True:
            try:
                self.streams.tell(await self._in(self._following, self._read_on))
                self.heard = time.monotonic()
            except reader.Resync:
                self.bookmark = None
                self.streams.begin_anew()
            except Exception as error:
                log.warning("live updates cannot be read: %s", type(error).__name__)
                if not self._well():
                    self.streams.end()
            await asyncio.sleep(POLL)

    def _read_on(self) -> set[Change]:
        """What changed since the last time, in a thread. Nothing more is asked while nothing new is settled."""
        newest, found = reader.newest(), set[Change]()
        if self.bookmark is not None and newest != self.bookmark:
            found = watching.changes(self.bookmark, upto=newest)
        self.bookmark = newest
        if time.monotonic() - self._said_alive > SAY_ALIVE:
            watching.say_alive()
            self._said_alive = time.monotonic()
        return found

    def _well(self) -> bool:
        return time.monotonic() - self.heard < SILENT

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[..., Result], *given: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(pool, _asking, work, *given)

    async def _answer(self, client: Connection) -> None:
        if client.path == HEALTH:
            await client.say(200 if self._well() else 503)
        elif status := client.refusal():
            await client.say(status)
        else:
            await self._let_in(client)

    async def _let_in(self, client: Connection) -> None:
        try:
            listener = await self._who(client) if self._well() else None
            if listener is None:
                await client.say(403 if self._well() else 503)
                return
            stream = self.streams.open(listener, last=client.last)
        except Error:
            await client.say(503)
        except Full as full:
            await client.say(429 if full.own else 503)
        else:
            await self._stream(stream, client)

    async def _who(self, client: Connection) -> Listener | None:
        return await self._in(self._asking, watching.listener_of, client.session)

    async def _stream(self, stream: Stream, client: Connection) -> None:
        gone = asyncio.create_task(client.gone())
        gone.add_done_callback(lambda _done: stream.end())
        try:
            await client.begin()
            retry = random.randint(2000, 6000)  # noqa: S311  (spreads those who come back after a restart)
            await client.write(f"retry: {retry}\n{event('ready', at=stream.at)}")
            await self._tell(stream, client)
            await client.finish()
        except OSError:
            pass  # the client reads no more
        finally:
            self.streams.close(stream)
            gone.cancel()

    async def _tell(self, stream: Stream, client: Connection) -> None:
        looked = time.monotonic()
        while not stream.ended:
            try:
                await asyncio.wait_for(stream.woken.wait(), HEARTBEAT)
            except TimeoutError:
                await client.write(":\n\n")
            if time.monotonic() - looked > RECHECK:
                await self._look_again(stream, client)
                looked = time.monotonic()
            if (said := stream.taken()) and not stream.ended:
                await client.write(event(said.name, at=stream.at, words=said.words))
                await asyncio.sleep(POLL)  # at most one a second: what comes meanwhile is told together

    async def _look_again(self, stream: Stream, client: Connection) -> None:
        """Whether the session and a post still let it listen; to what, is as it is now."""
        try:
            listener = await self._who(client)
        except Error:
            listener = None
        if listener is None:
            stream.end()
        else:
            stream.listener = listener


def _asking(work: Callable[..., Result], *given: Any) -> Result:
    """Ask the database in this thread; a connection that broke is made anew next time."""
    try:
        return work(*given)
    except Error:
        connection.close()
        raise


application = Live()
