"""What the platform erases of closed orders by itself, once the pack's term is over (个人信息保护法 19, 47)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands.erasing import TERM_OVER, erase_rows
from gongzhi.capabilities.orders.commands.steps import Asked, locked
from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.capabilities.orders.retention import limits, retention
from gongzhi.core.command.running import Answer, Refused, change
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.models import Matter


def forget_contact(*, actor: Actor, asked: Asked) -> Answer:
    """Erase the name and telephone on an order that closed longer ago than the pack keeps them (PIPL 19, 47).

    The platform does, and the sealed posts for sealed orders. Refuses a person, an open order, and one within its term.
    """
    with change(actor, "order.contact_erased") as c:
        matter = locked(c, asked)
        _must_be_over(actor, matter, words=False)
        c.data(reason=TERM_OVER)
        return erase_rows(c, matter, only=OrderContact)


def forget_words(*, actor: Actor, asked: Asked) -> Answer:
    """Erase all that an order holds of a person, where the pack's term for words is over too (PIPL 19, 47).

    The platform does, and the sealed posts for sealed orders. Refuses a person, an open order, and one within its term,
    so also each where the pack keeps the words.
    """
    with change(actor, "order.erased") as c:
        matter = locked(c, asked)
        _must_be_over(actor, matter, words=True)
        c.data(reason=TERM_OVER)
        return erase_rows(c, matter)


def _must_be_over(actor: Actor, matter: Matter, *, words: bool) -> None:
    if not actor.system:
        raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
    last = limits(retention(matter.region_code), timezone.now())
    if matter.closed_at is None or matter.closed_at > (last.words if words else last.contact):
        raise Refused("within_term", _("这件事还在保存期内。"))


__all__ = ["forget_contact", "forget_words"]
