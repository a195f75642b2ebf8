"""Drills at the desk: starting, answering and stopping one, and the list of all."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.capabilities.orders.commands.drilling import (
    answer_drill,
    drilling_post,
    start_drill,
    stop_drill,
)
from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.ringing import told
from gongzhi.capabilities.orders.desk.words import told as in_words
from gongzhi.capabilities.orders.queries.ringing import DrillShown, drills_shown
from gongzhi.capabilities.orders.ringing.chain import chain_at, channels_of, gateways
from gongzhi.capabilities.orders.ringing.words import channel_words, lapse_words, who_words
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions.rules import Level
from gongzhi.shells.desk.pages import Place, desk_people, only_for, place_asked, place_of

RIGHTS = ("see_matters", "work_matters", "sealed")


@at_desk
@require_GET
def drills(request: ActingRequest) -> HttpResponse:
    """The chain of a place, a way to drill it, and the drills so far."""
    place = place_asked(request, *RIGHTS)
    page = drills_shown(request.actor, after=_id(request.GET.get("after", "")))
    context = {
        "place": place,
        "may_drill": _may_drill(request, place),
        "key": uuid7(),
        "steps": _steps(place.here.code) if place.here is not None else [],
        "gateways": gateways(),
        "drills": [_told(each) for each in page.rows],
        "next_key": page.next.hex if page.next else "",
    }
    return render(request, "orders/desk/drills.html", context)


@at_desk
@require_POST
def start(request: ActingRequest) -> HttpResponse:
    """Begin a drill in the place that the form names."""
    place = place_of(request.POST.get("place", ""))
    if place is None or place[1] < Level.VILLAGE:
        messages.error(request, _("请先选一个村，再开始演练。"))
        return redirect("orders_desk_drills")
    try:
        start_drill(actor=request.actor, place=place, client_id=_id(request.POST.get("key", "")) or uuid7())
        messages.success(request, _("演练开始了：几秒钟内按顺序响铃，只在打开的页面上响。"))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("orders_desk_drills")


@only_for(desk_people)
@require_POST
def answer(request: ActingRequest, drill_id: UUID) -> HttpResponse:
    """Answer a drill that rings for the reader's post."""
    try:
        seconds = answer_drill(actor=request.actor, drill_id=drill_id)["seconds"]
        messages.success(request, _("演练：您的岗位在 %(n)s 秒后应答。") % {"n": seconds})
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, refused.message)
    return redirect("orders_desk_drills")


@at_desk
@require_POST
def stop(request: ActingRequest, drill_id: UUID) -> HttpResponse:
    """Stop a drill."""
    try:
        stop_drill(actor=request.actor, drill_id=drill_id)
        messages.success(request, _("演练停止了。"))
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, refused.message)
    return redirect("orders_desk_drills")


def _may_drill(request: ActingRequest, place: Place) -> bool:
    here = place.here
    if here is None or here.level < Level.VILLAGE:
        return False
    return drilling_post(request.actor, (here.code, here.level)) is not None


def _steps(region_code: int) -> list[dict[str, Any]]:
    """The chain in force at a place, in words."""
    roles = {
        found.key: in_words(found.body.name) for found in definitions.all_of(Role, region_code=region_code)
    }
    return [
        {
            "who": who_words(step.who),
            "roles": [roles.get(key, key) for key in step.roles],
            "wait": lapse_words(step.lasts),
            "channels": [channel_words(channel) for channel in channels_of(step)],
        }
        for step in chain_at(region_code).body.steps
    ]


def _told(shown: DrillShown) -> dict[str, Any]:
    results = {
        "": (_("正在演练"), "warn"),
        "answered": (_("有人应答"), "done"),
        "nobody": (_("没有人应答"), "bad"),
        "stopped": (_("停止了"), "waiting"),
    }
    result, tone = results[shown.drill.result]
    return {"shown": shown, "result": result, "tone": tone, "lines": [told(line) for line in shown.lines]}


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
