"""What is kept of a person, told to that person (个人信息保护法 45): each room says what it holds, what for, how long.

A room registers its holdings from its AppConfig; the page and the file are made of them and know no table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command.people import note_reading, unmasked
from gongzhi.core.people.models import Account, Person, Post, RosterEntry, Tenure
from gongzhi.core.people.rules import mask_name, mask_number
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions

Row = Mapping[str, str]
Words = str | Promise
MOST_ROWS = 10_000
"""So many rows of one holding at most; the file says where there are more."""


@dataclass(frozen=True)
class Asker:
    """Who asks: a person for all that is kept of him, or whoever presents a receipt for its one case.

    `clear`: numbers and names in the clear, for the person's own file; it is written down as any reading.
    """

    actor: Actor
    case: UUID | None = None
    clear: bool = False

    def name(self, text: str) -> str:
        """A name as this asker is shown it."""
        return text if self.clear else mask_name(text)

    def number(self, text: str) -> str:
        """A telephone or identity number as this asker is shown it."""
        return text if self.clear else mask_number(text)


def no_files(asker: Asker) -> Iterator[tuple[str, Path]]:
    """The files of a holding that has none."""
    return iter(())


@dataclass(frozen=True)
class Holding:
    """One kind of thing that is kept. `after`: what a deletion does to it, and which law keeps what stays.

    `columns`: key → heading of its rows. `of_a_case`: whether a receipt shows it too.
    """

    key: str
    title: Words
    purpose: Words
    after: Words
    columns: Mapping[str, Words]
    rows: Callable[[Asker], Iterator[Row]]
    files: Callable[[Asker], Iterable[tuple[str, Path]]] = field(default=no_files)
    of_a_case: bool = False
    order: int = 100


_holdings: dict[str, Holding] = {}
_cases: list[Callable[[Actor], Iterable[UUID]]] = []


def hold(holding: Holding) -> None:
    """Make a holding known. A second registration of the key replaces the first."""
    _holdings[holding.key] = holding


def tell_cases(cases: Callable[[Actor], Iterable[UUID]]) -> None:
    """From now on `cases` tells which cases a person opened: who read of them read of him."""
    if cases not in _cases:
        _cases.append(cases)


def holdings(asker: Asker) -> list[Holding]:
    """What may be kept of this asker, in order."""
    found = [each for each in _holdings.values() if each.of_a_case or asker.case is None]
    return sorted(found, key=lambda each: (each.order, each.key))


def opened(asker: Asker) -> Asker:
    """The same asker with his own numbers in the clear, once that is written down.

    Refuses nobody; a receipt alone opens nothing, because it may have been found.
    """
    actor = asker.actor
    person = own_person(asker.actor)
    if asker.case is not None or person is None or actor.pseudonym is None:
        return asker
    reason = _("本人导出自己的信息")
    note_reading(
        actor,
        reason=reason,
        fields=["name", "phone", "idno"],
        region_code=person.region_code,
        person=person.id,
    )
    return replace(asker, clear=True)


def moment(at: datetime | None) -> str:
    """A time as one's own file tells it, to the minute: it is one's own."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def own_person(actor: Actor) -> Person | None:
    """The entry of a signed-in person in the register."""
    if actor.person_id is None:
        return None
    return Person.objects.filter(pk=actor.person_id, erased_at__isnull=True).first()


def _register(asker: Asker) -> Iterator[Row]:
    person = own_person(asker.actor)
    if person is None:
        return
    rosters = RosterEntry.objects.filter(person=person, valid_to__isnull=True).values_list(
        "roster", flat=True
    )
    yield {
        "name": asker.name(person.name),
        "phone": asker.number(unmasked(person, "phone")),
        "idno": asker.number(unmasked(person, "idno")),
        "place": regions.labels([person.region_code]).get(person.region_code, ""),
        "household": _("有") if person.household_id else "",
        "rosters": "、".join(rosters),
    }


def _posts(asker: Asker) -> Iterator[Row]:
    held = (
        Tenure.objects.filter(person=asker.actor.person_id)
        .select_related("post")
        .order_by("-valid_from", "id")
    )
    for each in held[:MOST_ROWS]:
        yield {
            "post": each.post.title,
            "from": str(each.valid_from),
            "to": str(each.valid_to or ""),
            "shown": "、".join(filter(None, [each.post.public_name, each.post.public_phone])),
        }


def _sign_in(asker: Asker) -> Iterator[Row]:
    for account in Account.objects.filter(person=asker.actor.person_id):
        yield {
            "username": account.username,
            "last": moment(account.last_login),
            "large": _("是") if account.elders_mode else "",
        }


def _readings(asker: Asker) -> Iterator[Row]:
    cases = [asker.case] if asker.case else [case for tell in _cases for case in tell(asker.actor)]
    about = Q(thread__in=cases)
    if asker.case is None:
        about |= Q(person=asker.actor.person_id)
    found = list(PersonalDataRead.objects.filter(about).order_by("-id")[:MOST_ROWS])
    posts = Post.objects.in_bulk({each.post for each in found if each.post})
    for each in found:
        own = each.actor == asker.actor.pseudonym
        post = posts[each.post].title if each.post in posts else ""
        yield {
            "at": moment(each.at),
            "who": _("本人") if own else post or _("经办的岗位"),
            "what": "、".join(field_names().get(name, name) for name in each.fields),
            "why": each.reason,
        }


def field_names() -> dict[str, str]:
    """What may be read of a person, in words."""
    return {
        "name": _("姓名"),
        "phone": _("电话"),
        "idno": _("身份证号"),
        "name_search": _("按姓名查找"),
        "phone_search": _("按电话查找"),
    }


def register() -> None:
    """Tell what the register itself keeps."""
    for holding in (
        Holding(
            "register",
            gettext_lazy("人员登记"),
            gettext_lazy("村里为服务和联系登记的（个人信息保护法第十三条）。"),
            gettext_lazy("要村干部核对以后删除：您可以在下面提出。"),
            {
                "name": gettext_lazy("姓名"),
                "phone": gettext_lazy("电话"),
                "idno": gettext_lazy("身份证号"),
                "place": gettext_lazy("所在的村"),
                "household": gettext_lazy("户"),
                "rosters": gettext_lazy("名册"),
            },
            _register,
            order=10,
        ),
        Holding(
            "posts",
            gettext_lazy("担任的岗位"),
            gettext_lazy("谁在什么时候负责什么，要能查清（网络安全法第二十三条）。"),
            gettext_lazy("任职记录留下；登记删除以后看不出是谁。"),
            {
                "post": gettext_lazy("岗位"),
                "from": gettext_lazy("从"),
                "to": gettext_lazy("到"),
                "shown": gettext_lazy("村主页上公开的姓名、电话"),
            },
            _posts,
            order=20,
        ),
        Holding(
            "sign_in",
            gettext_lazy("登录账号"),
            gettext_lazy("登录用。密码不以原文保存；只记最近一次登录。"),
            gettext_lazy("登记删除时一起停用、清空。"),
            {
                "username": gettext_lazy("用户名"),
                "last": gettext_lazy("最近一次登录"),
                "large": gettext_lazy("大字版"),
            },
            _sign_in,
            order=30,
        ),
        Holding(
            "readings",
            gettext_lazy("谁看过我的联系方式、身份信息"),
            gettext_lazy("每次查看都要写明原因，记录不能改。"),
            gettext_lazy("不能删：查阅记录至少保存六个月（网络安全法第二十三条）。"),
            {
                "at": gettext_lazy("时间"),
                "who": gettext_lazy("哪个岗位"),
                "what": gettext_lazy("看了什么"),
                "why": gettext_lazy("原因"),
            },
            _readings,
            of_a_case=True,
            order=90,
        ),
    ):
        hold(holding)
