"""What is hot: many orders on one matter, with their records, their course by weeks, and merging them together."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gongzhi.capabilities.orders.commands import Asked, merge_orders
from gongzhi.capabilities.orders.commands.merging import JUDGES
from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.words import standing
from gongzhi.capabilities.orders.likeness import MERGEABLE, Clocked, leader_of
from gongzhi.capabilities.orders.queries.hotspots import Heat, Hot, heat_of
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.models import Matter

DAYS = (30, 90)
MOST_RECORDS = 50


class MergeForm(forms.Form):
    """Which orders of a hot spot go on as one."""

    client_id = forms.UUIDField()
    days = forms.TypedChoiceField(choices=[(each, each) for each in DAYS], coerce=int)
    orders = forms.MultipleChoiceField(
        error_messages={
            "required": gettext_lazy("请至少选两件。"),
            "invalid_choice": gettext_lazy("请在页面上重新选择。"),
        }
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        sent = data.getlist("orders") if hasattr(data, "getlist") else []
        self.fields["orders"].choices = [(each, each) for each in sent[:MOST_RECORDS]]  # type: ignore[attr-defined]

    def clean_orders(self) -> list[str]:
        """The numbers. Refuses fewer than two."""
        chosen: list[str] = self.cleaned_data["orders"]
        if len(chosen) < 2:
            raise forms.ValidationError(_("请至少选两件。"))
        return chosen


@dataclass(frozen=True)
class Record:
    """One order of a hot spot, as a line."""

    matter: Matter
    words: str
    state: str
    place: str
    mergeable: bool


@dataclass(frozen=True)
class Card:
    """A hot spot, as the page shows it."""

    hot: Hot
    records: list[Record]
    more: int
    may_merge: bool
    client_id: UUID


@at_desk
@require_GET
def hotspots(request: ActingRequest) -> HttpResponse:
    """The hot spots of the last month or quarter, in the reader's scope."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(each) for each in DAYS} else DAYS[0]
    heat = heat_of(request.actor, days=days)
    definitions.by_ids({matter.flow_id for each in heat.spots for matter in each.matters})
    context = {
        "cards": [_card(request.actor, each, heat=heat) for each in heat.spots],
        "heat": heat,
        "days": days,
        "choices": DAYS,
    }
    return render(request, "orders/desk/hotspots.html", context)


@at_desk
@require_POST
def merge(request: ActingRequest) -> HttpResponse:
    """Merge the chosen orders into the one due first; what is refused is told for each."""
    form = MergeForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect("orders_desk_hotspots")
    numbers = form.cleaned_data["orders"]
    found = list(Matter.objects.filter(subject="orders", number__in=numbers).order_by("id"))
    if len(found) > 1:
        _merge_all(request, found, client_id=form.cleaned_data["client_id"])
    else:
        messages.error(request, _("请在页面上重新选择。"))
    return redirect("orders_desk_hotspots")


def _merge_all(request: ActingRequest, found: list[Matter], *, client_id: UUID) -> None:
    leads = leader_of([Clocked(each.id, each.due_at, each.recorded_at) for each in found])
    number = next(each.number for each in found if each.id == leads)
    done = 0
    for each in found:
        if each.id == leads:
            continue
        asked = Asked(each.id, client_id=uuid5(client_id, str(each.id)))
        try:
            merge_orders(actor=request.actor, asked=asked, leading=Asked(leads))
            done += 1
        except Refused as refused:
            messages.warning(request, f"{each.number}：{refused.message}")
    if done:
        words = _("已把 %(count)s 件并入 %(number)s。")
        messages.success(request, words % {"count": done, "number": number})


def _card(actor: Actor, hot: Hot, *, heat: Heat) -> Card:
    shown = hot.matters[:MOST_RECORDS]
    leads = {each.key: each.lead for each in hot.spot.messages}
    records = [
        Record(
            matter=each,
            words=leads[str(each.id)],
            state=standing(each),
            place=heat.places.get(each.region_code, ""),
            mergeable=_mergeable(actor, each),
        )
        for each in shown
    ]
    may_merge = sum(each.mergeable for each in records) > 1
    return Card(hot, records, len(hot.matters) - len(shown), may_merge, uuid7())


def _mergeable(actor: Actor, matter: Matter) -> bool:
    free = matter.state in MERGEABLE and matter.paused_at is None
    return free and bool(parts_of(actor, matter) & JUDGES)
