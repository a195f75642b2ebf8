"""What the address of the queue says: filters, order, page."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gongzhi.capabilities.orders.definitions import Category, OrderKind
from gongzhi.capabilities.orders.queries import Filters
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.shells.desk.pages import place_of
from gongzhi.workflow.definitions import Flow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCES = [
    ("portal", _("村民自己提交")),
    ("assisted", _("代填")),
    ("hotline", _("热线转入")),
]
NO_TIME = "none"
LONGEST_TEXT = 60
TICKS = ("overdue", "raised", "overseen", "unheld", "quarantined")
NARROWING = ("q", "state", "kind", "category", "source", "place", *TICKS)
KEPT = (*NARROWING, "since", "until", "sort", "list")


class FilterForm(forms.Form):
    """The filters of the queue. Whatever cannot be read narrows nothing."""

    q = forms.CharField(label=_("编号、内容或地点"), required=False, max_length=LONGEST_TEXT)
    state = forms.ChoiceField(label=_("状态"), required=False)
    kind = forms.ChoiceField(label=_("事项"), required=False)
    category = forms.ChoiceField(label=_("类别"), required=False)
    source = forms.ChoiceField(label=_("来源"), required=False, choices=[("", _("全部")), *SOURCES])
    since = forms.DateField(label=_("从"), required=False)
    until = forms.DateField(label=_("到"), required=False)
    overdue = forms.BooleanField(label=_("已超期"), required=False)
    raised = forms.BooleanField(label=_("已报上级督促"), required=False)
    overseen = forms.BooleanField(label=_("督办待答复"), required=False)
    unheld = forms.BooleanField(label=_("没有经办人"), required=False)
    quarantined = forms.BooleanField(label=_("待甄别（同一来源过密）"), required=False)
    sort = forms.ChoiceField(
        label=_("排序"), required=False, choices=[("", _("新的在前")), ("due", _("期限近的在前"))]
    )
    place = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, actor: Actor) -> None:
        super().__init__(data)
        self.fields["state"].choices = _choices(states_at(actor))  # type: ignore[attr-defined]
        self.fields["kind"].choices = _choices(_named(OrderKind, actor))  # type: ignore[attr-defined]
        self.fields["category"].choices = _choices(_named(Category, actor))  # type: ignore[attr-defined]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})
        self.fields["q"].widget.attrs |= {"data-search": "", "type": "search", "enterkeyhint": "search"}

    def filters(self) -> Filters:
        """The filters as the query takes them."""
        self.full_clean()
        said: dict[str, Any] = self.cleaned_data
        until = said.get("until")
        return Filters(
            state=said.get("state", ""),
            kind=said.get("kind", ""),
            category=said.get("category", ""),
            source=said.get("source", ""),
            place=place_of(said.get("place", "")),
            text=said.get("q", self.data.get("q", "")[:LONGEST_TEXT]),
            unheld=said.get("unheld", False),
            overdue=said.get("overdue", False),
            raised=said.get("raised", False),
            overseen=said.get("overseen", False),
            quarantined=True if said.get("quarantined") else None,
            since=_midnight(said.get("since")),
            until=_midnight(until + timedelta(days=1)) if until else None,
            sort=said.get("sort") or "newest",
            after=read_key(self.data.get("after", "")),
            before=read_key(self.data.get("before", "")),
        )

    @property
    def ticks(self) -> list[forms.BoundField]:
        """The filters that are either on or off."""
        return [self[name] for name in TICKS]

    @property
    def narrowed(self) -> int:
        """How many filters are set beside the words searched for."""
        names = [*NARROWING[1:], "since", "until"]
        return sum(1 for name in names if self.data.get(name))


def kept_query(data: QueryDict) -> str:
    """The parts of the address that lead back to the same list, without its page."""
    return urlencode([(name, data[name]) for name in KEPT if data.get(name)])


def states_at(actor: Actor) -> list[tuple[str, str]]:
    """The states of the flow in force where the actor's posts stand, in order."""
    for flow in definitions.all_of(Flow, region_code=place_of_posts(actor)):
        return [(key, state.name.of(get_language() or "zh")) for key, state in flow.body.states.items()]
    return []


def place_of_posts(actor: Actor) -> int | None:
    """The place of the actor's widest post: whose packs name states, kinds and categories."""
    posts = sorted(actor.posts, key=lambda post: (post.region_level, post.region_code))
    return posts[0].region_code if posts else None


def key_text(key: tuple[datetime | None, UUID] | None) -> str:
    """The key of a page as the address carries it: microseconds since 1970, and the row's id."""
    if key is None:
        return ""
    at, row_id = key
    return f"{moment_text(at) if at else NO_TIME}.{row_id.hex}"


def read_task_key(text: str) -> tuple[datetime | None, UUID] | None:
    """The key that `key_text` wrote; None for anything else."""
    at, _dot, row_id = text.partition(".")
    moment = read_moment(at)
    if moment is None and at != NO_TIME:
        return None
    try:
        return moment, UUID(hex=row_id)
    except ValueError:
        return None


def read_key(text: str) -> tuple[datetime, UUID] | None:
    """As `read_task_key`, where every row has its time."""
    key = read_task_key(text)
    return (key[0], key[1]) if key is not None and key[0] is not None else None


def moment_text(at: datetime) -> str:
    """A moment as the address carries it."""
    return str((at - EPOCH) // timedelta(microseconds=1))


def read_moment(text: str) -> datetime | None:
    """The moment that `moment_text` wrote; None for anything else."""
    try:
        return EPOCH + timedelta(microseconds=int(text))
    except (ValueError, OverflowError):
        return None


def _named(kind: type[Category] | type[OrderKind], actor: Actor) -> list[tuple[str, str]]:
    found = definitions.all_of(kind, region_code=place_of_posts(actor))
    return [(each.key, each.body.name.of(get_language() or "zh")) for each in found]


def _choices(named: Iterable[tuple[str, str]]) -> list[tuple[str, Any]]:
    return [("", _("全部")), *named]


def _midnight(day: Any) -> datetime | None:
    if day is None:
        return None
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made aware at once
