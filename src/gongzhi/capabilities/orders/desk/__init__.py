"""The desk's pages of orders: the queue, one order, bulk dispatch, export."""

from django.utils.translation import gettext_lazy as _

from gongzhi.capabilities.orders.desk.access import reads_orders
from gongzhi.capabilities.orders.desk.learning import sees_learning
from gongzhi.shells.desk.pages import with_rights
from gongzhi.shells.desk.registry import entries, matter_pages
from gongzhi.ui.registry import Entry


def register() -> None:
    """Stand in the desk's navigation, and tell where one order is shown."""
    matter_pages["orders"] = "orders_desk_order"
    entries.register(
        Entry(
            key="orders",
            title=_("群众点单"),
            icon="inbox",
            url_name="orders_desk",
            audience=reads_orders,
            order=10,
        )
    )
    entries.register(
        Entry(
            key="learning",
            title=_("派单表现"),
            icon="scale",
            url_name="orders_desk_learning",
            audience=sees_learning,
            order=70,
        )
    )
    entries.register(
        Entry(
            key="hotspots",
            title=_("热点"),
            icon="flame",
            url_name="orders_desk_hotspots",
            audience=reads_orders,
            order=30,
        )
    )
    entries.register(
        Entry(
            key="drills",
            title=_("一键响应"),
            icon="bell",
            url_name="orders_desk_drills",
            audience=reads_orders,
            order=35,
        )
    )
    entries.register(
        Entry(
            key="notices",
            title=_("通知"),
            icon="message-report",
            url_name="orders_desk_notices",
            audience=reads_orders,
            order=40,
        )
    )
    entries.register(
        Entry(
            key="quality",
            title=_("办理质效"),
            icon="scale",
            url_name="orders_desk_quality",
            audience=with_rights("see_matters"),
            order=50,
        )
    )
    entries.register(
        Entry(
            key="calls",
            title=_("回访"),
            icon="phone",
            url_name="orders_desk_calls",
            audience=reads_orders,
            order=30,
        )
    )
