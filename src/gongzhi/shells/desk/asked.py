"""What was asked of me: a page for each person alone; above, units of five posts or more, by month."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level
from gongzhi.shells.desk.effort import TOGETHER, asked_by_form, declared, in_all
from gongzhi.shells.desk.pages import only_for
from gongzhi.shells.desk.queries import own_asked, unit_asked
from gongzhi.ui.registry import post_holders


def sees_a_county(actor: Actor) -> bool:
    """The audience of the units' page: posts of the county and above that see matters."""
    return any(post.region_level <= Level.COUNTY for post in actor.with_right("see_matters"))


@only_for(post_holders)
@require_GET
def own(request: ActingRequest) -> HttpResponse:
    """What the forms asked of the actor in a month: by their declared effort, never by a clock."""
    month = _month(request.GET.get("month", ""), timezone.localdate())
    forms = asked_by_form(own_asked(month), declared())
    context = {"forms": forms, "all": in_all(forms), "above": sees_a_county(request.actor), **_around(month)}
    return render(request, "desk/asked.html", context)


@only_for(sees_a_county)
@require_GET
def units(request: ActingRequest) -> HttpResponse:
    """The same for townships together, in a month that is over; what fewer than five posts sent is left out."""
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    month = _month(request.GET.get("month", ""), last)
    found = unit_asked(month)
    names = regions.labels(found) if found else {}
    sums = [
        in_all(asked_by_form(times, declared()), title=names.get(unit, ""))
        for unit, times in sorted(found.items())
    ]
    context = {"units": [each for each in sums if each.times], "together": TOGETHER, **_around(month, last)}
    return render(request, "desk/asked_units.html", context)


def _month(text: str, latest: date) -> date:
    """The first day of the month that the address names, not after `latest`."""
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        asked = latest
    return max(min(asked, latest).replace(day=1), date(2000, 1, 1))


def _around(month: date, latest: date | None = None) -> dict[str, object]:
    latest = latest or timezone.localdate()
    after = (month + timedelta(days=31)).replace(day=1)
    return {
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "after": after if after <= latest else None,
    }
