"""Ringing a post's public telephone: marked as tried before the gateway is asked, and what became of it after."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from gongzhi.capabilities.orders.models import Ring
from gongzhi.capabilities.orders.notices import Outcome, Outgoing, rules
from gongzhi.capabilities.orders.ringing.chain import is_ringing
from gongzhi.capabilities.orders.ringing.definitions import Response
from gongzhi.core.command.running import change, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.models import Matter

NOBODY = UUID(int=0)


def begin_ringing_out(*, actor: Actor, ring_id: UUID) -> Outgoing | None:
    """The message or call for a ring, marked as tried; None where it was made already, or nothing rings any longer.

    From here on it is uncertain until `finish_ringing_out` says otherwise. Refuses everybody but the platform.
    """
    if not actor.system:
        raise no_such_row()
    with change(actor, "order.ring_tried") as c:
        row = c.lock(Ring, ring_id)
        matter = Matter.objects.get(pk=row.order_id)
        c.about(matter.region_code, thread=matter.id)
        c.data(channel=row.channel, tries=row.tries + 1)
        post = Post.objects.filter(pk=row.post or NOBODY).first()
        if row.state != "queued":
            c.unchanged()
            return None
        if post is None or not post.public_phone.strip() or not is_ringing(matter):
            reason = "over" if post is not None and post.public_phone else "no_address"
            c.update(row, state="dropped", reason=reason, at=c.now)
            return None
        key = row.key or uuid7()
        c.update(row, state="uncertain", reason="", tries=row.tries + 1, key=key, at=c.now)
    return Outgoing(channel=row.channel, to=post.public_phone, text=_words(row, matter), key=key)


def finish_ringing_out(*, actor: Actor, ring_id: UUID, outcome: Outcome, knows_keys: bool) -> datetime | None:
    """Write what became of a message or call; when to try again, if at all.

    What may have been taken stays uncertain, unless the gateway takes its key only once. Refuses everybody but the
    platform.
    """
    if not actor.system:
        raise no_such_row()
    again: datetime | None = None
    with change(actor, "order.ring_settled") as c:
        row = c.lock(Ring, ring_id)
        region_code = Matter.objects.values_list("region_code", flat=True).get(pk=row.order_id)
        c.about(region_code, thread=row.order_id)
        if row.state != "uncertain":
            c.unchanged()
            return None
        came = rules.settled(outcome, tries=row.tries, knows_keys=knows_keys)
        c.data(channel=row.channel, became=came.state, reason=came.reason)
        if came.state == "again":
            again = timezone.now() + timedelta(seconds=came.wait)
            c.update(row, state="queued", reason=came.reason[:40], at=c.now)
        else:
            c.update(
                row,
                state=came.state,
                reason=came.reason[:40],
                provider_id=came.provider_id,
                at=c.now,
            )
    return again


def _words(row: Ring, matter: Matter) -> str:
    """What is said: number, kind and place; nobody's words, no name and no telephone."""
    chain: Response = definitions.by_id(row.chain_id).body  # type: ignore[arg-type]
    kind = definitions.by_id(matter.kind_id).body.name.zh
    place = regions.labels([matter.region_code]).get(matter.region_code, "")
    return rules.filled(chain.text.zh, {"number": matter.number, "kind": kind, "place": place})
