"""How dispatch does in the county (派单表现), by which model, and how sure it must be: for the county's desk alone."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gongzhi.capabilities.orders.commands.learning import HIGHEST, LOWEST, set_threshold, use_model
from gongzhi.capabilities.orders.desk.access import at_desk, reads_orders
from gongzhi.capabilities.orders.learning import training
from gongzhi.capabilities.orders.models import ModelInUse, TrainedModel
from gongzhi.capabilities.orders.queries.listing import with_words
from gongzhi.capabilities.orders.queries.performing import WHAT, Done, orders_behind, performance
from gongzhi.capabilities.orders.queries.reading import category_name
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions.rules import Level

VERSIONS = 12
MOST_CATEGORIES = 40
LEFT, TOP, WIDTH, HEIGHT = 44, 12, 400, 200
"""The drawing's frame, in its own units."""


@dataclass(frozen=True)
class Row:
    """One line of a table of figures: what it is called, what its links say, and its counts."""

    name: str
    query: str
    done: Done


def sees_learning(actor: Actor) -> bool:
    """The audience of this page: whoever works on the matters of a whole county, at a desk."""
    return reads_orders(actor) and county_at_desk(actor) is not None


def county_at_desk(actor: Actor) -> int | None:
    """The county of the actor's county post, if any."""
    posts = [post for post in actor.with_right("work_matters") if post.region_level == Level.COUNTY]
    return posts[0].region_code if posts else None


def _county(request: ActingRequest) -> int:
    county = county_at_desk(request.actor)
    if county is None:
        raise PermissionDenied(_("派单表现由县级受理岗位查看。"))
    return county


@at_desk
@require_safe
def learning(request: ActingRequest) -> HttpResponse:
    """The model in use with precision against coverage, its versions, and how dispatch did by month and category."""
    county = _county(request)
    used = ModelInUse.objects.filter(region_code=county).first()
    versions = list(
        TrainedModel.objects.filter(region_code=county)
        .defer("content", "routing")
        .order_by("-number")[:VERSIONS]
    )
    chosen = next((each for each in versions if used and each.id == used.trained_id), None)
    found = performance(county)
    months = [Row(f"{month:%Y-%m}", f"month={month:%Y-%m}", done) for month, done in found.months]
    categories = [
        Row(category_name(key, county) or key, f"category={key}", done)
        for key, done in found.categories[:MOST_CATEGORIES]
    ]
    context = {
        "used": used,
        "chosen": chosen,
        "versions": versions,
        "chart": _chart(chosen.figures["curve"], used.threshold) if chosen and used else None,
        "of_categories": _of_categories(chosen, county),
        "tables": [(_("按月"), _("月份"), months), (_("按类别"), _("类别"), categories)],
        "can_train": training.available(),
    }
    return render(request, "orders/desk/learning.html", context)


@at_desk
@require_POST
def threshold(request: ActingRequest) -> HttpResponse:
    """Set how sure the model must be."""
    county, said = _county(request), request.POST.get("threshold", "")
    try:
        wanted = float(said)
    except ValueError:
        wanted = 0.0
    return _done(
        request,
        lambda seen: set_threshold(actor=request.actor, county=county, threshold=wanted, seen=seen),
        words=_("已设好，30秒内各处生效。"),
    )


@at_desk
@require_POST
def use(request: ActingRequest) -> HttpResponse:
    """Dispatch by another version, or by the words of the pack alone."""
    county, said = _county(request), request.POST.get("number", "")
    number = int(said) if said.isdigit() and int(said) > 0 else None
    return _done(
        request,
        lambda seen: use_model(actor=request.actor, county=county, number=number, seen=seen),
        words=_("已换用，30秒内各处生效。"),
    )


def _done(request: ActingRequest, change: Any, *, words: str) -> HttpResponse:
    seen = request.POST.get("seen", "")
    try:
        change(int(seen) if seen.isdigit() else None)
        messages.success(request, words)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("orders_desk_learning")


@at_desk
@require_safe
def records(request: ActingRequest) -> HttpResponse:
    """The orders that a figure of the page counts."""
    county, what = _county(request), request.GET.get("what", "proposed")
    if what not in WHAT:
        raise Http404
    try:
        month = date.fromisoformat(f"{request.GET['month']}-01") if request.GET.get("month") else None
        after = UUID(request.GET["after"]) if request.GET.get("after") else None
    except ValueError as error:
        raise Http404 from error
    category = request.GET.get("category", "")
    matters, more = orders_behind(county, what, month=month, category=category, after=after)
    asked = request.GET.copy()
    asked["after"] = str(more)
    context = {
        "title": _names()[what],
        "month": f"{month:%Y-%m}" if month else "",
        "category": category_name(category, county),
        "listed": with_words(matters),
        "next": asked.urlencode() if more else "",
    }
    return render(request, "orders/desk/learning_records.html", context)


def _names() -> dict[str, str]:
    return {
        "proposed": _("平台看过的"),
        "accepted": _("平台定了类别、没有人改的"),
        "corrected": _("平台定了类别、被改的"),
        "abstained": _("平台没有把握、留给人定的"),
        "moved": _("受理员换了经办岗位的"),
    }


def _of_categories(chosen: TrainedModel | None, county: int) -> list[tuple[str, int, float | None, float]]:
    rows = chosen.figures["categories"] if chosen else []
    return [(category_name(key, county) or key, count, right, found) for key, count, right, found in rows]


def _chart(curve: list[list[Any]], threshold: float) -> dict[str, Any]:
    """The points of precision against coverage as they are drawn, and as they stand in the table beside it."""
    least = min([point[2] for point in curve if point[2] is not None], default=0.0)
    floor = min(0.9, int(least * 10) / 10)
    drawn = [(*_at(point, floor), point) for point in curve if point[2] is not None]
    near = min(curve, key=lambda point: abs(point[0] - threshold))
    return {
        "line": " ".join(f"{x},{y}" for x, y, _point in drawn),
        "dots": [{"x": x, "y": y, "chosen": point is near} for x, y, point in drawn],
        "points": curve,
        "near": near[0],
        "choices": [point for point in curve if LOWEST <= point[0] <= HIGHEST],
        "grid": [
            {"y": TOP + round(HEIGHT * step / 4), "told": round((1 - (1 - floor) * step / 4) * 100)}
            for step in range(5)
        ],
        "ticks": [{"x": LEFT + round(WIDTH * step / 4), "told": step * 25} for step in range(5)],
        "frame": {"left": LEFT, "right": LEFT + WIDTH, "bottom": TOP + HEIGHT, "below": TOP + HEIGHT + 18},
    }


def _at(point: list[Any], floor: float) -> tuple[int, int]:
    x = LEFT + round(WIDTH * point[1])
    return x, TOP + round(HEIGHT * (1 - (point[2] - floor) / (1 - floor)))
