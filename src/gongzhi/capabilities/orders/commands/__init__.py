"""Every write of an order."""

from gongzhi.capabilities.orders.commands.dispatching import consider_order, correct_category
from gongzhi.capabilities.orders.commands.placing import NewOrder, place_order
from gongzhi.capabilities.orders.commands.steps import Asked, rate_order, take_open_order, take_step

__all__ = [
    "Asked",
    "NewOrder",
    "consider_order",
    "correct_category",
    "place_order",
    "rate_order",
    "take_open_order",
    "take_step",
]
