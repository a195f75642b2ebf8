"""Every write of an order."""

from gongzhi.capabilities.orders.commands.contact import attach_photo, may_read_contact, read_contact
from gongzhi.capabilities.orders.commands.dispatching import consider_order, correct_category, release_order
from gongzhi.capabilities.orders.commands.erasing import erase_contact, erase_order, may_erase
from gongzhi.capabilities.orders.commands.importing import PastMessage, import_order
from gongzhi.capabilities.orders.commands.merging import merge_orders, tell_apart, unmerge_orders
from gongzhi.capabilities.orders.commands.placing import NewOrder, Said, place_order
from gongzhi.capabilities.orders.commands.steps import Asked, rate_order, take_open_order, take_step
from gongzhi.capabilities.orders.commands.undoing import undo
from gongzhi.capabilities.orders.commands.watching import watch_order

__all__ = [
    "Asked",
    "NewOrder",
    "PastMessage",
    "Said",
    "attach_photo",
    "consider_order",
    "correct_category",
    "erase_contact",
    "erase_order",
    "import_order",
    "may_erase",
    "may_read_contact",
    "merge_orders",
    "place_order",
    "rate_order",
    "read_contact",
    "release_order",
    "take_open_order",
    "take_step",
    "tell_apart",
    "undo",
    "unmerge_orders",
    "watch_order",
]
