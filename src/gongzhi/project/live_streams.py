"""The open streams of live updates: who listens, what to tell whom, how many there may be. No Django, no database."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

MOST_STREAMS = 1000
MOST_OF_ONE = 12
"""Streams of one account: one a visible window."""
REMEMBERED = 1000
"""Changes kept for whoever comes back after a short interruption."""

Interval = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """That something of a kind changed in some places: all that is ever known here of it."""

    kind: str
    places: frozenset[int]
    holder: UUID | None = None
    sealed_to: UUID | None = None


@dataclass(frozen=True)
class Listener:
    """A signed-in person, with the places that he sees and the posts that he holds."""

    account: str
    see: tuple[Interval, ...] = ()
    posts: frozenset[UUID] = frozenset()
    sealed: frozenset[UUID] = frozenset()

    def hears(self, change: Change) -> bool:
        """Whether it is a change of what he may see: of what is sealed, its own post alone learns."""
        if change.sealed_to is not None:
            return change.sealed_to in self.sealed
        held = change.holder is not None and change.holder in self.posts
        return held or any(low <= place <= high for place in change.places for low, high in self.see)


class Full(Exception):
    """No more streams: of this account (`own`), or in all."""

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.own = own


@dataclass(frozen=True)
class Said:
    """What a stream says: that something of these kinds `changed`, or (`resync`) that anything may have."""

    name: str
    words: str = ""


@dataclass(eq=False)
class Stream:
    """One open stream. Kinds to tell are a set: whoever reads slowly finds them once, and nothing piles up."""

    listener: Listener
    pending: set[str] = field(default_factory=set)
    at: str = ""
    resync: bool = False
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, kind: str, at: str) -> None:
        """Let it say that something of this kind changed."""
        self.pending.add(kind)
        self.at = at
        self.woken.set()

    def begin_anew(self, at: str) -> None:
        """Let it say that anything may have changed."""
        self.resync, self.at = True, at
        self.woken.set()

    def end(self) -> None:
        """Let it end."""
        self.ended = True
        self.woken.set()

    def taken(self) -> Said | None:
        """What to say now, each thing once; afterwards nothing waits."""
        self.woken.clear()
        said = Said("changed", " ".join(sorted(self.pending))) if self.pending else None
        if self.resync:
            said = Said("resync")
        self.resync, self.pending = False, set()
        return said


class Streams:
    """Every open stream of this process."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()
        self._past: deque[tuple[int, Change]] = deque(maxlen=REMEMBERED)
        self._name = secrets.token_hex(4)
        self._since = _milliseconds()

    def __len__(self) -> int:
        return len(self._open)

    def open(self, listener: Listener, *, last: str = "") -> Stream:
        """A new stream; `last` is the id that its client heard last. Refuses (Full) one too many."""
        if len(self._open) >= MOST_STREAMS:
            raise Full(own=False)
        if sum(stream.listener.account == listener.account for stream in self._open) >= MOST_OF_ONE:
            raise Full(own=True)
        stream = Stream(listener, at=self._now())
        self._open.add(stream)
        if last:
            self._catch_up(stream, last)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        self._open.discard(stream)

    def tell(self, changes: Iterable[Change]) -> None:
        """Tell each listener of the changes that he hears."""
        at = self._now()
        for change in changes:
            self._past.append((_milliseconds(), change))
            for stream in self._open:
                if stream.listener.hears(change):
                    stream.tell(change.kind, at)

    def begin_anew(self) -> None:
        """Tell everybody that anything may have changed, and forget what was."""
        self._past.clear()
        self._name, self._since = secrets.token_hex(4), _milliseconds()
        for stream in self._open:
            stream.begin_anew(self._now())

    def end(self) -> None:
        """End every stream: whoever listens polls until he gets through again."""
        for stream in self._open:
            stream.end()

    def _now(self) -> str:
        """The id of a moment. It tells nothing but the time: a running number would count what others do."""
        return f"{self._name}-{_milliseconds()}"

    def _catch_up(self, stream: Stream, last: str) -> None:
        name, _dash, moment = last.partition("-")
        forgotten = len(self._past) == REMEMBERED and self._past[0][0]
        known = name == self._name and moment.isdecimal() and int(moment) >= max(self._since, int(forgotten))
        if not known:
            stream.begin_anew(stream.at)
            return
        for at, change in self._past:
            if at >= int(moment) and stream.listener.hears(change):
                stream.tell(change.kind, stream.at)


def _milliseconds() -> int:
    return int(time.time() * 1000)
