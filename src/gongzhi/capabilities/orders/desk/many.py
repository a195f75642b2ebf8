"""One note, one category or a transfer for many orders at once: one command an order, each with its own result."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from django import forms
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongzhi.capabilities.orders.commands import Asked, correct_category, take_step, undo
from gongzhi.capabilities.orders.desk.access import at_desk
from gongzhi.capabilities.orders.desk.bulk import Result, Row, results_page, row_of
from gongzhi.capabilities.orders.desk.filters import kept_query
from gongzhi.capabilities.orders.desk.forms import categories
from gongzhi.capabilities.orders.desk.words import kind_name, told
from gongzhi.capabilities.orders.queries.listing import Listed, with_words
from gongzhi.capabilities.orders.queries.paging import PAGE
from gongzhi.capabilities.orders.queries.reading import category_name
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import Given, flow_of
from gongzhi.workflow.models import Matter

IN_HANDS = ("dispatched", "accepted", "in_hand")
"""The states from which an order can be transferred."""


class ManyForm(forms.Form):
    """What is the same for every order: the words of a note, a category, or the reason of a transfer."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, deed: str, matters: list[Matter]) -> None:
        super().__init__(data, initial={"key": uuid7()})
        if deed == "note":
            self.fields["words"] = forms.CharField(
                label=_("备注内容（只有工作人员看到）"),
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        elif deed == "category":
            choices = categories(matters[0].region_code) if matters else []
            self.fields["category"] = forms.ChoiceField(label=_("类别"), choices=choices)
        else:
            reasons = flow_of(matters[0]).transitions["transfer"].reasons if matters else {}
            self.fields["reason"] = forms.ChoiceField(
                label=_("原因"),
                choices=[("", _("请选择")), *((key, told(text)) for key, text in reasons.items())],
            )


@dataclass(frozen=True)
class Deed:
    """One thing that can be done to many orders. `do` does it to one and says it in words."""

    title: str | Promise
    button: str | Promise
    do: Callable[..., tuple[Answer, str]]
    undoable: bool = True


@at_desk
@require_POST
def propose(request: ActingRequest, what: str) -> HttpResponse:
    """The chosen orders, and what is to be said once for all of them; nothing is done yet."""
    matters = _matters(_numbers(request), what)
    if not _numbers(request):
        return HttpResponseRedirect(reverse("orders_desk"))
    return _ask(request, what, matters=matters, form=ManyForm(deed=what, matters=matters))


@at_desk
@require_POST
def carry_out(request: ActingRequest, what: str) -> HttpResponse:
    """Do it to each of the orders. One that is refused stops none of the others."""
    matters = _matters(_numbers(request), what)
    form = ManyForm(request.POST, deed=what, matters=matters)
    if not form.is_valid():
        return _ask(request, what, matters=matters, form=form)
    results = [_one(request, what, listed=listed, said=form.cleaned_data) for listed in with_words(matters)]
    done = sum(1 for result in results if not result.refused)
    lead = _("%(count)s件中办好了%(done)s件。") % {"count": len(results), "done": done}
    return results_page(request, results, title=str(DEEDS[what].title), lead=lead)


@at_desk
@require_POST
def undo_many(request: ActingRequest) -> HttpResponse:
    """Take back what was just done to the chosen orders; what somebody has gone on with stays, and says so."""
    results = [_undone(request.actor, each) for each in dict.fromkeys(request.POST.getlist("event")[:PAGE])]
    done = sum(1 for result in results if not result.refused)
    lead = _("%(count)s件中撤销了%(done)s件。") % {"count": len(results), "done": done}
    return results_page(request, results, title=_("撤销结果"), lead=lead)


def _ask(request: ActingRequest, deed: str, *, matters: list[Matter], form: ManyForm) -> HttpResponse:
    listed = with_words(matters)
    rows = [
        row_of(each) if deed == "transfer" else Row(each, kind_name(each.matter), [], "", [])
        for each in listed
    ]
    context = {
        "deed": deed,
        "title": DEEDS[deed].title,
        "button": DEEDS[deed].button,
        "undoable": DEEDS[deed].undoable,
        "rows": rows,
        "left_out": len(_numbers(request)) - len(rows),
        "form": form,
        "kept": kept_query(request.GET),
    }
    return render(request, "orders/desk/many.html", context, status=422 if form.errors else 200)


def _one(request: ActingRequest, deed: str, *, listed: Listed, said: dict[str, object]) -> Result:
    matter = listed.matter
    seen = request.POST.get(f"seen_{matter.number}", "")
    client_id = uuid5(UUID(str(said["key"])), matter.number)
    asked = Asked(matter.id, seen=int(seen) if seen.isdigit() else None, client_id=client_id)
    holder = request.POST.get(f"holder_{matter.number}", "")
    try:
        with transaction.atomic():
            answer, words = DEEDS[deed].do(request.actor, asked, matter=matter, said=said, holder=holder)
    except Refused as refused:
        return Result(matter.number, listed.title, refused=refused.message)
    event = answer["event"] if DEEDS[deed].undoable else ""
    return Result(matter.number, listed.title, words, event=event)


def _note(actor: Actor, asked: Asked, **given: object) -> tuple[Answer, str]:
    said: dict[str, str] = given["said"]  # type: ignore[assignment]
    answer = take_step(actor=actor, asked=asked, step="note", given=Given(words=said["words"]))
    return answer, _("已备注")


def _category(actor: Actor, asked: Asked, **given: object) -> tuple[Answer, str]:
    said: dict[str, str] = given["said"]  # type: ignore[assignment]
    matter: Matter = given["matter"]  # type: ignore[assignment]
    answer = correct_category(actor=actor, asked=asked, category=said["category"])
    return answer, _("类别改为“%(name)s”") % {"name": category_name(said["category"], matter.region_code)}


def _transfer(actor: Actor, asked: Asked, **given: object) -> tuple[Answer, str]:
    said: dict[str, str] = given["said"]  # type: ignore[assignment]
    key = _uuid(str(given["holder"]))
    post = Post.objects.filter(pk=key).first() if key else None
    if post is None:
        raise Refused("holder", _("没有选择由谁办理。"))
    step = Given(holder=post, reason=said["reason"])
    answer = take_step(actor=actor, asked=asked, step="transfer", given=step)
    return answer, _("转给 %(holder)s") % {"holder": post.title}


def _undone(actor: Actor, event: str) -> Result:
    number = event.partition(".")[2]
    try:
        with transaction.atomic():
            answer = undo(actor=actor, event_id=_uuid(event.partition(".")[0]) or uuid7())
    except Refused as refused:
        return Result(number, "", refused=refused.message)
    matter = Matter.objects.filter(pk=answer["id"]).first()
    return Result(matter.number if matter else number, "", _("已撤销"))


def _numbers(request: ActingRequest) -> list[str]:
    return list(dict.fromkeys(request.POST.getlist("order")))[:PAGE]


def _matters(numbers: list[str], deed: str) -> list[Matter]:
    if deed not in DEEDS:
        raise Http404
    found = Matter.objects.filter(number__in=numbers, subject="orders", sealed_to__isnull=True)
    if deed == "transfer":
        found = found.filter(state__in=IN_HANDS)
    return list(found.select_related("holder").order_by("recorded_at", "id"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


DEEDS = {
    "note": Deed(gettext_lazy("批量备注"), gettext_lazy("给这些都写上"), _note),
    "category": Deed(gettext_lazy("批量改类别"), gettext_lazy("把这些都改了"), _category),
    "transfer": Deed(gettext_lazy("批量转办"), gettext_lazy("把这些都转了"), _transfer, undoable=False),
}
"""A transfer has no inverse in the flow: it is transferred once more."""
