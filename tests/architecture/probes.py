"""How the matrix asks: rows of every kind, members of the cast who enter, and what the database lets them do."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked, correct_category, read_contact, take_open_order
from gongzhi.capabilities.orders.commands.wechat import bind_wechat
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.pictures import Picture
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command.running import _Encoder
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor, enter, enter_as_system
from gongzhi.shells.desk.commands import open_feed, save_reply, save_view
from tests import cast
from tests.architecture import made
from tests.orders.acting import dispatched, lamps, placed, step

CAST = {
    "none": "",
    "rcpt": "",
    "wrong": "",
    "resid": "resident",
    "neigh": "neighbour",
    "work": "worker",
    "owork": "outside_worker",
    "vill": "village",
    "desk": "desk",
    "odesk": "outsider",
    "cnty": "county",
    "superv": "supervisor",
    "admin": "admin",
    "seal": "sealed",
    "plat": "",
    "vol": "volunteer",
}
"""The columns of the matrix, and the members of the cast whom they mean: nobody, somebody who presents the receipt of
the very order or another, residents, the village's and an outside worker, officers of the village, of two townships
and the county, the supervisor, the administrator, the officer for sealed orders, the platform, a helper."""

TABLES = {
    "matter": "workflow_matter",
    "task": "workflow_task",
    "round": "workflow_round",
    "order": "orders_order",
    "words": "orders_orderwords",
    "contact": "orders_ordercontact",
    "message": "orders_message",
    "note": "orders_message",
    "photo": "orders_photo",
    "lesson": "orders_lesson",
    "different": "orders_different",
    "ring": "orders_ring",
    "drill": "orders_drill",
    "drillring": "orders_drillring",
    "delivery": "orders_delivery",
    "choice": "orders_noticechoice",
    "consent": "orders_showconsent",
    "summary": "orders_releasedsummary",
    "follower": "orders_follower",
    "hot": "orders_hotorder",
    "hotrun": "orders_hotrun",
    "event": "events_event",
    "subject": "events_eventsubject",
    "person": "people_person",
    "household": "people_household",
    "roster": "people_rosterentry",
    "unit": "people_organisation",
    "post": "people_post",
    "tenure": "people_tenure",
    "region": "regions_region",
    "joint": "regions_jointvillage",
    "member": "regions_jointvillagemember",
    "succession": "regions_succession",
    "reading": "audit_personaldataread",
    "key": "command_commandkey",
    "view": "desk_savedview",
    "reply": "desk_postreply",
    "feed": "desk_calendarfeed",
    "wechat": "orders_wechataddress",
    "trained": "orders_trainedmodel",
    "inuse": "orders_modelinuse",
}
OF_AN_ORDER = {
    *("matter", "task", "round", "order", "words", "contact", "message", "note", "photo", "lesson"),
    *("event", "subject", "different", "ring"),
}
NEVER_OF_A_SEALED = {"delivery", "choice", "consent", "summary", "follower", "hot"}
"""Nobody is told of a sealed order outside its pages: the database takes no such row."""
OF_AN_ORDER |= NEVER_OF_A_SEALED
PLACES = {
    "own": (cast.VILLAGE, "admin"),
    "town": (cast.OTHER_VILLAGE, "admin"),
    "county": (cast.SECOND_VILLAGE, "second_admin"),
}
HOLDERS = {
    "own": "worker",
    "town": "outside_worker",
    "sealed": "sealed",
    "county": "second_worker",
}
PASSED = ("", "23505", "23514")
"""Row-level security is asked before constraints: who broke a constraint had been let through."""


@dataclass(frozen=True)
class Row:
    """One row: what it is called here, and its columns as the database writes them."""

    name: str
    columns: dict[str, Any]
    above: list["Row"] = field(default_factory=list)

    @property
    def table(self) -> str:
        """The table in which it stands."""
        return TABLES[self.name]

    @property
    def tracked(self) -> bool:
        """Whether it changes only with an event."""
        return "event_id" in self.columns and self.name != "subject"


@dataclass(frozen=True)
class Case:
    """An order with a row of each table that belongs to it."""

    receipt: str
    rows: list[Row]


def as_(username: str) -> AbstractContextManager[Actor]:
    """Enter as a member of the cast."""
    return enter(person_id=cast.find(username).person_id)


def entering(who: str, receipt: str = "") -> AbstractContextManager[Actor]:
    """Enter as a column of the matrix."""
    if who in {"rcpt", "wrong"}:
        code = receipt if who == "rcpt" and receipt else receipt_code()
        return enter(receipt=hash_receipt(code))
    if who == "plat":
        return enter_as_system(platform_posts(cast.VILLAGE)[0].id)
    return as_(CAST[who]) if CAST[who] else enter()


# -- what is asked


def letters(actor: Actor, row: Row) -> str:
    """What the database lets this actor do with the row: read it, change it, add one like it."""
    return "".join(letter for letter, does in (("s", reads), ("u", changes), ("i", adds)) if does(actor, row))


def reads(actor: Actor, row: Row) -> bool:
    """Whether the row is seen."""
    where, values = _named(row)
    return _run(f'SELECT 1 FROM "{row.table}" WHERE {where}', values) == 1


def changes(actor: Actor, row: Row) -> bool:
    """Whether a next version of the row is taken."""
    if row.tracked:
        version = {"id": row.columns["id"], "version": row.columns["version"] + 1}
        return written(actor, [{"op": "update", "table": row.table, "row": version}]) in PASSED
    where, values = _named(row)
    column = {"key": "at", "reading": "reason", "event": "name", "subject": "version"}[row.name]
    return _run(f'UPDATE "{row.table}" SET {column} = {column} WHERE {where}', values) == 1


def adds(actor: Actor, row: Row) -> bool:
    """Whether another row like it is taken."""
    if row.tracked:
        made = [{"op": "insert", "table": each.table, "row": another(actor, each)} for each in row.above]
        mine = another(actor, row)
        if row.name == "order":
            mine["id"] = made[0]["row"]["id"]
        made.append({"op": "insert", "table": row.table, "row": mine})
        return written(actor, made).partition(":")[0] in PASSED
    if row.name == "event":
        case = {"thread": row.columns["thread"], "region_code": row.columns["region_code"]}
        return written(actor, [], **case) in PASSED
    columns = another(actor, row)
    if row.name == "subject":
        columns = row.columns | {"version": row.columns["version"] + 1}
    statement = f'INSERT INTO "{row.table}" SELECT * FROM jsonb_populate_record(NULL::"{row.table}", %s)'
    return _run(statement, [json.dumps(columns)], check=row.name == "subject") == 1


def another(actor: Actor, row: Row) -> dict[str, Any]:
    """The columns of a new row like this one, in which only what must be unique differs."""
    columns = row.columns | {"id": str(uuid7()), "version": 1}
    if row.name == "matter":
        columns["number"] = uuid7().hex[:20]
    if row.name == "tenure":
        columns |= {"granted_by": actor.pseudonym and str(actor.pseudonym), "approved_by": None}
    if row.name == "trained":
        columns["number"] += 1
    if row.name == "delivery":
        columns["cause"] = str(uuid7())
    if row.name == "key":
        columns["client_id"] = str(uuid7())
    return columns


def _named(row: Row) -> tuple[str, list[Any]]:
    names = {"subject": ["table_name", "row_id", "version"], "key": ["actor_key", "client_id"]}.get(
        row.name, ["id"]
    )
    return " AND ".join(f"{name} = %s" for name in names), [row.columns[name] for name in names]


def _run(statement: str, values: list[Any], *, check: bool = False) -> int:
    """How many rows a statement reached; nothing where it was refused. It is undone."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            count = cursor.rowcount
            if check:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError:
        return 0
    return count


def written(
    actor: Actor, rows: list[dict[str, Any]], /, *, function: str = "command_write", **event: Any
) -> str:
    """What the database answers to a change with an event of the actor's own (or as told); it is undone.

    Unless told otherwise the event opens a case, which anybody may do: so the answer is about the rows alone.
    """
    now = timezone.now()
    told = {
        "id": uuid7(),
        "name": "matrix.probed",
        "actor": actor.pseudonym,
        "thread": uuid7(),
        "occurred_at": now,
        "recorded_at": now,
        "data": {},
    }
    key = event.pop("key", None)
    told |= event
    given = [each | {"row": each["row"] | {"event_id": told["id"]}} for each in rows]
    document = {"event": told, "rows": given} | ({"key": key} if key else {})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s::jsonb)", [json.dumps(document, cls=_Encoder)])
        answer: str = cursor.fetchone()[0]
        transaction.set_rollback(True)
    return answer


# -- the rows


def found(name: str, where: str, *values: Any) -> Row:
    """The newest row that the present actor sees."""
    order = {"subject": "event_id", "key": "at"}.get(name, "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT to_jsonb(t) FROM "{TABLES[name]}" t WHERE {where} ORDER BY {order} DESC LIMIT 1',
            values,
        )
        return Row(name, json.loads(cursor.fetchone()[0]))


def an_order(name: str) -> Case:
    """The order of a line of the matrix, with a row in each table that belongs to it."""
    order_id, receipt = _ordered(name)
    seer = {"town": "outsider", "sealed": "sealed", "county": "second_desk"}.get(name, "desk")
    step(seer, order_id, "message", words="已经安排")
    step(seer, order_id, "note", words="内部备注")
    with as_(seer) as actor:
        correct_category(actor=actor, asked=Asked(order_id), category="street_light")
    made.rung(seer, order_id)
    made.told_apart(seer, order_id)
    if name != "sealed":
        made.told(seer, order_id)
        made.shown_to_neighbours(seer, order_id, receipt=receipt)
    with as_(seer):
        matter = found("matter", "id = %s", order_id)
        return Case(
            receipt,
            [
                matter,
                Row("order", found("order", "id = %s", order_id).columns, above=[matter]),
                *[
                    found(each, "matter_id = %s", order_id)
                    for each in ("task", "round", "words", "contact", "photo", "lesson", "ring")
                ],
                found("different", "matter_id = %s", order_id),
                found("message", "matter_id = %s AND direction = 'out'", order_id),
                *[
                    found(each, "matter_id = %s", order_id)
                    for each in sorted(NEVER_OF_A_SEALED)
                    if name != "sealed"
                ],
                found("note", "matter_id = %s AND direction = 'note'", order_id),
                found("event", "thread = %s", order_id),
                found("subject", "table_name = 'workflow_matter' AND row_id = %s", order_id),
            ],
        )


def _ordered(name: str) -> tuple[UUID, str]:
    where = {"town": cast.OTHER_VILLAGE, "county": cast.SECOND_VILLAGE}.get(name, cast.VILLAGE)
    order_id, receipt = placed(
        "resident" if name == "own" else None,
        region_code=where,
        kind=lamps(where),
        phone="13912345678",
        photos=[Picture(b"jpeg", 1, 1)],
        sealed=name == "sealed",
        open_to_helpers=name in {"free", "taken"},
    )
    if name == "taken":
        with as_("volunteer") as actor:
            take_open_order(actor=actor, order_id=order_id)
    elif name in {"own", "town", "county"}:
        dispatched(order_id, where)
    return order_id, receipt


def own_person(who: str) -> Row | None:
    """The asker's own row in the register."""
    if not CAST[who]:
        return None
    with as_("admin"):
        return found("person", "id = %s", cast.find(CAST[who]).person_id)


def of_the_register(name: str) -> Row:
    """The row of a line of the matrix, made by an administrator."""
    kind, place = name.split()
    code, maker = PLACES.get(place, PLACES["own"])
    makers = {"tenure": _tenure, "reading": _reading, "drill": _drilled, "drillring": _drilled}
    makers |= {"trained": _learned, "inuse": _learned, "hotrun": _learned}
    return makers.get(kind, _registered)(kind, place, code, maker)


def _learned(kind: str, _place: str, code: int, _maker: str) -> Row:
    post = platform_posts(code)[0]
    with enter_as_system(post.id) as actor:
        made.by_night(actor, post.region_code)
        return found(kind, "region_code = %s", post.region_code)


def _drilled(kind: str, place: str, code: int, _maker: str) -> Row:
    post = platform_posts(code)[0]
    with enter_as_system(post.id) as actor:
        made.drilled(actor, code, rung="grid_worker" if place == "town" else None)
        return found(kind, "region_code = %s", code)


def _tenure(kind: str, place: str, _code: int, _maker: str) -> Row:
    person = cast.find(HOLDERS[place])
    with enter(person_id=person.person_id):
        return found(kind, "person_id = %s", person.person_id)


def _reading(kind: str, place: str, _code: int, _maker: str) -> Row:
    order_id, _receipt = _ordered(place)
    with as_("desk" if place == "own" else "second_desk") as actor:
        read_contact(actor=actor, order_id=order_id, reason="核对联系电话")
        return found(kind, "thread = %s", order_id)


def _registered(kind: str, place: str, code: int, maker: str) -> Row:
    with as_(maker) as actor:
        if kind in {"joint", "member", "succession"}:
            made.of_places(actor)
        elif kind == "feed":
            open_feed(actor=actor)
        elif kind == "wechat":
            bind_wechat(actor=actor, openid="o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
        elif kind == "reply":
            post = actor.posts[0].id
            save_reply(actor=actor, post_id=post, step="message", name="回访", words="已办好")
        elif kind == "view":
            save_view(actor=actor, page="orders", name="没人接的", query="unheld=on&list=all")
        elif kind != "region":
            made.of_people(actor, code)
    with as_(maker):
        where = {"region": f"code = {code} AND level = 5", "event": "thread IS NULL"}.get(kind, "true")
        if kind == "subject":
            where = "table_name = 'people_person'"
        return found(kind, where)
