"""What the desk keeps of who sits at it, told to that person."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.core.command.holdings import Asker, Holding, Row, hold, moment
from gongzhi.shells.desk.models import CalendarFeed, SavedView


def _comfort(asker: Asker) -> Iterator[Row]:
    mine = {"owner": asker.actor.pseudonym}
    for view in SavedView.objects.filter(**mine, removed_at__isnull=True).order_by("position", "id"):
        yield {"what": _("常用列表"), "name": view.name, "at": ""}
    for feed in CalendarFeed.objects.filter(**mine, revoked_at__isnull=True):
        yield {"what": _("日历订阅"), "name": "", "at": moment(feed.made_at)}


def register() -> None:
    """Tell what is kept for comfort at the desk."""
    hold(
        Holding(
            "desk",
            gettext_lazy("工作台上的个人设置"),
            gettext_lazy("只有本人看得到。"),
            gettext_lazy("自己随时可以在工作台删。"),
            {"what": gettext_lazy("是什么"), "name": gettext_lazy("名称"), "at": gettext_lazy("时间")},
            _comfort,
            order=50,
        )
    )
