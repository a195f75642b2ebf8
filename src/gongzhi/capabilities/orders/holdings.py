"""What orders keep of whoever placed them, told to him: by his sign-in all of it, by a receipt that one order's."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.commands.wechat import bound
from gongzhi.capabilities.orders.models import (
    Delivery,
    Follower,
    Message,
    NoticeChoice,
    Order,
    OrderContact,
    OrderWords,
    Photo,
    ReleasedSummary,
    ShowConsent,
)
from gongzhi.capabilities.orders.pictures import whole_path
from gongzhi.capabilities.orders.queries.reading import category_name, erased_words
from gongzhi.core.command.holdings import MOST_ROWS, Asker, Holding, Row, hold, moment, tell_cases
from gongzhi.core.command.people import unmasked
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.models import Matter

BATCH = 500
NUMBER = {"number": gettext_lazy("编号")}


def own_matters(actor: Actor) -> QuerySet[Matter]:
    """The orders that a person placed while signed in."""
    mine = Matter.objects.filter(subject="orders", reporter=actor.pseudonym)
    return mine if actor.pseudonym is not None else mine.none()


def _cases(actor: Actor) -> Iterable[UUID]:
    return list(own_matters(actor).order_by("-id").values_list("id", flat=True)[:MOST_ROWS])


def _matters(asker: Asker) -> Iterator[list[Matter]]:
    """The asker's orders, the newest first, in batches."""
    found = Matter.objects.filter(pk=asker.case) if asker.case else own_matters(asker.actor)
    after, left = None, MOST_ROWS
    while left > 0:
        page = found if after is None else found.filter(id__lt=after)
        batch = list(page.order_by("-id")[: min(BATCH, left)])
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        after, left = batch[-1].id, left - len(batch)


def _belonging(asker: Asker, model: Any) -> Iterator[tuple[Matter, Any]]:
    """The rows of a table that belong to the asker's orders, each with its matter."""
    for batch in _matters(asker):
        matters = {each.id: each for each in batch}
        for row in model.objects.filter(order_id__in=list(matters)).order_by("-order_id", "id"):
            yield matters[row.order_id], row


def _orders(asker: Asker) -> Iterator[Row]:
    for batch in _matters(asker):
        ids = [each.id for each in batch]
        words = {each.order_id: each for each in OrderWords.objects.filter(order_id__in=ids)}
        orders = Order.objects.in_bulk(ids)
        places = regions.labels({each.region_code for each in batch})
        for matter in batch:
            said, order = words.get(matter.id), orders[matter.id]
            yield {
                "number": matter.number,
                "kind": _of(definitions.by_id(matter.kind_id).body.name),
                "about": category_name(order.category, matter.region_code),
                "place": places.get(matter.region_code, ""),
                "state": _of(flow_of(matter).states[matter.state].name),
                "received": moment(matter.recorded_at),
                "closed": moment(matter.closed_at),
                "words": _words(matter, said),
                "where": said.place_text if said and matter.sealed_to is None else "",
                "point": f"{order.lon}, {order.lat}" if order.lon is not None else "",
                "stars": "" if order.stars is None else str(order.stars),
                "merged": _("是") if matter.leading else "",
            }


def _words(matter: Matter, words: OrderWords | None) -> str:
    if words is None:
        return ""
    if words.erased_at is not None:
        return erased_words()
    if matter.sealed_to is not None:
        return _("保密事项，这里不重复内容")
    return f"{words.title} {words.text}".strip()


def _contacts(asker: Asker) -> Iterator[Row]:
    for matter, contact in _belonging(asker, OrderContact):
        if contact.erased_at is None:
            yield {
                "number": matter.number,
                "name": asker.name(contact.name),
                "phone": asker.number(unmasked(contact, "phone")),
                "share": _("是") if contact.share else _("否"),
            }


def _messages(asker: Asker) -> Iterator[Row]:
    for matter, message in _belonging(asker, Message):
        if message.erased_at is None and message.direction != "note" and matter.sealed_to is None:
            yield {
                "number": matter.number,
                "at": moment(message.at),
                "from": _("我") if message.direction == "in" else _("经办的岗位"),
                "words": message.text,
            }


def _photos(asker: Asker) -> Iterator[Row]:
    for name, matter, photo in _kept_photos(asker):
        yield {"number": matter.number, "at": moment(photo.at), "file": name}


def _photo_files(asker: Asker) -> Iterator[tuple[str, Path]]:
    for name, _matter, photo in _kept_photos(asker):
        yield name, whole_path(photo.path)


def _kept_photos(asker: Asker) -> Iterator[tuple[str, Matter, Photo]]:
    """The photos that the resident took himself; those of a handler are the handler's work."""
    for matter, photo in _belonging(asker, Photo):
        if photo.erased_at is None and photo.by == "resident" and matter.sealed_to is None:
            yield f"photos/{matter.number}-{photo.id.hex[-6:]}.jpg", matter, photo


def _notices(asker: Asker) -> Iterator[Row]:
    for matter, choice in _belonging(asker, NoticeChoice):
        wanted = _("要") if choice.wanted else _("不要")
        yield {"number": matter.number, "at": moment(choice.at), "channel": choice.channel, "what": wanted}
    for matter, sent in _belonging(asker, Delivery):
        if sent.audience == "reporter":
            yield {
                "number": matter.number,
                "at": moment(sent.at),
                "channel": sent.channel,
                "what": _("发给您的通知"),
            }


def _neighbours(asker: Asker) -> Iterator[Row]:
    for matter, consent in _belonging(asker, ShowConsent):
        given = _("同意") if consent.given else _("不同意")
        yield {"number": matter.number, "at": moment(consent.at), "given": given, "summary": ""}
    for matter, released in _belonging(asker, ReleasedSummary):
        if released.erased_at is None and released.revoked_at is None:
            yield {
                "number": matter.number,
                "at": moment(released.at),
                "given": "",
                "summary": released.summary,
            }


def _wechat(asker: Asker) -> Iterator[Row]:
    kept = bound(asker.actor)
    if kept is not None:
        yield {"at": moment(kept.bound_at), "openid": asker.number(unmasked(kept, "openid"))}


def _followings(asker: Asker) -> Iterator[Row]:
    mine = Follower.objects.filter(follower=asker.actor.pseudonym, stopped_at__isnull=True)
    if asker.actor.pseudonym is not None:
        for each in mine.order_by("-id")[:MOST_ROWS]:
            yield {"at": moment(each.at)}


def _of(text: Any) -> str:
    return str(text.of(get_language() or "zh"))


def register() -> None:
    """Tell what orders keep of a person, and which orders are his."""
    tell_cases(_cases)
    for holding in (
        Holding(
            "orders",
            gettext_lazy("我提交的事"),
            gettext_lazy("为了把您托办的事办好（个人信息保护法第十三条）。"),
            gettext_lazy(
                "办结后马上可以删掉写的话、地点和照片；编号、步骤、时间、结果和星级留下来计数和监督（国办发〔2020〕53号）。"
            ),
            {
                **NUMBER,
                "kind": gettext_lazy("事项"),
                "about": gettext_lazy("类别"),
                "place": gettext_lazy("地点"),
                "state": gettext_lazy("状态"),
                "received": gettext_lazy("收到时间"),
                "closed": gettext_lazy("结案时间"),
                "words": gettext_lazy("内容"),
                "where": gettext_lazy("写的位置"),
                "point": gettext_lazy("地图上的点"),
                "stars": gettext_lazy("星级"),
                "merged": gettext_lazy("并入另一件"),
            },
            _orders,
            of_a_case=True,
            order=40,
        ),
        Holding(
            "contacts",
            gettext_lazy("在事项上留的称呼和电话"),
            gettext_lazy("回电话、发通知用。"),
            gettext_lazy("随时可以删，马上生效；办结后到期自动删除。"),
            {
                **NUMBER,
                "name": gettext_lazy("称呼"),
                "phone": gettext_lazy("电话"),
                "share": gettext_lazy("让经办人看"),
            },
            _contacts,
            of_a_case=True,
            order=41,
        ),
        Holding(
            "messages",
            gettext_lazy("我说的和答复我的话"),
            gettext_lazy("办事过程中的往来。"),
            gettext_lazy("办结后和事项的内容一起删。"),
            {
                **NUMBER,
                "at": gettext_lazy("时间"),
                "from": gettext_lazy("谁说的"),
                "words": gettext_lazy("内容"),
            },
            _messages,
            of_a_case=True,
            order=42,
        ),
        Holding(
            "photos",
            gettext_lazy("我拍的照片"),
            gettext_lazy("说明情况用；照片里的拍摄地点和手机信息在收到时就去掉了。"),
            gettext_lazy("办结后和事项的内容一起删。"),
            {**NUMBER, "at": gettext_lazy("时间"), "file": gettext_lazy("文件")},
            _photos,
            files=_photo_files,
            of_a_case=True,
            order=43,
        ),
        Holding(
            "followings",
            gettext_lazy("我关注的邻居的事"),
            gettext_lazy("让您看到那件事办到哪里；只记下有人关注，一个人不重复计数。"),
            gettext_lazy("凭关注时的回执随时停止；那件事办结后到期自动删除。"),
            {"at": gettext_lazy("从何时起")},
            _followings,
            order=45,
        ),
        Holding(
            "notices",
            gettext_lazy("通知"),
            gettext_lazy("发过哪些通知、您要不要收。通知里的话和电话不另外保存。"),
            gettext_lazy("留下发没发到的记录；电话删掉以后不会再发。"),
            {
                **NUMBER,
                "at": gettext_lazy("时间"),
                "channel": gettext_lazy("方式"),
                "what": gettext_lazy("内容"),
            },
            _notices,
            of_a_case=True,
            order=44,
        ),
        Holding(
            "neighbours",
            gettext_lazy("给邻居看的"),
            gettext_lazy(
                "邻居要反映同一件事时，可以只关注您这一件。您写的话和照片，您同意了受理员才能公开。"
            ),
            gettext_lazy("同意随时可以收回；受理员写的说明和事项的内容一起删。"),
            {
                **NUMBER,
                "at": gettext_lazy("时间"),
                "given": gettext_lazy("您同不同意公开"),
                "summary": gettext_lazy("受理员写的说明"),
            },
            _neighbours,
            of_a_case=True,
            order=44,
        ),
        Holding(
            "wechat",
            gettext_lazy("绑定的微信"),
            gettext_lazy("您同意以后，用来把自己的事的进展发到微信。"),
            gettext_lazy("随时可以解除，解除就删；事情都办结、到期以后自动删除。"),
            {"at": gettext_lazy("时间"), "openid": gettext_lazy("微信标识")},
            _wechat,
            order=45,
        ),
    ):
        hold(holding)
