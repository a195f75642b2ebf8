"""What was sent to the resident of an order, what became of all notices, and sending one again."""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gongzhi.capabilities.orders.commands.notifying import leave_notice, send_again
from gongzhi.capabilities.orders.desk.access import at_desk, matter_of
from gongzhi.capabilities.orders.desk.queue import is_part
from gongzhi.capabilities.orders.desk.words import told
from gongzhi.capabilities.orders.notices.definitions import OUTSIDE
from gongzhi.capabilities.orders.notices.models import Delivery
from gongzhi.capabilities.orders.queries.notices import AMISS, Wanted, deliveries_in, deliveries_of
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import flow_of, parts_of
from gongzhi.workflow.models import Matter

TONES = {"queued": "waiting", "sent": "done", "delivered": "done", "failed": "bad", "uncertain": "warn"}


@dataclass(frozen=True)
class Line:
    """One delivery in words."""

    row: Delivery
    matter: Matter
    what: str
    channel: str
    state: str
    tone: str
    reason: str
    again: bool
    key: UUID
    place: str = ""


class WhichForm(forms.Form):
    """Which notices are shown. Whatever cannot be read shows those that went amiss."""

    state = forms.ChoiceField(label=gettext_lazy("情况"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("渠道"), required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        states = [("", _("没有发出和不确定的")), ("all", _("全部")), *_states().items()]
        self.fields["state"].choices = states  # type: ignore[attr-defined]
        channels = [("", _("全部")), *((each, channel_words(each)) for each in OUTSIDE)]
        self.fields["channel"].choices = channels  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        """What is asked for."""
        self.full_clean()
        state = self.cleaned_data.get("state", "")
        states = {"": AMISS, "all": ()}.get(state, (state,))
        return Wanted(states, self.cleaned_data.get("channel", ""))


@at_desk
@require_GET
def of_order(request: ActingRequest, number: str) -> HttpResponse:
    """The notices of one order: a part of its page, or whole where a browser asks without scripts."""
    matter = matter_of(request.actor, number)
    lines = [_line(request.actor, row, matter=matter) for row in deliveries_of(request.actor, matter.id)]
    name = "orders/desk/_notices.html" if is_part(request) else "orders/desk/notices_of.html"
    return render(request, name, {"lines": lines, "matter": matter})


@at_desk
@require_GET
def amiss(request: ActingRequest) -> HttpResponse:
    """Notices in all the places of the reader's posts: first those that failed or are uncertain, others if asked."""
    form = WhichForm(request.GET)
    page = deliveries_in(request.actor, form.wanted(), after=_id(request.GET.get("after", "")))
    lines = [_line(request.actor, each.row, matter=each.matter, place=each.place) for each in page.rows]
    context = {"lines": lines, "next_key": page.next.hex if page.next else "", "total": page.total}
    more = {"capped": page.capped, "form": form, "all_well": form.wanted() == Wanted()}
    return render(request, "orders/desk/notices.html", context | more)


@at_desk
@require_POST
def again(request: ActingRequest, delivery_id: UUID) -> HttpResponse:
    """Send a notice again, or leave it as it is; back to where it was asked for."""
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        raise Http404
    try:
        key = _id(request.POST.get("key", "")) or uuid7()
        if "leave" in request.POST:
            leave_notice(actor=request.actor, delivery_id=delivery_id, client_id=key)
            messages.success(request, _("记下了，不再发。"))
        else:
            send_again(actor=request.actor, delivery_id=delivery_id, client_id=key)
            messages.success(request, _("马上再发一次。"))
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, refused.message)
    if request.POST.get("back") == "order":
        return redirect(
            "orders_desk_order", Matter.objects.values_list("number", flat=True).get(pk=row.order_id)
        )
    return redirect("orders_desk_notices")


def channel_words(channel: str) -> str:
    """The channel's name for people."""
    return {"sms": _("短信"), "wechat": _("微信"), "portal": _("页面")}.get(channel, channel)


def _line(actor: Actor, row: Delivery, *, matter: Matter, place: str = "") -> Line:
    step = flow_of(matter).transitions.get(row.step)
    may = row.state in AMISS and "desk" in parts_of(actor, matter)
    return Line(
        row=row,
        matter=matter,
        what=told(step.told or step.name) if step else row.step,
        channel=channel_words(row.channel),
        state=_states()[row.state],
        tone=TONES.get(row.state, "done"),
        reason=_reason(row.reason),
        again=may,
        key=uuid7(),
        place=place,
    )


def _states() -> dict[str, str]:
    return {
        "queued": _("等着发"),
        "sent": _("已发出"),
        "delivered": _("已送达"),
        "failed": _("没有发出"),
        "uncertain": _("不确定是否发出"),
        "dropped": _("不用发"),
    }


def _reason(code: str) -> str:
    """A code in words; a provider's own code stays as it is."""
    words = {
        "": "",
        "no_address": _("没有联系方式，或者居民不想收"),
        "unreachable": _("连不上短信或微信平台"),
        "no_answer": _("平台没有回答"),
        "too_many": _("平台要求慢一点"),
        "not_following": _("没有关注公众号"),
        "left": _("受理员看过，不用再发"),
        "seen_before": _("平台早已收到"),
    }
    return words.get(code) or _("平台回答：%(code)s") % {"code": code}


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
