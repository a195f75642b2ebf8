"""Saved views of the queue: a person's own filters under a name, as tabs with their counts."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.filters import FilterForm, kept_query
from gongzhi.capabilities.orders.queries.counting import count_words, orders_counted
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.commands import MOST_VIEWS, move_view, remove_view, rename_view, save_view
from gongzhi.shells.desk.models import SavedView
from gongzhi.shells.desk.pages import try_out
from gongzhi.shells.desk.queries import views_of

PAGE = "orders"


@dataclass(frozen=True)
class Tab:
    """A view as a tab: how many orders it finds, and whether it is the one that is open."""

    view: SavedView
    count: str
    current: bool


@at_desk
@require_http_methods(["GET", "POST"])
def views(request: ActingRequest) -> HttpResponse:
    """The actor's views, to be renamed, moved and taken away; POST keeps what the queue's address says as a view."""
    if request.method == "POST":
        return _save(request)
    context = {"tabs": _tabs(request.actor, ""), "most": MOST_VIEWS}
    return render(request, "orders/desk/views.html", context)


@at_desk
@require_GET
def tabs(request: ActingRequest) -> HttpResponse:
    """The views as tabs above the queue: asked for after the list, so that the list waits for no count."""
    context = {"tabs": _tabs(request.actor, kept_query(request.GET))}
    return render(request, "orders/desk/_views.html", context)


@at_desk
@require_POST
def rename(request: ActingRequest, view_id: UUID) -> HttpResponse:
    """Give a view another name."""
    name = request.POST.get("name", "")
    try_out(
        request,
        lambda: rename_view(actor=request.actor, view_id=view_id, name=name),
        words=_("名字已改。"),
    )
    return HttpResponseRedirect(reverse("orders_desk_views"))


@at_desk
@require_POST
def move(request: ActingRequest, view_id: UUID) -> HttpResponse:
    """Move a view one place up or down."""
    up = request.POST.get("way") == "up"
    try_out(request, lambda: move_view(actor=request.actor, view_id=view_id, up=up), words=_("顺序已改。"))
    return HttpResponseRedirect(reverse("orders_desk_views"))


@at_desk
@require_POST
def remove(request: ActingRequest, view_id: UUID) -> HttpResponse:
    """Take a view away."""
    try_out(request, lambda: remove_view(actor=request.actor, view_id=view_id), words=_("视图已去掉。"))
    return HttpResponseRedirect(reverse("orders_desk_views"))


def _save(request: ActingRequest) -> HttpResponse:
    query, name = kept_query(QueryDict(request.POST.get("query", "")[:1000])), request.POST.get("name", "")
    try:
        save_view(actor=request.actor, page=PAGE, name=name, query=query)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("已存成视图。"))
    return HttpResponseRedirect(f"{reverse('orders_desk')}?{query}")


def _tabs(actor: Actor, current: str) -> list[Tab]:
    own = views_of(PAGE)
    asked = [FilterForm(QueryDict(view.query), actor=actor).filters() for view in own]
    counts = orders_counted(actor, asked)
    return [
        Tab(view, count_words(count), view.query == current) for view, count in zip(own, counts, strict=True)
    ]
