"""Calling residents back: the list of whom to call, and recording a call."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.capabilities.orders.calling import follow_up
from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.calling import Call, record_call
from gongzhi.capabilities.orders.desk.access import at_desk, matter_of
from gongzhi.capabilities.orders.desk.words import kind_name, told
from gongzhi.capabilities.orders.forms import RateForm
from gongzhi.capabilities.orders.queries.calling import calls_waiting, is_waiting
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter


class CallForm(forms.Form):
    """What came of a call. Stars and "solved" are asked only of whom was reached."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    outcome = forms.ChoiceField(
        label=gettext_lazy("打通了吗"),
        choices=[
            ("reached", gettext_lazy("打通了")),
            ("missed", gettext_lazy("没有打通，以后再打")),
            ("refused", gettext_lazy("打通了，不愿意回答")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一个：打通了没有。")},
    )
    solved = forms.ChoiceField(
        label=gettext_lazy("事情解决了吗？"),
        required=False,
        choices=[
            ("yes", gettext_lazy("解决了")),
            ("partly", gettext_lazy("解决了一部分")),
            ("no", gettext_lazy("没有解决，请重办")),
        ],
        widget=forms.RadioSelect,
    )
    stars = forms.TypedChoiceField(
        label=gettext_lazy("满意吗（反映人说）"),
        required=False,
        coerce=int,
        choices=RateForm.base_fields["stars"].choices,  # type: ignore[attr-defined]
        widget=forms.RadioSelect,
    )
    complaints = forms.MultipleChoiceField(
        label=gettext_lazy("哪里不满意（可以选几项）"), required=False, widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label=gettext_lazy("记录（只有工作人员看到）"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, region_code: int) -> None:
        super().__init__(data, auto_id="id_call_%s")
        listed = follow_up(region_code).complaints.items()
        self.fields["complaints"].choices = [(key, told(each.name)) for key, each in listed]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuses who was reached without stars and without an answer."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("outcome") == "reached":
            for name, words in (("solved", _("请问清楚解决了没有。")), ("stars", _("请问清楚给几颗星。"))):
                if not said.get(name):
                    self.add_error(name, words)
        return said

    def call(self) -> Call:
        """What was said, as the command takes it. Only for a valid form."""
        said = self.cleaned_data
        reached = said["outcome"] == "reached"
        given = Given(
            words=said["words"],
            stars=int(said["stars"] or 0) if reached else 0,
            solved=said["solved"] if reached else "",
            complaints=tuple(said["complaints"]) if reached else (),
        )
        return Call(said["outcome"], given)


@at_desk
@require_safe
def calls(request: ActingRequest) -> HttpResponse:
    """Whom the reader's desk is to call back, the longest waiting first."""
    try:
        after = UUID(hex=request.GET.get("after", ""))
    except ValueError:
        after = None
    page = calls_waiting(request.actor, after=after)
    items = [(each, kind_name(each.listed.matter)) for each in page.rows]
    context = {"items": items, "next_key": page.next.hex if page.next else "", "total": page.total}
    return render(request, "orders/desk/calls.html", context | {"capped": page.capped})


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: ActingRequest, number: str) -> HttpResponse:
    """Record what came of a call about one order."""
    matter = matter_of(request.actor, number)
    form = CallForm(request.POST or None, region_code=matter.region_code)
    if request.method == "POST" and form.is_valid():
        try:
            asked = Asked(matter.id, client_id=form.cleaned_data["client_id"])
            answer = record_call(actor=request.actor, asked=asked, call=form.call())
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _said(form, answer))
            return redirect("orders_desk_calls")
    return _page(request, matter, form=form)


def _page(request: ActingRequest, matter: Matter, *, form: CallForm) -> HttpResponse:
    context = {"matter": matter, "form": form, "kind": kind_name(matter), "waits": is_waiting(matter)}
    status = 422 if form.errors else 200
    return render(request, "orders/desk/call.html", context, status=status)


def _said(form: CallForm, answer: Answer) -> str:
    if answer.get("reopened"):
        return _("记下了。没有解决，已经重办，原经办人和上一级都会收到。")
    if answer.get("reopened") is False:
        return _("记下了。没有重办：%(why)s") % {"why": answer["why"]}
    if form.cleaned_data["outcome"] == "missed":
        return _("记下了。以后再打。")
    return _("回访记下了。")
