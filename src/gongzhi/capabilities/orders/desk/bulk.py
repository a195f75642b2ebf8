"""Dispatching many orders at once: one command an order, each with its own result."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gongzhi.capabilities.orders.commands import Asked, take_step
from gongzhi.capabilities.orders.commands.undoing import WINDOW
from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.filters import kept_query
from gongzhi.capabilities.orders.desk.forms import holder_choices
from gongzhi.capabilities.orders.desk.words import choice_reasons, kind_name
from gongzhi.capabilities.orders.queries import holders_for
from gongzhi.capabilities.orders.queries.listing import Listed, with_words
from gongzhi.capabilities.orders.queries.paging import PAGE
from gongzhi.capabilities.orders.rules import choose_holder
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter

WAITING = ("received", "returned")
"""The states from which an order can be dispatched."""


@dataclass(frozen=True)
class Row:
    """One order to be dispatched: the posts to choose from, the platform's choice and why."""

    listed: Listed
    kind: str
    holders: list[tuple[str, str]]
    chosen: str
    reasons: list[str]


@dataclass(frozen=True)
class Result:
    """What became of one order: what was done, by which event (if it can be undone), or why nothing was done."""

    number: str
    title: str
    words: str = ""
    refused: str = ""
    event: str = ""


@at_desk
@require_POST
def propose_many(request: ActingRequest) -> HttpResponse:
    """The chosen orders with the platform's proposals, to be looked over before anything is done."""
    numbers = list(dict.fromkeys(request.POST.getlist("order")))[:PAGE]
    if not numbers:
        return HttpResponseRedirect(reverse("orders_desk"))
    matters = _matters(numbers)
    rows = [row_of(listed) for listed in with_words(matters)]
    context = {"rows": rows, "left_out": len(numbers) - len(rows), "kept": kept_query(request.GET)}
    return render(request, "orders/desk/bulk.html", context)


@at_desk
@require_POST
def dispatch_many(request: ActingRequest) -> HttpResponse:
    """Dispatch each order to the post chosen for it. One that is refused stops none of the others."""
    numbers = list(dict.fromkeys(request.POST.getlist("order")))[:PAGE]
    results = []
    for listed in with_words(_matters(numbers)):
        number = listed.matter.number
        holder, seen = request.POST.get(f"holder_{number}", ""), request.POST.get(f"seen_{number}", "")
        if not holder:
            results.append(Result(number, listed.title, refused=_("没有选择由谁办理。")))
            continue
        results.append(_dispatch(request.actor, listed, holder=holder, seen=seen))
    done = sum(1 for result in results if not result.refused)
    lead = _("%(count)s件中派出了%(done)s件。") % {"count": len(results), "done": done}
    return results_page(request, results, title=_("批量派单结果"), lead=lead)


def results_page(request: ActingRequest, results: list[Result], *, title: str, lead: str) -> HttpResponse:
    """What became of each order, and a way to take back what can be taken back."""
    context = {
        "results": results,
        "title": title,
        "lead": lead,
        "undoable": any(result.event for result in results),
        "minutes": WINDOW.seconds // 60,
        "kept": kept_query(request.GET),
    }
    return render(request, "orders/desk/bulk_done.html", context)


def _dispatch(actor: Actor, listed: Listed, *, holder: str, seen: str) -> Result:
    number = listed.matter.number
    try:
        post = Post.objects.filter(pk=UUID(holder)).first()
        asked = Asked(listed.matter.id, seen=int(seen) if seen.isdigit() else None)
        with transaction.atomic():
            done = take_step(actor=actor, asked=asked, step="dispatch", given=Given(holder=post))
    except Refused as refused:
        return Result(number, listed.title, refused=refused.message)
    except ValueError:
        return Result(number, listed.title, refused=_("没有选择由谁办理。"))
    words = _("派给 %(holder)s") % {"holder": post.title if post else ""}
    return Result(number, listed.title, words, event=done["event"])


def _matters(numbers: list[str]) -> list[Matter]:
    waiting = Matter.objects.filter(number__in=numbers, subject="orders", state__in=WAITING)
    return list(waiting.select_related("holder").order_by("recorded_at", "id"))


def row_of(listed: Listed) -> Row:
    """The order with the posts that could have it, the present one left out, and the platform's choice."""
    matter = listed.matter
    found = holders_for(matter, definitions.by_id(matter.kind_id).body)
    holders = [each for each in found if each.post.id != matter.holder_id]
    choice = choose_holder([each.candidate for each in holders if each.candidate is not None])
    return Row(
        listed=listed,
        kind=kind_name(matter),
        holders=holder_choices(holders, regions.labels({each.post.region_code for each in holders})),
        chosen=str(choice.holder or ""),
        reasons=choice_reasons(choice.reasons),
    )
