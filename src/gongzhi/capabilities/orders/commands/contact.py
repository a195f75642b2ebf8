"""The resident's telephone and the photos of an order: what may be read and added, by whom, with which trace."""

from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import pictures
from gongzhi.capabilities.orders.commands.placing import add_photo
from gongzhi.capabilities.orders.commands.steps import Asked, locked
from gongzhi.capabilities.orders.models import OrderContact, Photo
from gongzhi.core.command.people import note_reading, unmasked
from gongzhi.core.command.running import Answer, Refused, change, no_such_row
from gongzhi.core.permissions.actor import Actor
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.models import Matter

MOST_PHOTOS_OF_A_SIDE = 9
"""The most photos that the resident, or those who work on the order, may add."""


def read_contact(*, actor: Actor, order_id: UUID, reason: str) -> dict[str, str]:
    """The resident's name and telephone, once the reason is written down.

    The handler of an open order learns them only if the resident allowed it; the desk, where it may read people, and
    the post of a sealed order, also without. Refuses everybody else, and a reading without a reason.
    """
    matter = Matter.objects.filter(pk=order_id).first()
    contact = OrderContact.objects.filter(order_id=order_id, erased_at__isnull=True).first()
    if matter is None or contact is None:
        raise no_such_row()
    if not may_read_contact(actor, matter, contact=contact):
        raise Refused("not_shared", _("反映人没有同意让经办人看到电话，请通过受理员联系。"))
    note_reading(
        actor, reason=reason, fields=["name", "phone"], region_code=matter.region_code, thread=matter.id
    )
    return {"name": contact.name, "phone": unmasked(contact, "phone")}


def may_read_contact(actor: Actor, matter: Matter, *, contact: OrderContact | None) -> bool:
    """Whether `read_contact` would tell this actor, given a reason."""
    if contact is None or contact.phone_enc is None:
        return False
    if matter.sealed_to is not None:
        return matter.sealed_to in actor.post_ids
    if "desk" in parts_of(actor, matter) and actor.may("see_people", matter.region_code):
        return True
    return contact.share and matter.holder_id in actor.post_ids and matter.closed_at is None


def attach_photo(*, actor: Actor, asked: Asked, picture: pictures.Picture) -> Answer:
    """Add a photo to an order, as its resident or as somebody who works on it.

    Refuses a closed order, and more than nine photos of one side.
    """
    payload = {"order": asked.order_id, "photo": picture.sha256}
    with change(actor, "order.photographed", client_id=asked.client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        matter = locked(c, asked)
        by = "resident" if "reporter" in parts_of(actor, matter) else "handler"
        if matter.closed_at is not None:
            raise Refused("closed", _("这件事已经结束，不能再加照片。"))
        if matter_photos(asked.order_id, by) >= MOST_PHOTOS_OF_A_SIDE:
            raise Refused("photo_count", _("照片已经够多了，最多九张。"))
        photo = add_photo(c, matter.id, picture=picture, by=by)
        return c.answer(matter, id=photo.id)


def takes_photos(actor: Actor, matter: Matter) -> bool:
    """Whether the resident may add photos to the order now."""
    return matter.closed_at is None and "reporter" in parts_of(actor, matter)


def matter_photos(order_id: UUID, by: str) -> int:
    """How many photos one side has added."""
    return Photo.objects.filter(order_id=order_id, by=by, erased_at__isnull=True).count()
