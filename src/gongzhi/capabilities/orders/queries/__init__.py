"""Every read of orders; row-level security decides what the actor sees, filters only narrow it."""

from gongzhi.capabilities.orders.queries.listing import Filters, Page, orders_listed, orders_of_phone
from gongzhi.capabilities.orders.queries.offers import Offer, offer, offers
from gongzhi.capabilities.orders.queries.reading import Shown, order_by_number, order_by_receipt, order_shown

__all__ = [
    "Filters",
    "Offer",
    "Page",
    "Shown",
    "offer",
    "offers",
    "order_by_number",
    "order_by_receipt",
    "order_shown",
    "orders_listed",
    "orders_of_phone",
]
