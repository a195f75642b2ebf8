"""What the neighbours may know of an order, so that they follow it instead of reporting the same: the desk's word."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.merging import JUDGES
from gongzhi.capabilities.orders.commands.neighbours import release_summary, revoke_summary
from gongzhi.capabilities.orders.desk.access import at_desk, matter_of
from gongzhi.capabilities.orders.neighbours import FAMILY, LONGEST_SUMMARY
from gongzhi.capabilities.orders.queries.neighbours import Neighbours, neighbours_of
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import parts_of
from gongzhi.workflow.models import Matter

UNREADABLE = 422


class ReleaseForm(forms.Form):
    """What is released: the summary, and with the reporter's consent the words and photos."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    summary = forms.CharField(
        label=gettext_lazy("给邻居看的说明"),
        max_length=LONGEST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写一句说明，最多一百个字。")},
    )
    words = forms.BooleanField(label=gettext_lazy("也给看反映人写的话"), required=False)
    photos = forms.BooleanField(label=gettext_lazy("也给看反映人的照片"), required=False)

    def __init__(self, *args: Any, consents: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not consents:
            del self.fields["words"], self.fields["photos"]


class RevokeForm(forms.Form):
    """Taking it back."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def neighbours(request: ActingRequest, number: str) -> HttpResponse:
    """What is released of an order and how many follow it; releasing it, anew too, and taking it back."""
    matter = matter_of(request.actor, number)
    known = neighbours_of(matter)
    if request.method != "POST":
        return _page(request, matter, known=known, form=_form(known))
    if request.POST.get("do") == "revoke":
        revoking = RevokeForm(request.POST)
        words = _("收回了：不再给邻居看，已经关注的人照样看得到进度。")
        return _answer(
            request,
            matter,
            form=revoking,
            act=lambda: _revoke(request.actor, matter, form=revoking),
            words=words,
        )
    form = ReleaseForm(request.POST, consents=known.consents)
    words = _("公开了：附近有人要反映差不多的事，就会看到这句说明。")
    return _answer(
        request, matter, form=form, act=lambda: _release(request.actor, matter, form=form), words=words
    )


def _answer(
    request: ActingRequest, matter: Matter, *, form: forms.Form, act: Callable[[], Answer], words: str
) -> HttpResponse:
    if form.is_valid():
        try:
            act()
        except Refused as refused:
            beside = "summary" if "summary" in form.fields and refused.code in SAID else None
            form.add_error(beside, refused.message)
        else:
            messages.success(request, words)
            return redirect("orders_desk_neighbours", matter.number)
    known = neighbours_of(matter)
    refused_form = form if isinstance(form, ReleaseForm) else _form(known)
    faults = [] if isinstance(form, ReleaseForm) else [str(each[0]) for each in form.errors.values()]
    return _page(request, matter, known=known, form=refused_form, faults=faults, status=UNREADABLE)


SAID = ("summary", "private", "name", "house")
"""Refusals that are about the words of the summary."""


def _release(actor: Actor, matter: Matter, *, form: ReleaseForm) -> Answer:
    said = form.cleaned_data
    return release_summary(
        actor=actor,
        asked=Asked(matter.id, client_id=said["client_id"]),
        summary=said["summary"],
        words=said.get("words", False),
        photos=said.get("photos", False),
    )


def _revoke(actor: Actor, matter: Matter, *, form: RevokeForm) -> Answer:
    return revoke_summary(actor=actor, asked=Asked(matter.id, client_id=form.cleaned_data["client_id"]))


def _form(known: Neighbours) -> ReleaseForm:
    row = known.released
    said = {"summary": row.summary, "words": row.words, "photos": row.photos} if row else {}
    return ReleaseForm(initial={"client_id": uuid7(), **said}, consents=known.consents)


def _page(
    request: ActingRequest,
    matter: Matter,
    *,
    known: Neighbours,
    form: ReleaseForm,
    faults: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    parts = parts_of(request.actor, matter)
    fits = matter.family == FAMILY and matter.sealed_to is None
    still = matter.closed_at is None and matter.leading is None and not matter.quarantined
    context = {
        "matter": matter,
        "known": known,
        "form": form,
        "faults": faults or [],
        "fits": fits,
        "may": bool(parts & JUDGES) and "reporter" not in parts and fits,
        "still": still,
        "revoke_form": RevokeForm(auto_id=False) if known.standing else None,
    }
    return render(request, "orders/desk/neighbours.html", context, status=status)
