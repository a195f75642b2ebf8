"""Where a resident is reached by WeChat: kept when he says so, ended when he says so, forgotten with him or in time."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.notices.models import WeChatAddress
from gongzhi.capabilities.orders.notices.routing import reach_by
from gongzhi.core.command.forgetting import forget_too
from gongzhi.core.command.running import Answer, Refused, change
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people import cipher
from gongzhi.core.people.models import Person
from gongzhi.core.permissions.actor import Actor

WRITER = "orders_bind"
BATCH = 100


def bind_wechat(*, actor: Actor, openid: str) -> Answer:
    """Keep where the actor is reached by WeChat, encrypted, once WeChat has told it and he has agreed (PIPL 13, 14).

    Another address takes the place of the earlier one. Refuses whoever is not signed in as a person of the register.
    """
    with change(actor, "notice.wechat_bound") as c:
        c.through(WRITER)
        owner = actor.pseudonym
        person = Person.objects.filter(pseudonym=owner, erased_at__isnull=True).first() if owner else None
        if owner is None or person is None:
            raise Refused("nobody", _("这个账号还没有登记到人，请先请村干部登记。"))
        c.about(person.region_code)
        c.data(agreed=True)
        address = {
            "openid_enc": cipher.encrypt(openid),
            "openid_index": cipher.blind_index(openid),
            "bound_at": c.now,
        }
        kept = WeChatAddress.objects.filter(owner=owner).values_list("id", flat=True).first()
        if kept is not None:
            row = c.update(c.lock(WeChatAddress, kept), ended_at=None, **address)
        else:
            made = WeChatAddress(owner=owner, region_code=person.region_code, **address)
            row = c.create(made)
        return c.answer(row, id=row.id)


def end_wechat(*, actor: Actor) -> Answer:
    """Delete where the actor is reached by WeChat: he is told nothing by it any longer (PIPL 15).

    Where nothing is kept, nothing changes. Refuses nothing.
    """
    with change(actor, "notice.wechat_ended") as c:
        c.through(WRITER)
        kept = bound(actor)
        if kept is None:
            return c.unchanged()
        row = c.lock(WeChatAddress, kept.id)
        c.about(row.region_code)
        c.update(row, openid_enc=None, openid_index=None, ended_at=c.now)
        return c.answer(row, id=row.id)


def bound(actor: Actor) -> WeChatAddress | None:
    """What is kept of the actor; None where he is not reached by WeChat."""
    if actor.pseudonym is None:
        return None
    return WeChatAddress.objects.filter(owner=actor.pseudonym, openid_enc__isnull=False).first()


def forget_wechat(*, actor: Actor, person: Person) -> None:
    """Part of `erase_person`: the person's WeChat address goes, whoever of those allowed asks for it."""
    _forget(person.id, closed_before=timezone.now(), most=1)


def forget_wechat_after(closed_before: datetime) -> int:
    """Within the platform's own transaction: forget whom no order needs any longer; how many there were.

    Those are: bound before that moment, with no open order and none that was closed since.
    """
    return _forget(None, closed_before=closed_before, most=BATCH)


def register() -> None:
    """Residents are reached by WeChat at the address that they bound; it goes with them."""
    reach_by("wechat", _openid)
    forget_too(forget_wechat)


def _openid(order_id: UUID) -> tuple[str, bytes] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT openid_enc, openid_index FROM orders_wechat_of(%s)", [order_id])
        found = cursor.fetchone()
    return (cipher.decrypt(found[0]), bytes(found[1])) if found is not None else None


def _forget(person_id: UUID | None, *, closed_before: datetime, most: int) -> int:
    events = [uuid7() for _each in range(most)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT orders_forget_wechat(%s, %s, %s, %s)", [person_id, closed_before, events, timezone.now()]
        )
        (done,) = cursor.fetchone()
    return int(done)
