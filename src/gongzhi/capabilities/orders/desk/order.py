"""One order at the desk: everything about it, and every step that may be taken now."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.capabilities.orders.commands import (
    Asked,
    correct_category,
    erase_order,
    may_erase,
    may_read_contact,
    read_contact,
    release_order,
    take_step,
)
from gongzhi.capabilities.orders.commands.own_data import OWN_DATA, asker_of
from gongzhi.capabilities.orders.desk.access import at_desk, matter_of
from gongzhi.capabilities.orders.desk.filters import SOURCES, kept_query
from gongzhi.capabilities.orders.desk.forms import (
    CategoryForm,
    EraseForm,
    ReasonForm,
    Seen,
    StepForm,
    offered,
    takes_words,
)
from gongzhi.capabilities.orders.desk.hands import hands_shown
from gongzhi.capabilities.orders.desk.queue import is_part
from gongzhi.capabilities.orders.desk.words import kind_name, proposal_words, told, trace_words
from gongzhi.capabilities.orders.models import Photo
from gongzhi.capabilities.orders.pictures import whole_path
from gongzhi.capabilities.orders.queries import Shown, order_shown
from gongzhi.capabilities.orders.queries.replies import replies_for
from gongzhi.capabilities.orders.queries.watched import watched
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.cipher import decrypt
from gongzhi.core.people.rules import mask_name, mask_number
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.clock import deadline_of
from gongzhi.workflow.models import Matter
from gongzhi.workflow.queries import work_due

UNREADABLE = 422
TYPED = ("holder", "helper", "outcome", "reason", "days", "words")


@at_desk
@require_GET
def order(request: ActingRequest, number: str) -> HttpResponse:
    """The order: beside the queue as a whole page, or alone where htmx asks."""
    return _page(request, order_shown(request.actor, matter_of(request.actor, number), suggest=True))


@at_desk
@require_POST
def step(request: ActingRequest, number: str, *, step: str) -> HttpResponse:
    """Take a step of the flow on the order."""
    shown = order_shown(request.actor, matter_of(request.actor, number), suggest=True)
    if step not in shown.steps:
        return _page(request, shown, refused=_("这件事刚刚有了变化，这一步已经不能办了。请看最新情况。"))
    if "fill" in request.POST:
        return _page(request, shown, filled=_filled(request, shown, step=step), step=step)
    form = StepForm(request.POST, step=step, shown=shown)
    done = _carry_out(
        form,
        lambda asked: take_step(actor=request.actor, asked=asked, step=step, given=form.given()),
        matter=shown.matter,
    )
    name = told(shown.steps[step].name)
    return _answer(
        request, number, done=done, words=_("已办：%(step)s") % {"step": name}, form=form, step=step
    )


@at_desk
@require_POST
def category(request: ActingRequest, number: str) -> HttpResponse:
    """Correct what the order is about."""
    shown = order_shown(request.actor, matter_of(request.actor, number))
    form = CategoryForm(request.POST, shown=shown)
    done = _carry_out(
        form,
        lambda asked: correct_category(
            actor=request.actor, asked=asked, category=form.cleaned_data["category"]
        ),
        matter=shown.matter,
    )
    return _answer(request, number, done=done, words=_("类别已更正。"), form=form, step="category")


@at_desk
@require_POST
def release(request: ActingRequest, number: str) -> HttpResponse:
    """Let an order go its way that came too thick to be dispatched unseen."""
    matter = matter_of(request.actor, number)
    form = Seen(request.POST)
    done = _carry_out(form, lambda asked: release_order(actor=request.actor, asked=asked), matter=matter)
    return _answer(request, number, done=done, words=_("已放行，平台会照常派单。"), form=form, step="release")


@at_desk
@require_POST
def contact(request: ActingRequest, number: str) -> HttpResponse:
    """The resident's name and telephone, once, with a reason that is written down."""
    matter = matter_of(request.actor, number)
    form = ReasonForm(request.POST)
    told_contact: dict[str, str] | None = None
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            told_contact = read_contact(actor=request.actor, order_id=matter.id, reason=reason)
        except Refused as refused:
            form.add_error(None if refused.code != "reason" else "reason", refused.message)
    shown = order_shown(request.actor, matter, suggest=True)
    return _page(request, shown, told_contact=told_contact, reason_form=form)


@at_desk
@require_POST
def erase(request: ActingRequest, number: str) -> HttpResponse:
    """Delete what a closed order holds of a person, at a resident's request."""
    matter = matter_of(request.actor, number)
    form = EraseForm(request.POST, number=matter.number)
    if form.is_valid():
        said = form.cleaned_data
        asked = Asked(matter.id, client_id=said["client_id"])
        try:
            erase_order(actor=request.actor, asked=asked, reason=said["reason"])
            messages.success(request, _("内容、照片和联系方式已删除。"))
            return _to(request, _address(request, number))
        except Refused as refused:
            form.add_error(None, refused.message)
    return _page(request, order_shown(request.actor, matter, suggest=True), erase_form=form)


def _to(request: ActingRequest, address: str) -> HttpResponse:
    """Lead on, whether htmx asks or a browser."""
    if not is_part(request):
        return HttpResponseRedirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response


@at_desk
@require_GET
def photo(request: ActingRequest, number: str, *, photo_id: UUID) -> FileResponse:
    """A photo, for those who may see its order."""
    matter = matter_of(request.actor, number)
    found = Photo.objects.filter(pk=photo_id, order_id=matter.id, erased_at__isnull=True).first()
    if found is None or not whole_path(found.path).is_file():
        raise Http404
    response = FileResponse(whole_path(found.path).open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _carry_out(form: Seen, command: Callable[[Asked], Any], *, matter: Matter) -> bool:
    """Run the command with what the form says; what the command refuses stands on the form."""
    if not form.is_valid():
        return False
    said = form.cleaned_data
    try:
        command(Asked(matter.id, seen=said["seen"], client_id=said["client_id"]))
    except Refused as refused:
        form.add_error(None, refused.message)
        return False
    return True


def _answer(
    request: ActingRequest, number: str, *, done: bool, words: str, form: Seen, step: str
) -> HttpResponse:
    if done and not is_part(request):
        messages.success(request, words)
        return HttpResponseRedirect(_address(request, number))
    matter = matter_of(request.actor, number) if _still_seen(request, number) else None
    if matter is None:  # it was given away: whoever gave it no longer sees it
        messages.success(request, words)
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("orders_desk")
        return response
    shown = order_shown(request.actor, matter, suggest=True)
    if done:
        response = _page(request, shown, done=words)
        response["HX-Trigger"] = "desk:changed"
        return response
    form.again(matter.version)
    return _page(request, shown, bound=form, step=step)


def _still_seen(request: ActingRequest, number: str) -> bool:
    try:
        matter_of(request.actor, number)
    except Http404:
        return False
    return True


def _address(request: ActingRequest, number: str) -> str:
    if not _still_seen(request, number):
        return reverse("orders_desk")
    kept = kept_query(request.GET)
    address = reverse("orders_desk_order", args=[number])
    return f"{address}?{kept}" if kept else address


def _page(request: ActingRequest, shown: Shown, **more: Any) -> HttpResponse:
    bound, at = more.pop("bound", None), more.pop("step", "")
    step_form = bound if isinstance(bound, StepForm) else more.pop("filled", None)
    replies = replies_for(shown, steps=takes_words(shown))
    context = {
        "shown": shown,
        "matter": shown.matter,
        "kind": kind_name(shown.matter),
        "state": told(shown.state.name),
        "work_due": work_due(shown.matter),
        "source": dict(SOURCES).get(shown.matter.source, ""),
        "hands": hands_shown(shown),
        "steps": offered(shown, step_form, step=at, replies=replies),
        "bound": bound,
        "release_form": Seen(initial={"seen": shown.matter.version, "client_id": uuid7()}),
        "category_form": bound if isinstance(bound, CategoryForm) else CategoryForm(shown=shown),
        "proposal": proposal_words(shown.proposal, shown.matter) if shown.proposal else None,
        "watched": watched(shown.matter, tasks=shown.tasks, rounds=shown.rounds, lines=shown.lines),
        "trace": trace_words(shown.matter.due_trace, deadline_of(shown.matter).pauses),
        "holder_post": shown.posts.get(shown.matter.holder_id) if shown.matter.holder_id else None,
        "tasks": [(told(shown.flow.tasks[task.what].name), task) for task in shown.tasks],
        "contact": _contact(request, shown),
        "about_data": shown.matter.kind == OWN_DATA,
        "data_asker": asker_of(shown.matter),
        "reason_form": ReasonForm(),
        "calls": any(task.what == "call_back" for task in shown.tasks),
        "erase_form": _erase_form(request, shown),
        "kept": kept_query(request.GET),
        **more,
    }
    status = UNREADABLE if bound is not None or more.get("refused") else 200
    others = (context["reason_form"], context["erase_form"])
    if any(isinstance(form, Form) and form.errors for form in others):
        status = UNREADABLE
    name = "orders/desk/_order.html" if is_part(request) else "orders/desk/order.html"
    return render(request, name, context, status=status)


def _filled(request: ActingRequest, shown: Shown, *, step: str) -> StepForm:
    """The form as it was typed, with the chosen reply behind what was said; nothing is sent yet."""
    said = replies_for(shown, steps=[step]).get(step, [])
    words = next((each.words for each in said if each.key == request.POST.get("reply")), "")
    form = StepForm(step=step, shown=shown)
    typed = {name: request.POST[name] for name in form.fields if name in request.POST and name in TYPED}
    typed["words"] = "\n".join(part for part in (typed.get("words", "").strip(), words) if part)
    form.initial = {**form.initial, **typed}
    return form


def _erase_form(request: ActingRequest, shown: Shown) -> EraseForm | None:
    offered_here = may_erase(request.actor, shown.matter) and not shown.erased
    return EraseForm(number=shown.matter.number) if offered_here else None


def _contact(request: ActingRequest, shown: Shown) -> dict[str, Any] | None:
    """The contact as everybody at the desk may see it: masked, and whether it may be asked for."""
    found = shown.contact
    if found is None or found.erased_at is not None:
        return None
    number = decrypt(found.phone_enc) if found.phone_enc else ""
    return {
        "name": mask_name(found.name),
        "phone": mask_number(number),
        "share": found.share,
        "may_read": may_read_contact(request.actor, shown.matter, contact=found),
    }
