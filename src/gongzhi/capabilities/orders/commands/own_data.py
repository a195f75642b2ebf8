"""What a resident has deleted by himself at once, and what he asks the village to delete (个人信息保护法 47, 50)."""

from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands.erasing import erase_contact, erase_order
from gongzhi.capabilities.orders.commands.placing import NewOrder, place_order
from gongzhi.capabilities.orders.commands.steps import Asked
from gongzhi.capabilities.orders.holdings import own_matters
from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.capabilities.orders.rules import receipt_code
from gongzhi.core.command.holdings import own_person
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.people.models import Person
from gongzhi.core.people.queries import persons_of
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow.models import Matter

OWN_DATA = "personal_data"
"""The kind of order by which somebody asks about his own information; its term stands in the pack."""
MOST_AT_ONCE = 100


def erase_own(*, actor: Actor, contacts_alone: bool) -> tuple[int, bool]:
    """Erase what the actor's own orders hold: of all of them the contact, or of the closed ones everything.

    One command an order, at most MOST_AT_ONCE; answers how many it was and whether there are more. Refuses nobody:
    who reported nothing has nothing to erase.
    """
    model = OrderContact if contacts_alone else OrderWords
    standing = model.objects.filter(order_id=OuterRef("pk"), erased_at__isnull=True)
    mine = own_matters(actor).filter(Exists(standing))
    if not contacts_alone:
        mine = mine.filter(closed_at__isnull=False)
    found = list(mine.order_by("id").values_list("id", flat=True)[: MOST_AT_ONCE + 1])
    command = erase_contact if contacts_alone else erase_order
    for order_id in found[:MOST_AT_ONCE]:
        command(actor=actor, asked=Asked(order_id))
    return min(len(found), MOST_AT_ONCE), len(found) > MOST_AT_ONCE


def ask_deletion(*, actor: Actor, client_id: UUID) -> Answer:
    """Ask the village to delete the actor's entry in the register and his sign-in: an order with its own term.

    Refuses who stands in no register, who holds a post, who has asked already and waits for the answer, and a place
    whose pack has no such kind of order.
    """
    person = own_person(actor)
    if person is None:
        raise Refused("not_registered", _("这个账号还没有登记到人，没有可以删除的登记。"))
    if actor.posts:
        raise Refused("holds_post", _("您还担任岗位，请先交接或者免去岗位，再来删除登记。"))
    if any(each.closed_at is None for each in standing_requests(actor)):
        raise Refused("asked", _("您已经提出过，正在办理，请看它的答复。"))
    new = NewOrder(
        kind=OWN_DATA,
        region_code=floor_code(person.region_code, Level.VILLAGE),
        region_level=Level.VILLAGE,
        receipt=receipt_code(),
        text=_("请删除我的人员登记（姓名、电话、身份证号、户和名册）和登录账号。"),
    )
    try:
        return place_order(actor=actor, new=new, client_id=client_id)
    except Refused as refused:
        if refused.code not in {"kind", "place"}:
            raise
        words = _("这个地方还没有开通网上提出，请当面找村干部，或者打电话提出。")
        raise Refused(refused.code, words) from refused


def asker_of(matter: Matter) -> Person | None:
    """Whose information a request is about, where it is one and its reader may see that person in the register."""
    if matter.kind != OWN_DATA or matter.reporter is None:
        return None
    return persons_of([matter.reporter]).get(matter.reporter)


def standing_requests(actor: Actor) -> list[Matter]:
    """The actor's own requests about his information, the newest first."""
    mine = own_matters(actor).filter(kind=OWN_DATA).select_related("holder")
    return list(mine.order_by("-id")[:20])
