"""Deletion (个人信息保护法 47): what an order holds of a person goes for good; its history and the counts stay whole.

What goes: the words and what they are found by, the place in words and on the map, the words that decided the
category, name and telephone, every message and note, what was released to neighbours, the photos with their files,
notices kept on this server, and the digests by which commands with those words were told apart. What stays, since it
tells nothing of a person and other rules ask for it: the number, kind, category, division, times, steps, outcome and
stars (国办发〔2020〕53号, the loop of every order; 信访工作条例 22, all are registered), the events and the log of
readings (网络安全法 23, six months at least), the digest of the receipt, so that it opens the page, and the number in
the hotline it came from, so that a second import does not bring the words back. No rule that we know asks to keep the
words of a closed order or puts a hold on them; those of an open one are needed to do what was asked (个人信息保护法
13), so they stay until it is closed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import notices, pictures, telling
from gongzhi.capabilities.orders.commands.steps import Asked, locked
from gongzhi.capabilities.orders.models import (
    Follower,
    Message,
    Order,
    OrderContact,
    OrderWords,
    Photo,
    ReleasedSummary,
)
from gongzhi.capabilities.orders.notices.models import WeChatAddress
from gongzhi.core.command import replaying
from gongzhi.core.command.forgetting import forget_too
from gongzhi.core.command.people import unmasked
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.people.models import Person
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.engine import parts_of, worked_on
from gongzhi.workflow.models import Matter, row_of

RIGHT = "erase_words"
OWN_WISH = "own_wish"
TERM_OVER = "term_over"
BATCH = 50

CONTACT = {"name": "", "phone_enc": None, "phone_index": None, "share": False}
BLANK: dict[type[Tracked], dict[str, Any]] = {
    OrderWords: {"title": "", "text": "", "place_text": "", "bigrams": []},
    OrderContact: CONTACT,
    Message: {"text": ""},
    Photo: {"path": "", "sha256": ""},
    ReleasedSummary: {"summary": "", "words": False, "photos": False},
    Order: {"lon": None, "lat": None, "reasons": []},
}
"""What each kind of row is once it is erased; `orders_erase` in the database lets nothing else pass."""


def desk_reasons() -> dict[str, str]:
    """Why a post erases an order that is not its own: the codes that the event keeps, and what they mean."""
    return {
        "asked_in_person": _("居民当面要求"),
        "asked_by_phone": _("居民来电要求，已核对编号和电话"),
        "asked_in_writing": _("居民书面要求"),
        "named_in_it": _("内容里写到的人要求，核实应当删除"),
    }


def erase_order(*, actor: Actor, asked: Asked, reason: str = OWN_WISH) -> Answer:
    """Erase what a closed order holds of a person: words, contact, messages, photos and their files (PIPL 47).

    The resident may (by receipt, or signed in); at a resident's request also a post with the right `erase_words`, which
    says with a code how it was asked, and of a sealed order its own post alone. Once done, doing it again changes
    nothing. Refuses an open order, whoever handled it himself, a post without the right, and a reason that is none.
    """
    payload = {"order": asked.order_id, "reason": reason}
    with change(actor, "order.erased", client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        _must_erase(actor, matter, reason=reason)
        c.data(reason=reason)
        return erase_rows(c, matter)


def erase_contact(*, actor: Actor, asked: Asked) -> Answer:
    """Forget at once the name and telephone that the resident left, also while the order is open (PIPL 15, 47).

    Who handles it learns them no more, and no message is sent any longer. Refuses everybody but the resident.
    """
    with change(
        actor, "order.contact_erased", client_id=asked.client_id, payload={"order": asked.order_id}
    ) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        if "reporter" not in parts_of(actor, matter):
            raise no_such_row()
        c.data(reason=OWN_WISH)
        return erase_rows(c, matter, only=OrderContact)


def may_erase(actor: Actor, matter: Matter) -> bool:
    """Whether `erase_order` would let this actor, as a post, erase a closed order at a resident's request."""
    if matter.closed_at is None:
        return False
    if matter.sealed_to is not None:
        return any(post.id == matter.sealed_to for post in actor.with_right(RIGHT))
    return actor.may(RIGHT, matter.region_code)


def forget_reporter(*, actor: Actor, person: Person) -> None:
    """Part of `erase_person`: the name and telephone go that a person left on orders, open and sealed ones too.

    Found by who reported and by the telephone. The words of those orders no longer lead to anybody; they go by
    `erase_order`. Each is an event of its order, so that whoever asked learns of no order by it.
    """
    if person.phone_enc:
        notices.adapter().forget(unmasked(person, "phone"))
    more = True
    while more:
        with connection.cursor() as cursor:
            events = [uuid7() for _each in range(BATCH)]
            cursor.execute("SELECT orders_forget(%s, %s, %s)", [person.id, events, timezone.now()])
            (more,) = cursor.fetchone()


def register() -> None:
    """Forget with a person what orders keep of him; after a restore, erase again what was erased."""
    forget_too(forget_reporter)
    replaying.erases("order.erased", "order.contact_erased", "notice.wechat_ended", "notice.wechat_forgotten")
    replaying.erases("order.unfollowed", "order.follower_forgotten")
    for model in BLANK:
        replaying.emptied(model, _blank(model))
    replaying.emptied(Follower, lambda _row, at: {"receipt_hash": None, "follower": None, "stopped_at": at})
    replaying.emptied(
        WeChatAddress, lambda _row, at: {"openid_enc": None, "openid_index": None, "ended_at": at}
    )
    replaying.then(_erased_again)


def _blank(model: type[Tracked]) -> replaying.Values:
    def values(row: Any, at: datetime) -> dict[str, Any]:
        if isinstance(row, Photo) and row.path:
            file = pictures.whole_path(row.path)
            transaction.on_commit(lambda: file.unlink(missing_ok=True), using=replaying.OWNER)
        return {**BLANK[model]} if model is Order else {**BLANK[model], "erased_at": at}

    return values


def _erased_again(table: str, row_id: UUID) -> None:
    """After a restore the digests of commands go once more."""
    if table == OrderWords._meta.db_table:
        with connections[replaying.OWNER].cursor() as cursor:
            cursor.execute(
                "UPDATE command_commandkey SET digest = '', answer = '{}' WHERE subject_id ="
                " (SELECT matter_id FROM orders_orderwords WHERE id = %s)",
                [row_id],
            )


def _must_erase(actor: Actor, matter: Matter, *, reason: str) -> None:
    own = "reporter" in parts_of(actor, matter)
    if not own and not (actor.may(RIGHT, matter.region_code) or matter.sealed_to in actor.post_ids):
        raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
    if matter.closed_at is None:
        raise Refused("open", _("这件事还在办理，办结或撤回以后才能删除内容。"))
    if own:
        return
    if not may_erase(actor, matter):
        raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
    if worked_on(actor, matter):
        raise Refused("own_work", _("自己经办的事不能由自己删除，请另一位有权限的人办理。"))
    if reason not in desk_reasons():
        raise Refused("reason", _("请选择居民是怎样要求删除的。"))


def erase_rows(c: Change, matter: Matter, *, only: type[Tracked] | None = None) -> Answer:
    """Blank what is left to erase, as part of a command that knows it may; the files follow once it is committed."""
    models = {model._meta.db_table: model for model in BLANK}
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept_in, id, version, path FROM orders_erasable(%s)", [matter.id])
        left = [row for row in cursor.fetchall() if only in (None, models[row[0]])]
    if not left:
        return c.unchanged(id=matter.id)
    for table, row_id, version, _path in left:
        model = models[table]
        erased = {} if model is Order else {"erased_at": c.now}
        c.update(row_of(model, row_id, version=version), **BLANK[model], **erased)
    paths = [path for *_row, path in left if path]
    number = (
        "" if matter.sealed_to else matter.number
    )  # no job names a sealed order, and nobody is told of one
    c.through("orders_erase")
    c.after(lambda: telling.forget_soon(paths, number))
    return c.answer(matter, id=matter.id)
