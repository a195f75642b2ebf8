"""The queue: what waits for the actor, and every order that he may see."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from gongzhi.capabilities.orders.desk.access import at_desk, reads_orders
from gongzhi.capabilities.orders.desk.filters import (
    FilterForm,
    kept_query,
    key_text,
    moment_text,
    read_moment,
    read_task_key,
)
from gongzhi.capabilities.orders.desk.words import kind_name, standing, task_name
from gongzhi.capabilities.orders.queries import (
    Filters,
    order_by_number,
    orders_listed,
    tasks_new,
    tasks_waiting,
)
from gongzhi.capabilities.orders.queries.listing import Listed, narrowed
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.models import Region
from gongzhi.shells.desk.pages import place_of
from gongzhi.shells.desk.views import home
from gongzhi.workflow.queries import work_due

MOST_NEW = 100


@dataclass(frozen=True)
class Item:
    """One line of the queue: an order, and in the list of duties what waits and until when."""

    listed: Listed
    state: str
    kind: str
    due_at: datetime | None
    task: str = ""


@login_required
@require_GET
def queue(request: ActingRequest) -> HttpResponse:
    """The queue of those who see matters; others are led to the first list that they may open."""
    if not reads_orders(request.actor):
        return home(request)
    name = "orders/desk/_queue.html" if is_part(request) else "orders/desk/queue.html"
    return render(request, name, queue_context(request))


def is_part(request: ActingRequest) -> bool:
    """Whether htmx asked for a part of the page, not the whole of it."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def queue_context(request: ActingRequest) -> dict[str, Any]:
    """All that the queue shows, by its address."""
    form = FilterForm(request.GET, actor=request.actor)
    filters = form.filters()
    mine = shows_mine(request.actor, request.GET, filters=filters)
    found = _mine(request) if mine else _all(request.actor, filters)
    return {
        "form": form,
        "mine": mine,
        "savable": not mine and bool(form.narrowed or form.data.get("q") or form.data.get("sort")),
        "may_act": bool(_acting(request.actor)),
        "kept": kept_query(request.GET),
        "as_of": moment_text(timezone.now()),
        "phone_search": any(request.actor.with_right("see_people")),
        **found,
    }


def _found(request: ActingRequest) -> dict[str, Any]:
    filters = FilterForm(request.GET, actor=request.actor).filters()
    mine = shows_mine(request.actor, request.GET, filters=filters)
    return _mine(request) if mine else _all(request.actor, filters)


def shows_mine(actor: Actor, asked: QueryDict, *, filters: Filters) -> bool:
    """Whether the list is what waits for the actor: so it is until something else is asked for."""
    plain = replace(filters, after=None, before=None) == Filters()
    return asked.get("list") != "all" and plain and bool(_acting(actor))


def _acting(actor: Actor) -> list[str]:
    return [right for post in actor.posts for right in post.rights if right.startswith("act_")]


def _mine(request: ActingRequest) -> dict[str, Any]:
    page = tasks_waiting(
        request.actor,
        after=read_task_key(request.GET.get("after", "")),
        before=read_task_key(request.GET.get("before", "")),
    )
    _know(each.listed for each in page.rows)
    items = [
        _item(each.listed, task=task_name(each.listed.matter, each.task.what), due_at=each.task.due_at)
        for each in page.rows
    ]
    return _page(items, page)


def _all(actor: Actor, filters: Filters) -> dict[str, Any]:
    page = orders_listed(actor, filters)
    _know(page.rows)
    items = [_item(each, due_at=_open_due(each)) for each in page.rows]
    return _page(items, page) | {"place": page.place}


def _page(items: list[Item], page: Any) -> dict[str, Any]:
    total = f"{page.total:,}+" if page.capped else f"{page.total:,}"
    return {
        "items": items,
        "next_key": key_text(page.next),
        "previous_key": key_text(page.previous),
        "total": total if page.total else "",
        "shown_list": _digest(items, total),
    }


def _digest(items: list[Item], total: str) -> str:
    """What tells one state of a list from another: its orders, their versions, what waits, how many there are."""
    lines = [f"{item.listed.matter.id} {item.listed.matter.version} {item.task}" for item in items]
    return hashlib.sha256("\n".join([total, *lines]).encode()).hexdigest()[:16]


def _item(listed: Listed, *, due_at: datetime | None, task: str = "") -> Item:
    matter = listed.matter
    return Item(
        listed=listed,
        state=standing(matter),
        kind=kind_name(matter),
        due_at=due_at,
        task=task,
    )


def _open_due(listed: Listed) -> datetime | None:
    return work_due(listed.matter)


def _know(rows: Any) -> None:
    """Read at once whatever past versions of kinds and flows the rows name."""
    matters = [row.matter for row in rows]
    definitions.by_ids({each.kind_id for each in matters} | {each.flow_id for each in matters})


def _region(place: tuple[int, int] | None) -> Region | None:
    return regions.standing(place[0], place[1]) if place else None


@at_desk
@require_GET
def changes(request: ActingRequest) -> HttpResponse:
    """Whether the list (`shown`) and the order open beside it are still what they were: lines that offer to refresh.

    The page refreshes by itself only what nobody is working on.
    """
    shown = request.GET.get("shown")
    changed = shown is not None and shown != _found(request)["shown_list"]
    count = _count_new(request) if shown is None or changed else 0
    words = {"count": count, "many": count >= MOST_NEW, "changed": changed, "kept": kept_query(request.GET)}
    return render(request, "orders/desk/_changes.html", words | _open_order(request))


def _count_new(request: ActingRequest) -> int:
    since = read_moment(request.GET.get("as_of", "")) or timezone.now()
    filters = FilterForm(request.GET, actor=request.actor).filters()
    if shows_mine(request.actor, request.GET, filters=filters):
        return tasks_new(request.actor, since)
    newer = replace(filters, since=since, sort="newest", after=None, before=None)
    return narrowed(request.actor, newer).order_by()[:MOST_NEW].count()


def _open_order(request: ActingRequest) -> dict[str, Any]:
    """What is to be said of the order beside the list: that it has changed, or that it is not to be seen any more."""
    number, seen = request.GET.get("open", ""), request.GET.get("seen", "")
    matter = order_by_number(request.actor, number) if number else None
    newer = matter is not None and str(matter.version) != seen
    return {"number": number, "seen": seen, "gone": matter is None, "newer": newer}


@at_desk
@require_GET
def places(request: ActingRequest) -> HttpResponse:
    """Choose the place of the list by going down: the posts' own places first, then what lies in each."""
    here = _region(place_of(request.GET.get("place", "")))
    if here is not None:
        below = regions.children(here.code, here.level)
        line = [each for each in regions.path(here.code, here.level) if _within(request.actor, each)]
    else:
        below, line = _own_places(request.actor), []
    asked = request.GET.copy()
    asked.pop("place", None)
    kept = kept_query(asked)
    context = {
        "here": here,
        "line": line,
        "below": below,
        "kept": kept,
        "lead": f"{kept}&" if kept else "",
    }
    name = "orders/desk/_places.html" if is_part(request) else "orders/desk/places.html"
    return render(request, name, context)


def _within(actor: Actor, region: Region) -> bool:
    return any(post.region_level <= region.level and post.covers(region.code) for post in actor.posts)


def _own_places(actor: Actor) -> list[Region]:
    pairs = dict.fromkeys((post.region_code, post.region_level) for post in actor.posts)
    found = [regions.standing(code, level) for code, level in pairs]
    return [region for region in found if region is not None]
