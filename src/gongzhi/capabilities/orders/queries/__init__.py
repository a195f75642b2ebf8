"""Every read of orders; row-level security decides what the actor sees, filters only narrow it."""

from gongzhi.capabilities.orders.queries.holders import Holder, holders_for
from gongzhi.capabilities.orders.queries.listing import Filters, orders_listed, orders_of_phone
from gongzhi.capabilities.orders.queries.offers import Offer, offer, offers
from gongzhi.capabilities.orders.queries.paging import Page
from gongzhi.capabilities.orders.queries.reading import Shown, order_by_number, order_by_receipt, order_shown
from gongzhi.capabilities.orders.queries.waiting import WaitingPage, tasks_new, tasks_waiting

__all__ = [
    "Filters",
    "Holder",
    "Offer",
    "Page",
    "Shown",
    "WaitingPage",
    "holders_for",
    "offer",
    "offers",
    "order_by_number",
    "order_by_receipt",
    "order_shown",
    "orders_listed",
    "orders_of_phone",
    "tasks_new",
    "tasks_waiting",
]
