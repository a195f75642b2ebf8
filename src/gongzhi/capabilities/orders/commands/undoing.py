"""Taking back what one has just done, where it has an inverse: a command of its own, caused by what it undoes."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands.steps import Asked, locked, take_step
from gongzhi.capabilities.orders.models import Message, Order
from gongzhi.core.command.running import Answer, Refused, change, no_such_row
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.models import Matter

WINDOW = timedelta(minutes=10)


def undo(*, actor: Actor, event_id: UUID) -> Answer:
    """Undo a dispatch that nobody has accepted, a note among staff, or a corrected category; ten minutes long.

    The dispatch goes back to the desk, the note is erased, the category is again what it was.

    Refuses what another did or nobody sees, what has no inverse, what is older or undone already, and where somebody
    has gone on since.
    """
    event = Event.objects.filter(pk=event_id, thread__isnull=False).first()
    if event is None:
        raise no_such_row()
    if actor.pseudonym is None or event.actor != actor.pseudonym:
        raise Refused("not_yours", _("只能撤销自己刚办的。"))
    inverse = INVERSES.get(event.name)
    if inverse is None:
        raise Refused("no_inverse", _("这一步不能撤销。"))
    if timezone.now() - event.recorded_at > WINDOW:
        raise Refused("late", _("已经过了十分钟，不能撤销，请按正常步骤办理。"))
    return inverse(actor, event)


def _undo_dispatch(actor: Actor, event: Event) -> Answer:
    asked = Asked(_case(event), caused_by=event.id)
    matter = Matter.objects.filter(pk=asked.order_id).first()
    if matter is None:
        raise no_such_row()
    if matter.state != "dispatched" or str(matter.holder_id) != event.data.get("holder"):
        raise Refused("gone_on", _("之后有人接着办了，不能撤销，请看最新情况。"))
    return take_step(actor=actor, asked=asked, step="undo_dispatch")


def _undo_note(actor: Actor, event: Event) -> Answer:
    with change(actor, "order.note_undone", caused_by=event.id) as c:
        matter = locked(c, Asked(_case(event)))
        note = Message.objects.filter(order_id=matter.id, event_id=event.id, direction="note").first()
        if note is None:
            raise Refused("undone", _("已经撤销过了，或者内容已经删除。"))
        c.update(c.lock(Message, note.id), text="", erased_at=c.now)
        return c.answer(matter, id=matter.id)


def _undo_category(actor: Actor, event: Event) -> Answer:
    with change(actor, "order.category_undone", caused_by=event.id) as c:
        matter = locked(c, Asked(_case(event)))
        order = c.lock(Order, matter.id)
        if order.event_id != event.id or "before" not in event.data:
            raise Refused("gone_on", _("之后有人接着办了，不能撤销，请看最新情况。"))
        category, by, certainty = event.data["before"]
        c.update(order, category=category, category_by=by, certainty=certainty)
        c.data(category=category)
        return c.answer(matter, id=matter.id, category=category)


def _case(event: Event) -> UUID:
    if event.thread is None:
        raise no_such_row()
    return event.thread


INVERSES: dict[str, Callable[[Actor, Event], Answer]] = {
    "order.dispatched": _undo_dispatch,
    "order.noted": _undo_note,
    "order.categorised": _undo_category,
}
"""What can be undone, by the event that tells of it."""
