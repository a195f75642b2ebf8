"""The one reader of what flows out: reactions, sync, exports and live updates all follow events through it.

Events come in the order (xid, id), and only those of transactions older than every transaction that still runs. Ids and
times would not do: they are given before the commit, so that one which commits late would be passed over.

It reads under the row-level security of the transaction that it runs in: whoever follows gets what he may see.

```
bookmark = reader.newest()                      # kept by the follower, as text where it must last
page = reader.read(bookmark, most=200)          # oldest first; Resync: begin anew, this is another database
bookmark = page.bookmark
```
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from gongzhi.core.events.models import Event

MOST = 1000
"""Events on one page, whatever is asked for."""
HERE = "default"
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

STAND = """
SELECT (SELECT database FROM definitions_installation), pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
PAGE = """
SELECT id, name, thread, region_code, actor, post, client_id, caused_by, occurred_at, recorded_at, data,
       xid::text::bigint AS xid
  FROM events_event
 WHERE (xid, id) > (%s::text::xid8, %s::uuid) AND (xid, id) <= (%s::text::xid8, %s::uuid)
 ORDER BY events_event.xid, id LIMIT %s
"""


class Resync(Exception):
    """The bookmark belongs to another database: this one was restored since. Whoever follows begins anew."""


@dataclass(frozen=True, order=True)
class Bookmark:
    """How far a follower has read, in the database of that epoch."""

    xid: int
    id: UUID
    epoch: UUID

    def __str__(self) -> str:
        return f"{self.epoch.hex}.{self.xid}.{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> "Bookmark":
        """The bookmark that `str` wrote. Refuses (ValueError) anything else."""
        epoch, xid, event_id = text.split(".")
        return cls(xid=int(xid), id=UUID(hex=event_id), epoch=UUID(hex=epoch))


@dataclass(frozen=True)
class Page:
    """Some events, oldest first, and where to read on; `more`: others are ready to be read now."""

    events: tuple[Event, ...]
    bookmark: Bookmark
    more: bool


def newest(using: str = HERE) -> Bookmark:
    """The place behind everything that is settled now: no transaction that still runs can add before it."""
    with connections[using].cursor() as cursor:
        cursor.execute(STAND)
        epoch, horizon = cursor.fetchone()
    return Bookmark(xid=horizon - 1, id=LAST, epoch=epoch or FIRST)


def oldest(using: str = HERE) -> Bookmark:
    """The place before the first event."""
    return Bookmark(xid=0, id=FIRST, epoch=newest(using).epoch)


def read(after: Bookmark, *, most: int = 200, upto: Bookmark | None = None, using: str = HERE) -> Page:
    """The next page of visible events after a bookmark, at most MOST; up to `upto`, which `newest` told before.

    Refuses (Resync) a bookmark of another database, or one that lies ahead of this one.
    """
    end = upto or newest(using)
    if after.epoch != end.epoch or after.xid > end.xid:
        raise Resync
    most = max(1, min(most, MOST))
    asked: list[Any] = [str(after.xid), after.id, str(end.xid), end.id, most + 1]
    found = list(Event.objects.using(using).raw(PAGE, asked))
    more = len(found) > most
    events = tuple(found[:most])
    if not more:
        return Page(events, end, more=False)
    last = events[-1]
    return Page(events, Bookmark(xid=int(last.xid or 0), id=last.id, epoch=end.epoch), more=True)
