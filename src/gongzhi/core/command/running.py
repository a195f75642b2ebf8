"""Every change of state runs here: a command collects what it changes, and one statement writes it with its event.

```
with change(actor, "order.accepted", client_id=client_id, payload={"order": order_id}) as c:
    if c.kept is not None:
        return c.kept
    matter = c.lock(Matter, order_id, seen=seen)
    c.about(matter.region_code, thread=matter.id)
    c.update(matter, state="accepted")
    return c.answer(id=matter.id)
```

Nothing but the client's key is written before the block ends, and a refusal takes the key back, so it leaves no trace
and the transaction can go on reading. Work on many rows is one command a row.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, connections, models
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.permissions.actor import ANYBODY, Actor

Row = TypeVar("Row", bound=Tracked)
Answer = dict[str, Any]


class Refused(Exception):
    """A command that the rules or the rights do not allow. `message` is for the user, in the user's language."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Conflict(Refused):
    """The row has changed since the actor saw it, or a client id came again with another content."""

    def __init__(self, message: str, *, seen: int | None = None, now: int | None = None) -> None:
        super().__init__("conflict", message)
        self.seen = seen
        self.now = now


def no_such_row() -> Refused:
    """The refusal for a row that does not exist or that the actor may not see: the two look alike."""
    return Refused("not_found", _("没有找到，或者您无权办理。"))


@contextmanager
def change(
    actor: Actor,
    name: str,
    *,
    client_id: UUID | None = None,
    payload: dict[str, Any] | None = None,
    occurred_at: datetime | None = None,
    caused_by: UUID | None = None,
) -> Iterator["Change"]:
    """Run one command named by its event. Inside `enter`'s transaction only.

    `client_id` with `payload` make it idempotent for this actor. `occurred_at` is the actor's claim: without a zone it
    is local time, and what lies in the future counts as now. Refuses (Conflict) when the key was used with another
    payload, or a row changed meanwhile.
    """
    made = Change(actor, name, occurred_at=occurred_at, caused_by=caused_by)
    try:
        if client_id is not None:
            made.claim(client_id, payload or {})
        yield made
        made.write()
    except Refused:
        made.disclaim()
        raise


@contextmanager
def change_as_owner(name: str, *, again: tuple[UUID, datetime] | None = None) -> Iterator["Change"]:
    """A command of the installation itself, written as the owner of the database: nobody holds a post for it.

    `again`: the id and time of an event that this database lost with a restore and that is written once more.
    """
    made = Change(ANYBODY, name, occurred_at=None, caused_by=None, using="owner")
    if again is not None:
        made.happened(*again)
    yield made
    made.write()


class Change:
    """What one command is about to write. Made by `change`."""

    def __init__(self, actor: Actor, name: str, **when: Any) -> None:
        now = timezone.now()
        claimed: datetime | None = when["occurred_at"]
        self.actor = actor
        self._using: str = when.get("using", "default")
        self.now = now
        self.event_id = uuid7()
        self.kept: Answer | None = None
        self._rows: list[dict[str, Any]] = []
        self._touched: dict[tuple[str, UUID], dict[str, Any]] = {}
        self._writer = "command_write"
        self._written = False
        self._after: list[Callable[[], None]] = []
        self._key: dict[str, Any] | None = None
        self._subject: tuple[str, UUID] | None = None
        self._event: dict[str, Any] = {
            "id": self.event_id,
            "name": name,
            "actor": actor.pseudonym,
            "post": actor.posts[0].id if actor.system else None,
            "client_id": None,
            "caused_by": when["caused_by"],
            "occurred_at": min(_zoned(claimed), now) if claimed else now,
            "recorded_at": now,
            "data": {},
        }

    # -- idempotency

    def claim(self, client_id: UUID, payload: dict[str, Any]) -> None:
        """Insert the actor's key first of all, or find the answer that was kept for it."""
        text = json.dumps([self._event["name"], payload], cls=DjangoJSONEncoder, sort_keys=True)
        digest = hashlib.sha256(text.encode()).digest()
        self._event["client_id"] = client_id
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO command_commandkey (actor_key, client_id, digest, subject_table, at) "
                "VALUES (%s, %s, %s, '', %s) ON CONFLICT DO NOTHING",
                [self.actor.key, client_id, digest, self.now],
            )
            if cursor.rowcount:
                self._key = {"actor": self.actor.key, "client": client_id}
                return
            cursor.execute(
                "SELECT digest, answer, subject_table, subject_id FROM command_commandkey "
                "WHERE actor_key = %s AND client_id = %s",
                [self.actor.key, client_id],
            )
            row = cursor.fetchone()
        self.kept = _kept(row, digest)

    def disclaim(self) -> None:
        """Take the client's key back: the command was refused, and may be sent again."""
        if self._key is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM command_commandkey WHERE actor_key = %s AND client_id = %s AND answer IS NULL",
                [self._key["actor"], self._key["client"]],
            )

    # -- rows

    def lock(self, model: type[Row], row_id: UUID, *, seen: int | None = None) -> Row:
        """The row, locked for this change under row-level security.

        Whoever waited for the lock happens after whom he waited for, so the event's id and time are taken here anew.

        Refuses when the actor may not change it, and (Conflict) when it is no longer at version `seen`.
        """
        row = model._default_manager.select_for_update().filter(pk=row_id).first()
        if not self._rows:
            self._happens_now()
        if row is None:
            raise no_such_row()
        if seen is not None and row.version != seen:
            message = _("这件事在您查看之后有了变化，请看过最新情况再办理。")
            raise Conflict(message, seen=seen, now=row.version)
        return row

    def _happens_now(self) -> None:
        before, self.now, self.event_id = self.now, timezone.now(), uuid7()
        if self._event["occurred_at"] == before:
            self._event["occurred_at"] = self.now
        self._event |= {"id": self.event_id, "recorded_at": self.now}

    def happened(self, event_id: UUID, at: datetime) -> None:
        """It happened before, as this event, at that time."""
        self.event_id, self.now = event_id, at
        self._event |= {"id": event_id, "occurred_at": at, "recorded_at": at}

    def create(self, row: Row) -> Row:
        """Add a new row."""
        row.version, row.event_id = 1, self.event_id
        return self._collect(row, op="insert")

    def update(self, row: Row, **values: Any) -> Row:
        """Set `values` on a row that `lock` returned, or that this command made or changed before."""
        for field, value in values.items():
            setattr(row, field, value)
        known = self._touched.get((row._meta.db_table, row.id))
        if known is not None:
            row.version, row.event_id = known["version"], self.event_id
            known |= _columns(row, set(values))
            return row
        row.version, row.event_id = row.version + 1, self.event_id
        return self._collect(row, op="update", only={*values, "id", "version", "event_id"})

    def _collect(self, row: Row, *, op: str, only: set[str] | None = None) -> Row:
        columns = _columns(row, only)
        self._touched[(row._meta.db_table, row.id)] = columns
        self._rows.append({"op": op, "table": row._meta.db_table, "row": columns})
        return row

    def after(self, follow: Callable[[], None]) -> None:
        """Do `follow` once the change is written, in the same transaction: defer a job that its commit releases."""
        self._after.append(follow)

    def through(self, function: str) -> None:
        """Write through a SECURITY DEFINER function that checks the right to give these rows away."""
        self._writer = function

    # -- the event

    def about(self, region_code: int | None, *, thread: UUID | None = None) -> None:
        """Where it happened, and to which case it belongs."""
        self._event["region_code"] = region_code
        self._event["thread"] = thread

    def by_post(self, post_id: UUID | None) -> None:
        """The post by which the actor did it."""
        self._event["post"] = post_id

    def data(self, **values: Any) -> None:
        """Facts of the event: ids and codes, never names or free text."""
        self._event["data"].update(values)

    def answer(self, subject: Tracked | None = None, **values: Any) -> Answer:
        """The answer to the client, kept under its key. `subject` must still be visible when it is repeated."""
        given: Answer = json.loads(json.dumps({"event": self.event_id, **values}, cls=DjangoJSONEncoder))
        if subject is not None:
            self._subject = (subject._meta.db_table, subject.id)
        if self._key is not None:
            self._key["answer"] = given
        return given

    def unchanged(self, **values: Any) -> Answer:
        """The answer where all is as it was asked for already: nothing is written, and no event tells of it."""
        self.disclaim()
        self.kept = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
        return self.kept or {}

    def write(self) -> None:
        """Send it all in one statement. Refuses (Conflict) when a row changed or is not the actor's to change."""
        if self.kept is not None or self._written:
            return
        self._written = True
        document: dict[str, Any] = {"event": self._event, "rows": self._rows}
        if self._key is not None:
            table, row_id = self._subject or ("", None)
            document["key"] = {**self._key, "table": table, "id": row_id}
        with connections[self._using].cursor() as cursor:
            cursor.execute(f"SELECT {self._writer}(%s::jsonb)", [json.dumps(document, cls=_Encoder)])
            (state,) = cursor.fetchone()
        if state:
            raise _in_words(state)
        for follow in self._after:
            follow()


def _zoned(claimed: datetime) -> datetime:
    return timezone.make_aware(claimed) if timezone.is_naive(claimed) else claimed


class _Encoder(DjangoJSONEncoder):
    """JSON as jsonb_populate_record reads it: full microseconds, bytes in hexadecimal."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            return o.isoformat()
        if isinstance(o, bytes | memoryview):
            return "\\x" + bytes(o).hex()
        return super().default(o)


def _columns(row: models.Model, only: set[str] | None = None) -> dict[str, Any]:
    return {
        str(field.column): getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if only is None or field.name in only or field.attname in only
    }


def _kept(row: tuple[Any, ...] | None, digest: bytes) -> Answer:
    if row is None or row[1] is None:
        raise Conflict(_("同一操作正在处理，请稍后再看。"))
    if bytes(row[0]) != digest:
        raise Conflict(_("这个编号已用于另一项操作，本次没有执行。"))
    table, row_id = row[2], row[3]
    if table:
        with connection.cursor() as cursor:
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT 1 FROM {quoted} WHERE id = %s", [row_id])  # noqa: S608 - a table of ours, quoted
            if cursor.fetchone() is None:
                raise no_such_row()
    answer: Answer = json.loads(row[1]) if isinstance(row[1], str) else row[1]
    return answer


def _in_words(state: str) -> Refused:
    """The refusal for what the database answered: a SQLSTATE, with the name of a broken constraint behind a colon."""
    if state == "GZ409":
        return Conflict(_("这件事刚刚有了变化，或者已不归您办理，请刷新后再试。"))
    if state == "42501":
        return no_such_row()
    return Refused(state.partition(":")[2], _("这样的记录已经有了，或者内容不符合规定。"))
