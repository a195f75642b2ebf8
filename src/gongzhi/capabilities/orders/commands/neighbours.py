"""What neighbours may know of an order, and following it: the reporter consents, the desk releases, anybody follows."""

from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands.merging import JUDGES
from gongzhi.capabilities.orders.commands.placing import ADDRESS_AN_HOUR, VILLAGE_AN_HOUR
from gongzhi.capabilities.orders.commands.steps import Asked, locked
from gongzhi.capabilities.orders.models import Follower, OrderWords, ReleasedSummary, ShowConsent
from gongzhi.capabilities.orders.neighbours import FAMILY, LONGEST_SUMMARY, names_a_house
from gongzhi.capabilities.orders.queries.neighbours import names_somebody_of, released_near
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.people.cipher import blind_index
from gongzhi.core.permissions.actor import Actor
from gongzhi.shells.desk.rules import names_somebody
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.models import Matter

WRITER = "orders_follow"
NOBODY = {"receipt_hash": None, "follower": None}
"""What a follower's row holds once he stopped: it leads to nobody."""


def choose_showing(*, actor: Actor, asked: Asked, given: bool) -> Answer:
    """Keep whether neighbours may see the words and photos of an order; taken back, they are hidden at once.

    Given anew, it waits for the desk to release them again. Refuses everybody but the reporter, a sealed order, a
    service, and (to consent) one whose content was deleted.
    """
    payload = {"order": asked.order_id, "given": given}
    with change(actor, "order.showing_chosen", client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        if "reporter" not in parts_of(actor, matter):
            raise no_such_row()
        _must_be_public(matter)
        if given and _erased(matter):
            raise Refused("erased", _("内容已经删除，没有什么可以公开的。"))
        kept = ShowConsent.objects.filter(order_id=matter.id).first()
        if given == (kept is not None and kept.given):
            return c.unchanged(id=matter.id, given=given)
        if kept is None:
            c.create(ShowConsent(order_id=matter.id, given=given, at=c.now))
        else:
            c.update(kept, given=given, at=c.now)
        c.data(given=given)
        return c.answer(matter, id=matter.id, given=given)


def release_summary(
    *, actor: Actor, asked: Asked, summary: str, words: bool = False, photos: bool = False
) -> Answer:
    """Let neighbours know of an order by a summary, so that they may follow it; it may be released anew in other words.

    `words`, `photos`: those of the order too. Refuses whoever is not the desk, a sealed order, a service, one that is
    closed, set aside or not checked yet, an empty summary or one of more than 100 letters, a telephone or identity
    number, a name of the village's register, what leads to one household's door, and words or photos without the
    reporter's consent.
    """
    kept = " ".join(summary.split())
    payload = {"order": asked.order_id, "summary": kept, "words": words, "photos": photos}
    with change(actor, "order.summary_released", client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        _must_be_desk(actor, matter)
        _must_be_open(matter)
        _must_be_sayable(matter, kept)
        if words or photos:
            _must_have_consent(matter)
        told = {"summary": kept, "words": words, "photos": photos, "region_code": matter.region_code}
        row = ReleasedSummary.objects.filter(order_id=matter.id).first()
        if row is None:
            row = c.create(ReleasedSummary(order_id=matter.id, at=c.now, **told))
        else:
            c.update(row, at=c.now, revoked_at=None, **told)
        c.data(words=words, photos=photos)
        return c.answer(matter, id=row.id)


def revoke_summary(*, actor: Actor, asked: Asked) -> Answer:
    """Take a released summary back: it is offered to nobody, and followers read it no more. They go on following.

    Refuses whoever is not the desk, and an order of which nothing is released.
    """
    with change(
        actor, "order.summary_revoked", client_id=asked.client_id, payload={"order": asked.order_id}
    ) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        _must_be_desk(actor, matter)
        row = ReleasedSummary.objects.filter(order_id=matter.id, revoked_at__isnull=True).first()
        if row is None:
            raise Refused("not_released", _("这件事没有公开给邻居。"))
        c.update(row, revoked_at=c.now)
        return c.answer(matter, id=row.id)


def follow_order(
    *, actor: Actor, summary_id: UUID, region_code: int, client_id: UUID, address: str = ""
) -> Answer:
    """Follow an order that was offered in the township of `region_code`, by the receipt that the actor presents.

    The follower counts as one more person whom the matter concerns; of who he is nothing is kept but the pseudonym of
    one who is signed in. Refuses without a receipt, with a receipt of an order or that follows already, what is offered
    no more, and an address that follows too often in an hour.
    """
    if not actor.receipt:
        raise no_such_row()
    payload = {"summary": summary_id, "receipt": actor.receipt}
    with change(actor, "order.followed", client_id=client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        offer = next((each for each in released_near(region_code) if each.id == summary_id), None)
        if offer is None:
            raise Refused("gone", _("那一件现在不能关注了，请接着提交您的事。"))
        _not_too_often(c, address)
        c.through(WRITER)
        row = Follower(
            order_id=offer.order_id, receipt_hash=actor.receipt, follower=actor.pseudonym, at=c.now
        )
        c.create(row)
        c.about(offer.region_code)
        return c.answer(row, id=row.id)


def stop_following(*, actor: Actor) -> Answer:
    """Follow no longer: the receipt is forgotten, and the follower counts no more.

    Refuses a receipt that follows nothing.
    """
    with change(actor, "order.unfollowed") as c:
        row = Follower.objects.filter(receipt_hash=actor.receipt, stopped_at__isnull=True).first()
        if not actor.receipt or row is None:
            raise no_such_row()
        c.through(WRITER)
        c.update(row, stopped_at=c.now, **NOBODY)
        return c.answer(id=row.id)


def forget_follower(*, actor: Actor, follower_id: UUID) -> Answer:
    """Forget who followed an order that is closed, once the pack's term for contact data is over.

    Refuses everybody but the platform, and an open order.
    """
    with change(actor, "order.follower_forgotten") as c:
        row = Follower.objects.filter(pk=follower_id, stopped_at__isnull=True).first()
        if not actor.system or row is None:
            raise no_such_row()
        c.through(WRITER)
        c.update(row, stopped_at=c.now, **NOBODY)
        return c.answer(id=row.id)


def _must_be_public(matter: Matter) -> None:
    if matter.sealed_to is not None:
        raise Refused("sealed", _("密件不公开给邻居。"))
    if matter.family != FAMILY:
        raise Refused("service", _("替一家人办的事不公开给邻居。"))


def _must_be_desk(actor: Actor, matter: Matter) -> None:
    parts = parts_of(actor, matter)
    if "reporter" in parts or not parts & JUDGES:
        raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))


def _must_be_open(matter: Matter) -> None:
    _must_be_public(matter)
    if matter.quarantined:
        raise Refused("quarantined", _("待甄别的点单先放行，再公开。"))
    if matter.closed_at is not None or matter.leading is not None:
        raise Refused("closed", _("这件事已经结束或并入别的事项，不能再公开给邻居关注。"))


def _must_be_sayable(matter: Matter, summary: str) -> None:
    if not summary or len(summary) > LONGEST_SUMMARY:
        raise Refused("summary", _("请写一句说明，最多一百个字。"))
    if names_somebody(summary):
        raise Refused("private", _("说明里不能有个人的手机号或身份证号。"))
    if names_somebody_of(matter, summary):
        raise Refused("name", _("说明里不能有人的姓名。"))
    if names_a_house(summary):
        raise Refused("house", _("说明里不能写到哪一家哪一户，写到村、社或公共的地方就好。"))


def _must_have_consent(matter: Matter) -> None:
    consent = ShowConsent.objects.filter(order_id=matter.id, given=True).first()
    if consent is None or _erased(matter):
        raise Refused("consent", _("反映人没有同意公开他写的话和照片。"))


def _erased(matter: Matter) -> bool:
    return OrderWords.objects.filter(order_id=matter.id, erased_at__isnull=False).exists()


def _not_too_often(c: Change, address: str) -> None:
    if not address or c.actor.pseudonym is not None:
        return
    hour = c.now.replace(minute=0, second=0, microsecond=0)
    key = blind_index(f"follow|{address}|{hour:%Y%m%d}").hex()
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_count_intake(%s, %s)", [[key], hour])
        (count,) = cursor.fetchone()[0]
    most, _village = getattr(settings, "INTAKE_AN_HOUR", (ADDRESS_AN_HOUR, VILLAGE_AN_HOUR))
    if count > most:
        raise Refused("flood", _("从您这里关注的太多了，请过一小时再来。"))
