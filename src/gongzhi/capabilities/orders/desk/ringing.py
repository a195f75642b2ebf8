"""What rings at the desk: the banner of every page, answering, and the chain of one order."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.capabilities.orders.commands.ringing import answer_ring
from gongzhi.capabilities.orders.desk.access import at_desk, matter_of
from gongzhi.capabilities.orders.desk.queue import is_part
from gongzhi.capabilities.orders.desk.words import kind_name
from gongzhi.capabilities.orders.queries.ringing import Line, Now, chain_of, rings_for, still_rings
from gongzhi.capabilities.orders.ringing.chain import NOBODY, gateways
from gongzhi.capabilities.orders.ringing.words import lapse_words, outcome_words, way_words, who_words
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.pages import desk_people, only_for


@only_for(desk_people)
@require_GET
def rings(request: ActingRequest) -> HttpResponse:
    """What rings for the reader now; nothing to swap (204) where that is what the page shows already."""
    now = rings_for(request.actor)
    shown = digest(now)
    if is_part(request) and request.GET.get("shown") == shown:
        return HttpResponse(status=204)
    definitions.by_ids({each.matter.kind_id for each in now.ringing})
    lines = [{"ring": each, "kind": kind_name(each.matter)} for each in now.ringing]
    name = "orders/desk/_rings.html" if is_part(request) else "orders/desk/rings.html"
    context = {"lines": lines, "drills": now.drills, "taken": now.taken, "shown": shown}
    return render(request, name, context | {"gateways": gateways()})


def digest(now: Now) -> str:
    """What tells one state of the banner from another."""
    ringing = [f"r {each.matter.id} {each.mine} {each.nobody}" for each in now.ringing]
    drills = [f"d {each.drill_id}" for each in now.drills]
    taken = [f"t {each.matter.id} {each.holder}" for each in now.taken]
    return hashlib.sha256("\n".join([*ringing, *drills, *taken]).encode()).hexdigest()[:16]


@at_desk
@require_POST
def answer(request: ActingRequest, number: str) -> HttpResponse:
    """Accept an order that rings; then its page."""
    matter = matter_of(request.actor, number)
    try:
        answer_ring(actor=request.actor, order_id=matter.id)
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, refused.message)
    else:
        messages.success(request, _("您接了这件事。请马上与反映人联系；正在发生危险的，先打 110、119、120。"))
    return redirect("orders_desk_order", number=matter.number)


@at_desk
@require_GET
def chain(request: ActingRequest, number: str) -> HttpResponse:
    """Who was rung for an order, when and by what, and who accepted: a part of its page, or whole."""
    matter = matter_of(request.actor, number)
    lines = chain_of(matter.id)
    rings_now = still_rings(matter, lines)
    context = {"matter": matter, "lines": [told(line) for line in lines], "rings": rings_now}
    context["gateways"] = gateways()
    name = "orders/desk/_chain.html" if is_part(request) else "orders/desk/chain.html"
    return render(request, name, context)


def told(line: Line) -> dict[str, Any]:
    """One post of a chain in words."""
    outcome, tone = outcome_words(line.outcome, over=timezone.now() >= line.until)
    if line.who == NOBODY and line.outcome == "":
        outcome, tone = _("没有人应答，已报县级值班"), "bad"
    return {
        "line": line,
        "who": who_words(line.who),
        "post": line.post.title if line.post is not None else "",
        "outcome": outcome,
        "tone": tone,
        "waited": lapse_words(line.waited) if line.waited is not None else "",
        "ways": [way_words(row) for row in line.ways if row.channel != "none"],
    }
