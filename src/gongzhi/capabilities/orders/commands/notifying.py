"""Notices as the platform makes, sends and settles them, and as residents stop them and desks send them again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.commands.steps import acting_post
from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.capabilities.orders.notices import Outcome, Outgoing, rules
from gongzhi.capabilities.orders.notices.definitions import OUTSIDE, Notice, NoticeHours
from gongzhi.capabilities.orders.notices.models import Delivery, NoticeChoice
from gongzhi.capabilities.orders.notices.routing import (
    address_of,
    hours_of,
    notice_of,
    reach_by,
    routes,
    stop_link,
)
from gongzhi.core.command.people import unmasked
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.engine import flow_of, parts_of
from gongzhi.workflow.models import Matter

AMISS = ("failed", "uncertain")
IN_HAND = timedelta(minutes=1)
"""So long a worker may still wait for a provider's answer; after that it died in the middle."""


@dataclass(frozen=True)
class Ready:
    """A message that may be sent now, and the deliveries that it carries."""

    message: Outgoing
    deliveries: tuple[UUID, ...]


def queue_notices(*, actor: Actor, order_id: UUID, step: str, cause: UUID) -> Answer:
    """Make a delivery for each notice that the pack names for a step which was taken, and have each sent in its time.

    Once for each `cause`, however often it is asked for. Makes none for a sealed order, and none to whoever left no
    address or does not want to be told by that channel. Refuses everybody but the platform.
    """
    if not actor.system:
        raise no_such_row()
    payload = {"order": order_id, "step": step}
    with change(actor, "order.notices_queued", client_id=cause, payload=payload, caused_by=cause) as c:
        if c.kept is not None:
            return c.kept
        matter = Matter.objects.filter(pk=order_id, sealed_to__isnull=True).first()
        if matter is None:
            return c.unchanged(count=0)
        wanted = [
            (found.key, found.body, channel)
            for found, channel in routes(step, matter.region_code)
            if is_wanted(channel, order_id)
        ]
        if not wanted:
            return c.unchanged(count=0)
        c.about(matter.region_code, thread=matter.id)
        c.data(of=step, notices=[f"{key} {channel}" for key, _body, channel in wanted])
        for key, body, channel in wanted:
            _queue(c, matter, key=key, notice=body, channel=channel, given=(step, cause))
        return c.answer(matter, count=len(wanted))


def begin_sending(*, actor: Actor, delivery_id: UUID) -> Ready | datetime | None:
    """The message to be sent for a delivery, marked as tried; or when to look again; or None where nothing is to do.

    From here on it is uncertain until `finish_sending` says otherwise. What waits for the same telephone is gathered
    into it. Refuses nothing.
    """
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None or row.state != "queued":
        return None
    matter = Matter.objects.filter(pk=row.order_id, sealed_to__isnull=True).first()
    if matter is None:
        return None
    hours, now = hours_of(matter.region_code), timezone.localtime()
    begins = now if row.urgent else rules.after_quiet(now, start=hours.quiet[0], end=hours.quiet[1])
    if max(row.due_at, begins) > now:
        return max(row.due_at, begins)
    address = address_of(row.channel, row.order_id) if is_wanted(row.channel, row.order_id) else None
    if address is None:
        _settle(actor, row, state="dropped", reason="no_address")
        return None
    key = row.key or uuid7()
    tried = [each for each in _together(row, address[1]) if _try(actor, each, key=key)]
    return _message(tried, address[0], key=key, hours=hours) if tried else None


def finish_sending(*, actor: Actor, ready: Ready, outcome: Outcome, knows_keys: bool) -> datetime | None:
    """Write what became of a message, on each delivery that it carried; when to try again, if at all.

    What may have been accepted stays uncertain, unless the provider takes its key only once. Refuses nothing.
    """
    again: datetime | None = None
    for row in Delivery.objects.filter(pk__in=ready.deliveries, state="uncertain").order_by("id"):
        came = rules.settled(outcome, tries=row.tries, knows_keys=knows_keys)
        if came.state == "again":
            again = timezone.now() + timedelta(seconds=came.wait)
            _settle(actor, row, state="queued", reason=came.reason, due_at=again)
        else:
            _settle(actor, row, state=came.state, reason=came.reason, provider_id=came.provider_id)
    return again


def report_delivery(*, actor: Actor, report: rules.Report) -> Answer:
    """Write what the provider of text messages tells later: that a message arrived, or that it never will.

    It is told of every notice that the message carried. What is no news changes nothing, and neither does a message
    that nobody here sent. Refuses everybody but the platform.
    """
    if not actor.system:
        raise no_such_row()
    named = Q(key=report.key) if report.key is not None else Q(provider_id=report.provider_id)
    carried = Delivery.objects.filter(named, channel="sms") if report.key or report.provider_id else ()
    told = [row for row in carried if rules.is_news(report, known=row.state)]
    for row in told:
        _settle(actor, row, state=report.state, reason=report.reason)
    return {"count": len(told)}


def send_again(*, actor: Actor, delivery_id: UUID, client_id: UUID | None = None) -> Answer:
    """Send a notice again that failed or is uncertain, under the key that it had.

    Refuses one that is neither or is being sent just now, and whoever does not work on its order at a desk.
    """
    with change(actor, "order.notice_renewed", client_id=client_id, payload={"delivery": delivery_id}) as c:
        if c.kept is not None:
            return c.kept
        row, matter = _amiss(c, delivery_id)
        c.update(row, state="queued", reason="", tries=0, due_at=c.now, at=c.now, urgent=True)
        c.after(lambda: telling.deliver_at(row.id, matter.region_code, at=c.now))
        return c.answer(row, id=row.id)


def leave_notice(*, actor: Actor, delivery_id: UUID, client_id: UUID | None = None) -> Answer:
    """Leave a notice as it is that failed or is uncertain: it arrived after all, or the resident was told otherwise.

    Refuses one that is neither or is being sent just now, and whoever does not work on its order at a desk.
    """
    with change(actor, "order.notice_left", client_id=client_id, payload={"left": delivery_id}) as c:
        if c.kept is not None:
            return c.kept
        row, _matter = _amiss(c, delivery_id)
        c.update(row, state="dropped", reason="left", at=c.now)
        return c.answer(row, id=row.id)


def _amiss(c: Change, delivery_id: UUID) -> tuple[Delivery, Matter]:
    """A notice about which the desk decides, locked."""
    row = c.lock(Delivery, delivery_id)
    matter = Matter.objects.get(pk=row.order_id)
    if "desk" not in parts_of(c.actor, matter):
        raise no_such_row()
    if row.state not in AMISS:
        raise Refused("sent", _("这条通知已经发出，或者正在等着发。"))
    if row.state == "uncertain" and not row.reason and c.now - row.at < IN_HAND:
        raise Refused("sending", _("这条通知正在发，请过一分钟再看。"))
    c.about(matter.region_code, thread=matter.id)
    c.by_post(acting_post(c.actor, matter))
    c.data(notice=row.notice, channel=row.channel)
    return row, matter


def choose_channel(*, actor: Actor, order_id: UUID, channel: str, wanted: bool) -> Answer:
    """Keep whether the resident of an order wants to be told by a channel; it holds for all orders of that number.

    The resident says so by the signed link of a message, or on the order's page; both act as the platform.
    Refuses everybody else, a sealed order, and a channel that is none.
    """
    matter = Matter.objects.filter(pk=order_id, sealed_to__isnull=True).first()
    if not actor.system or matter is None or channel not in OUTSIDE:
        raise no_such_row()
    with change(actor, "order.channel_wanted" if wanted else "order.channel_refused") as c:
        c.about(matter.region_code, thread=matter.id)
        c.data(channel=channel)
        kept = (
            NoticeChoice.objects.filter(order_id=order_id, channel=channel)
            .values_list("id", flat=True)
            .first()
        )
        if kept is None:
            row = c.create(NoticeChoice(order_id=order_id, channel=channel, wanted=wanted, at=c.now))
        else:
            row = c.update(c.lock(NoticeChoice, kept), wanted=wanted, at=c.now)
        return c.answer(row, wanted=wanted)


def register() -> None:
    """Residents are reached by text message at the telephone that they left on the order."""
    reach_by("sms", _phone)


def _phone(order_id: UUID) -> tuple[str, bytes] | None:
    contact = OrderContact.objects.filter(order_id=order_id, phone_enc__isnull=False).first()
    return (unmasked(contact, "phone"), bytes(contact.phone_index or b"")) if contact is not None else None


def is_wanted(channel: str, order_id: UUID) -> bool:
    """Whether the resident left an address for the channel and has not said no: the last word counts for all of it."""
    of_order = Q(order_id=order_id)
    address = address_of(channel, order_id)
    if address is None:
        return False
    of_number = Q(order__contact__phone_index=address[1]) if channel == "sms" else _of_reporter(order_id)
    said = NoticeChoice.objects.filter(of_order | of_number, channel=channel).order_by("-at", "-id")
    return next(iter(said.values_list("wanted", flat=True)[:1]), True)


def _of_reporter(order_id: UUID) -> Q:
    """Of all orders of the same person; an order that names nobody stands alone."""
    reporter = Matter.objects.filter(pk=order_id).values("reporter")
    return Q(order_id__in=Matter.objects.filter(reporter__in=reporter).values("id"))


def _queue(
    c: Change, matter: Matter, *, key: str, notice: Notice, channel: str, given: tuple[str, UUID]
) -> None:
    hours, urgent = hours_of(matter.region_code), notice.urgent or matter.urgent
    step, cause = given
    due = rules.send_at(timezone.localtime(c.now), urgent=urgent, gather=hours.gather, quiet=hours.quiet)
    row = c.create(
        Delivery(
            order_id=matter.id,
            cause=cause,
            notice=key,
            step=step,
            audience=notice.audience,
            channel=channel,
            urgent=urgent,
            queued_at=c.now,
            due_at=due,
            at=c.now,
        )
    )
    c.after(lambda: telling.deliver_at(row.id, matter.region_code, at=due))


def _together(row: Delivery, person: bytes) -> list[Delivery]:
    """The delivery with what goes in the same message: what did before under its key, else what waits for the same."""
    if row.key is not None:
        return list(
            Delivery.objects.filter(key=row.key, state="queued").order_by("id")[: rules.MOST_GATHERED]
        )
    if row.urgent or row.channel != "sms":
        return [row]
    waiting = Delivery.objects.filter(
        state="queued", channel="sms", urgent=False, key__isnull=True, order__contact__phone_index=person
    )
    others = waiting.exclude(pk=row.pk).order_by("id")[: rules.MOST_GATHERED - 1]
    return [row, *others]


def _try(actor: Actor, row: Delivery, *, key: UUID) -> bool:
    """Mark one delivery as being sent; false where another was quicker."""
    with change(actor, "order.notice_tried") as c:
        kept = c.lock(Delivery, row.id)
        if kept.state != "queued" or kept.key not in {None, key}:
            c.unchanged()
            return False
        region_code = Matter.objects.values_list("region_code", flat=True).get(pk=kept.order_id)
        c.about(region_code, thread=kept.order_id)
        c.data(notice=kept.notice, channel=kept.channel, tries=kept.tries + 1)
        c.update(kept, state="uncertain", reason="", tries=kept.tries + 1, key=key, at=c.now)
    return True


def _settle(actor: Actor, row: Delivery, *, state: str, reason: str, **more: object) -> None:
    with change(actor, f"order.notice_{state}") as c:
        kept = c.lock(Delivery, row.id)
        if kept.state != row.state:  # somebody was quicker: the gateway's own report, or who sends it again
            c.unchanged()
            return
        region_code = Matter.objects.values_list("region_code", flat=True).get(pk=kept.order_id)
        c.about(region_code, thread=kept.order_id)
        c.data(notice=kept.notice, channel=kept.channel, reason=reason)
        c.update(kept, state=state, reason=reason[:40], at=c.now, **more)


def _message(rows: list[Delivery], to: str, *, key: UUID, hours: NoticeHours) -> Ready:
    matters = Matter.objects.in_bulk([row.order_id for row in rows])
    first = rows[0]
    notice = notice_of(first.notice, matters[first.order_id].region_code)
    told = [_told(row, matters[row.order_id], language=hours.language) for row in rows]
    newest = rules.newest_of_each(told)
    if len(newest) == 1:
        template = notice.text if notice is not None else hours.line
        text = rules.filled(template.of(hours.language), newest[0].values)
    else:
        text = rules.gathered(
            newest, digest=hours.digest.of(hours.language), line=hours.line.of(hours.language)
        )
    link = stop_link(first.order_id, first.channel)
    if link and first.channel == "sms":
        text += rules.filled(hours.stop.of(hours.language), {"link": link})
    fields = (
        notice.wechat.fields if notice is not None and notice.wechat and first.channel == "wechat" else {}
    )
    message = Outgoing(
        channel=first.channel,
        to=to,
        text=text,
        key=key,
        template=_template(notice, first.channel),
        values={name: rules.filled(each, newest[0].values) for name, each in fields.items()},
        link=link,
    )
    return Ready(message, tuple(row.id for row in rows))


def _template(notice: Notice | None, channel: str) -> str:
    if notice is None:
        return ""
    if channel == "wechat":
        return notice.wechat.template_id if notice.wechat else ""
    return notice.sms_template


def _told(row: Delivery, matter: Matter, *, language: str) -> rules.Told:
    step = flow_of(matter).transitions.get(row.step)
    words = (step.told or step.name).of(language) if step is not None else ""
    kind = definitions.by_id(matter.kind_id).body.name.of(language)
    return rules.Told(matter.number, {"number": matter.number, "told": words, "kind": kind}, row.queued_at)
