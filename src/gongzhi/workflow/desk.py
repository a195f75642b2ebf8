"""New versions at the desk: which open matters older ones still govern, what moving them would do, and the moving."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.pages import only_for, with_rights
from gongzhi.shells.desk.registry import definition_pages, matter_pages
from gongzhi.ui.registry import Entry
from gongzhi.workflow.commands import PAGE, Behind, Move, behind, move_open_matter, preview_move

MOVING = with_rights("work_matters", "sealed")
movers = only_for(MOVING)


def register() -> None:
    """Stand on the desk's page of the definitions."""
    definition_pages.register(
        Entry("moving", gettext_lazy("没办完的事换用新版"), "refresh", "workflow_moving", MOVING, 10)
    )


@dataclass(frozen=True)
class Result:
    """What became of one matter: moved with its term, or why not."""

    move: Move
    address: str
    refused: str = ""


@movers
@require_GET
def moving(request: ActingRequest) -> HttpResponse:
    """The kinds that have open matters under older versions; of the one chosen, what moving each would do."""
    kind = request.GET.get("kind", "")
    groups = behind(request.actor)
    context: dict[str, Any] = {
        "groups": [(group, _name(group)) for group in groups],
        "kind": kind,
        "page": PAGE,
    }
    chosen = next((group for group in groups if group.kind == kind), None)
    if chosen is not None:
        found = preview_move(request.actor, groups=[chosen], after=_key(request.GET.get("after", "")))
        context |= {
            "chosen": _name(chosen),
            "rows": [(move, _address(move)) for move in found.rows],
            "next": f"?kind={kind}&after={found.next}" if found.next else "",
        }
    return render(request, "workflow/moving.html", context)


@movers
@require_POST
def move(request: ActingRequest) -> HttpResponse:
    """Move the chosen matters, one command each. One that is refused stops none of the others."""
    numbers = list(dict.fromkeys(request.POST.getlist("matter")))[:PAGE]
    kind = request.POST.get("kind", "")
    if not numbers:
        return HttpResponseRedirect(f"{reverse('workflow_moving')}?kind={kind}")
    found = preview_move(request.actor, only=numbers)
    results = [
        _moved(request.actor, each, seen=request.POST.get(f"seen_{each.matter.number}", ""))
        for each in found.rows
    ]
    context = {
        "results": results,
        "done": sum(1 for result in results if not result.refused),
        "left_out": len(numbers) - len(results),
        "kind": kind,
    }
    return render(request, "workflow/moved.html", context)


def _moved(actor: Actor, each: Move, *, seen: str) -> Result:
    try:
        with transaction.atomic():
            move_open_matter(
                actor=actor, matter_id=each.matter.id, seen=int(seen) if seen.isdigit() else None
            )
    except Refused as refused:
        return Result(each, _address(each), refused=refused.message)
    return Result(each, _address(each))


def _name(group: Behind) -> str:
    words: Any = getattr(definitions.by_id(group.name_of).body, "name", None)
    return str(words.of(get_language() or "zh")) if words is not None else group.kind


def _address(each: Move) -> str:
    page = matter_pages.get(each.matter.subject)
    return reverse(page, args=[each.matter.number]) if page else ""


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


__all__ = ["move", "moving"]
