"""How service does (办理质效): rates with what they divide, by place, kind or month; every number opens its orders."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.filters import place_of_posts
from gongzhi.capabilities.orders.desk.words import told
from gongzhi.capabilities.orders.quality import APART, RATES, Counts, moments, share
from gongzhi.capabilities.orders.queries.listing import with_words
from gongzhi.capabilities.orders.queries.quality import COUNTS, Asked, Group, counts_by, orders_counted
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import told_code
from gongzhi.shells.desk import exports
from gongzhi.shells.desk.pages import Place, place_asked, place_of

READS = "see_matters"


class PeriodForm(forms.Form):
    """From which day to which, of which kind, and by what the lines are told apart."""

    since = forms.DateField(
        label=gettext_lazy("从"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("到"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(label=gettext_lazy("事项"), required=False)
    by = forms.ChoiceField(
        label=gettext_lazy("分行"),
        required=False,
        choices=[
            ("place", gettext_lazy("按地方")),
            ("kind", gettext_lazy("按事项")),
            ("month", gettext_lazy("按月份")),
        ],
    )


@dataclass(frozen=True)
class Cell:
    """One rate of a line: what is divided, what came of it, and where the orders are."""

    part: int
    whole: int
    share: float | None
    part_url: str
    whole_url: str


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    received: int
    received_url: str
    cells: list[Cell]
    apart: list[tuple[int, str]]


@dataclass(frozen=True)
class Page:
    """What the address asks for, read."""

    place: Place
    form: PeriodForm
    asked: Asked | None
    query: dict[str, str]


@at_desk
@require_safe
def quality(request: ActingRequest) -> HttpResponse:
    """The rates of a place in a period."""
    page = _page(request)
    groups = _named(page, counts_by(request.actor, page.asked)) if page.asked else []
    total = sum((group.counts for group in groups), Counts())
    context = {
        "place": page.place,
        "form": page.form,
        "first": _by_names()[page.asked.by] if page.asked else "",
        "rates": [_names()[rate.key] for rate in RATES],
        "apart": [_names()[key] for key in APART],
        "lines": [_line(page, group) for group in groups],
        "total": _line(page, Group("", _("合计"), total)) if groups else None,
        "export": urlencode(page.query),
    }
    return render(request, "orders/desk/quality.html", context)


@at_desk
@require_safe
def records(request: ActingRequest) -> HttpResponse:
    """The orders behind one number."""
    page, count = _page(request, _one_place(request)), request.GET.get("count", "received")
    if page.asked is None or count not in COUNTS:
        raise Http404
    part = request.GET.get("part", "")
    matters, following = orders_counted(
        request.actor, page.asked, count=count, part=part, after=_id(request.GET.get("after", ""))
    )
    again = {**page.query, "count": count, "part": part, "after": following.hex if following else ""}
    context = {
        "title": _names()[count],
        "line": _named(page, [Group(part, part, Counts())])[0].name if part else "",
        "back": urlencode(page.query),
        "place": page.place,
        "listed": with_words(matters),
        "next": urlencode(again) if following else "",
    }
    return render(request, "orders/desk/quality_records.html", context)


@at_desk
@require_safe
def export(request: ActingRequest) -> HttpResponse:
    """The table as a spreadsheet: each rate with both numbers; where there is nothing to divide it says so."""
    page = _page(request)
    if page.asked is None:
        raise Http404
    groups = _coarse(page, _named(page, counts_by(request.actor, page.asked)))
    total = Group("", _("合计"), sum((group.counts for group in groups), Counts()))
    names = _names()
    headings = [_by_names()[page.asked.by], names["received"]]
    for rate in RATES:
        headings += [names[rate.part], names[rate.whole], names[rate.key]]
    headings += [names[key] for key in APART]
    rows = [_row(group) for group in [*groups, total]]
    name = f"quality-{page.query['since']}-{page.query['until']}"
    return exports.export(name, _("办理质效"), headings=headings, rows=rows)


def _coarse(page: Page, groups: list[Group]) -> list[Group]:
    """The groups as a list tells them that leaves the house: what lies below a grid stands together."""
    if page.asked is None or page.asked.by != "place":
        return groups
    fine = [group for group in groups if group.key.isdigit() and told_code(int(group.key)) != int(group.key)]
    if not fine:
        return groups
    together = Group("", _("网格以下合在一起"), sum((group.counts for group in fine), Counts()))
    return [*(group for group in groups if group not in fine), together]


def _one_place(request: ActingRequest) -> Place:
    """The place alone, without those around it. Refuses (404) as `place_asked` does."""
    asked = place_of(request.GET.get("place", ""))
    if asked is None:
        return place_asked(request, READS)
    here = regions.standing(*asked) if request.actor.may(READS, asked[0]) else None
    if here is None:
        raise Http404
    return Place(here, [], [])


def _page(request: ActingRequest, place: Place | None = None) -> Page:
    form = PeriodForm(request.GET)
    kinds = definitions.all_of(OrderKind, region_code=place_of_posts(request.actor))
    choices: list[tuple[str, Any]] = [("", _("全部")), *((each.key, told(each.body.name)) for each in kinds)]
    form.fields["kind"].choices = choices  # type: ignore[attr-defined]
    form.full_clean()
    today, said = timezone.localdate(), form.cleaned_data
    first, last = said.get("since") or today.replace(day=1), said.get("until") or today
    since, until = moments(first, last, zone=timezone.get_current_timezone())
    place = place or place_asked(request, READS)
    query = {
        "place": f"{place.here.short}.{place.here.level}" if place.here else "",
        "since": _day(since.date()),
        "until": _day(max(first, last)),
        "kind": said.get("kind", ""),
        "by": said.get("by") or "place",
    }
    shown = PeriodForm(initial=query)
    shown.fields["kind"].choices = choices  # type: ignore[attr-defined]
    if place.here is None:
        return Page(place, shown, None, query)
    asked = Asked(
        place=(place.here.code, place.here.level),
        since=since,
        until=until,
        kind=query["kind"],
        by=query["by"],
    )
    return Page(place, shown, asked, query)


def _named(page: Page, groups: list[Group]) -> list[Group]:
    """The groups with names for people; what lies in no place of the next level down stands under the place itself."""
    if page.asked is None or page.asked.by == "month":
        return groups
    if page.asked.by == "kind":
        kinds = {
            each.key: told(each.body.name)
            for each in definitions.all_of(OrderKind, region_code=page.asked.place[0])
        }
        return [Group(each.key, kinds.get(each.key, each.key), each.counts) for each in groups]
    own = str(page.asked.place[0])
    return [
        Group(each.key, _("没有更细的地点") if each.key == own else each.name, each.counts) for each in groups
    ]


def _line(page: Page, group: Group) -> Line:
    counts = group.counts
    cells = [
        Cell(
            part=counts[rate.part],
            whole=counts[rate.whole],
            share=share(counts[rate.part], counts[rate.whole]),
            part_url=_url(page, rate.part, group=group),
            whole_url=_url(page, rate.whole, group=group),
        )
        for rate in RATES
    ]
    apart = [(counts[key], _url(page, key, group=group)) for key in APART]
    return Line(group.name, counts["received"], _url(page, "received", group=group), cells, apart)


def _row(group: Group) -> list[object]:
    row: list[object] = [group.name, group.counts["received"]]
    for rate in RATES:
        part, whole = group.counts[rate.part], group.counts[rate.whole]
        found = share(part, whole)
        row += [part, whole, _("不适用") if found is None else round(found, 4)]
    return row + [group.counts[key] for key in APART]


def _url(page: Page, count: str, *, group: Group) -> str:
    return urlencode({**page.query, "count": count, "part": group.key})


def _by_names() -> dict[str, str]:
    return {"place": _("地方"), "kind": _("事项"), "month": _("月份")}


def _names() -> dict[str, str]:
    return {
        "received": _("收到"),
        "response": _("响应率"),
        "responded": _("按期响应"),
        "respond_due": _("应响应"),
        "punctuality": _("按期办结率"),
        "in_time": _("按期办结"),
        "time_due": _("应办结"),
        "closing": _("结案率"),
        "closed": _("已结案"),
        "close_due": _("应结案"),
        "solving": _("解决率"),
        "solved": _("已解决"),
        "rated": _("已评价"),
        "satisfaction": _("满意率"),
        "satisfied": _("满意"),
        "unsolved": _("结案但没有全部解决"),
        "not_ours": _("不属本处职责"),
        "unrated": _("没有评价"),
        "withdrawn": _("已撤回"),
        "duplicate": _("重复"),
        "void": _("作废"),
    }


def _day(day: date) -> str:
    return day.isoformat()


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
