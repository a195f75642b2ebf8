"""The resident's side of orders: placing one in three screens, and following it by its receipt."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gongzhi.capabilities.orders.queries.outcomes import outcomes_in
from gongzhi.shells.portal.places import Place
from gongzhi.shells.portal.registry import Block, Shown, Tile, blocks, tiles


def register() -> None:
    """The ways from a village's page into its orders; the pack says which it shows, and in its own words."""
    for tile in (
        Tile(
            "report", _("请您反映"), "message-report", "orders_report", _("村里有什么问题，说一声"), order=10
        ),
        Tile(
            "service", _("帮您办事"), "heart-handshake", "orders_service", _("要办什么事，有人帮"), order=20
        ),
        Tile("urgent", _("一键响应"), "bell", "orders_urgent", _("急事按一下，值班的岗位响铃"), order=25),
        Tile(
            "follow",
            _("查办理进度"),
            "search",
            "orders_follow",
            _("凭回执看办到哪一步"),
            takes_place=False,
            order=30,
        ),
    ):
        tiles.register(tile)
    blocks.register(Block("outcomes", _("办得怎么样"), "orders/portal/_outcomes.html", _outcomes, order=40))


def _outcomes(request: HttpRequest, place: Place) -> Shown:
    return {"outcomes": outcomes_in((place.code, place.level))}
