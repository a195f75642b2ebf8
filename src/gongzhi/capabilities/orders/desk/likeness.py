"""Orders that may be the same, side by side: merging them, undoing it, and saying that they are not the same."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.capabilities.orders.commands import Asked, merge_orders, tell_apart, unmerge_orders
from gongzhi.capabilities.orders.commands.merging import JUDGES
from gongzhi.capabilities.orders.desk.access import at_desk, matter_of
from gongzhi.capabilities.orders.desk.filters import kept_query
from gongzhi.capabilities.orders.desk.forms import Seen
from gongzhi.capabilities.orders.desk.queue import is_part
from gongzhi.capabilities.orders.desk.words import kind_name, standing, state_name, told
from gongzhi.capabilities.orders.likeness import MERGEABLE, Clocked, Likeness, leader_of
from gongzhi.capabilities.orders.queries.likeness import Compared, comparison
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.definitions import Flow
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.leading import Leading
from gongzhi.workflow.models import Matter

UNREADABLE = 422


class PairForm(Seen):
    """Two orders, each as it was seen."""

    other_seen = forms.IntegerField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class Alike:
    """An order that may be the same, as the page shows it. `form` is None where the reader may not judge."""

    order: Compared
    kind: str
    state: str
    percent: int
    reasons: list[str]
    form: PairForm | None
    mergeable: bool
    leads: bool


@at_desk
@require_GET
def alike(request: ActingRequest, number: str) -> HttpResponse:
    """What may be the same as the order: a part of its page where htmx asks, else a page of its own."""
    return _page(request, matter_of(request.actor, number))


@at_desk
@require_POST
def merge(request: ActingRequest, number: str, *, other: str) -> HttpResponse:
    """Merge two orders: the one due first leads."""
    one, two = matter_of(request.actor, number), matter_of(request.actor, other)
    form = PairForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        asked = {
            one.id: Asked(one.id, seen=said["seen"], client_id=said["client_id"]),
            two.id: Asked(two.id, seen=said["other_seen"], client_id=said["client_id"]),
        }
        leads = _leader(one, two)
        merged = two.id if leads == one.id else one.id
        try:
            answer = merge_orders(actor=request.actor, asked=asked[merged], leading=asked[leads])
        except Refused as refused:
            return _page(request, matter_of(request.actor, number), refused=refused.message)
        words = _("已合并：%(number)s 并入 %(leading)s，两边的反映人凭回执都看得到进度。")
        messages.success(request, words % answer)
        return _lead_on(request, answer["leading"])
    return _page(request, one, refused=_("请在页面上重新选择。"))


@at_desk
@require_POST
def apart(request: ActingRequest, number: str, *, other: str) -> HttpResponse:
    """Remember that two orders are not the same."""
    one, two = matter_of(request.actor, number), matter_of(request.actor, other)
    form = Seen(request.POST)
    if not form.is_valid():
        return _page(request, one, refused=_("请在页面上重新选择。"))
    try:
        tell_apart(
            actor=request.actor,
            asked=Asked(one.id, client_id=form.cleaned_data["client_id"]),
            other_id=two.id,
        )
    except Refused as refused:
        return _page(request, one, refused=refused.message)
    if is_part(request):
        return _page(request, one)
    messages.success(request, _("已记下：不是同一件事，以后不再提示。"))
    return HttpResponseRedirect(reverse("orders_desk_alike", args=[number]))


@at_desk
@require_POST
def unmerge(request: ActingRequest, number: str) -> HttpResponse:
    """Undo a merger."""
    matter = matter_of(request.actor, number)
    form = Seen(request.POST)
    if not form.is_valid():
        return _page(request, matter, refused=_("请在页面上重新选择。"))
    said = form.cleaned_data
    try:
        unmerge_orders(
            actor=request.actor, asked=Asked(matter.id, seen=said["seen"], client_id=said["client_id"])
        )
    except Refused as refused:
        return _page(request, matter_of(request.actor, number), refused=refused.message)
    messages.success(request, _("合并已撤销，这件事单独办理，期限不变。"))
    return _lead_on(request, number)


def _page(request: ActingRequest, matter: Matter, *, refused: str = "") -> HttpResponse:
    found = comparison(request.actor, matter)
    judges = bool(parts_of(request.actor, matter) & JUDGES)
    definitions.by_ids({each.matter.kind_id for each in found.others} | {each.flow_id for each in found.led})
    context = {
        "matter": matter,
        "own": found.own,
        "kind": kind_name(matter),
        "others": [_alike(request.actor, matter, other=each) for each in found.others],
        "leading": _leading(found.leading),
        "led": [(each, state_name(each)) for each in found.led],
        "unmerge_form": _seen(matter) if found.leading and judges else None,
        "refused": refused,
        "kept": kept_query(request.GET),
    }
    part = is_part(request)
    name = "orders/desk/_alike.html" if part else "orders/desk/alike.html"
    return render(request, name, context, status=UNREADABLE if refused else 200)


def _alike(actor: Actor, matter: Matter, *, other: Compared) -> Alike:
    judges = all(parts_of(actor, each) & JUDGES for each in (matter, other.matter))
    likeness = other.likeness or Likeness(0.0, ())
    both = (matter, other.matter)
    free = all(each.state in MERGEABLE and not each.paused_at and not each.quarantined for each in both)
    return Alike(
        order=other,
        kind=kind_name(other.matter),
        state=standing(other.matter),
        percent=round(likeness.score * 100),
        reasons=reason_words(likeness),
        form=_pair(matter, other.matter) if judges else None,
        mergeable=free,
        leads=_leader(matter, other.matter) == other.matter.id,
    )


def reason_words(likeness: Likeness) -> list[str]:
    """Why two orders are taken to be alike, in words."""
    known = {
        "words": _("字词相同 %(percent)s%%"),
        "distance": _("相距 %(metres)s 米"),
        "place": _("在同一个地方") if _told(likeness, "place") >= 1 else _("在同一个村或乡镇"),
        "category": _("类别相同"),
        "age": _("相隔 %(days)s 天"),
        "photos": _("有相同的照片"),
    }
    return [
        known[code] % {"percent": round(value * 100), "metres": round(value), "days": round(value)}
        for code, part, value in likeness.reasons
        if part > 0
    ]


def _told(likeness: Likeness, code: str) -> float:
    return next((value for each, _part, value in likeness.reasons if each == code), 0.0)


def _leader(one: Matter, other: Matter) -> Any:
    return leader_of([Clocked(each.id, each.due_at, each.recorded_at) for each in (one, other)])


def _leading(found: Leading | None) -> dict[str, Any] | None:
    if found is None:
        return None
    flow: Flow = definitions.by_id(found.flow_id).body
    return {"number": found.number, "state": found.state, "state_name": told(flow.states[found.state].name)}


def _pair(matter: Matter, other: Matter) -> PairForm:
    initial = {"seen": matter.version, "other_seen": other.version, "client_id": uuid7()}
    return PairForm(initial=initial, auto_id=False)


def _seen(matter: Matter) -> Seen:
    return Seen(initial={"seen": matter.version, "client_id": uuid7()}, auto_id=False)


def _lead_on(request: ActingRequest, number: str) -> HttpResponse:
    kept = kept_query(request.GET)
    address = reverse("orders_desk_order", args=[number]) + (f"?{kept}" if kept else "")
    if not is_part(request):
        return HttpResponseRedirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response
