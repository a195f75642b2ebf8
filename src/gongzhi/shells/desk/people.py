"""The register of people at the desk: names stay masked until a reason is written down."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.core.command import accounts, people
from gongzhi.core.command.forgetting import erase_person
from gongzhi.core.command.grids import RowsRefused
from gongzhi.core.command.people_import import import_people
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.people import queries
from gongzhi.core.people.models import Person
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.shells.desk.pages import key_of, key_text, only_for, place_asked, try_out, with_rights
from gongzhi.shells.desk.people_rows import masked, tenure_lines
from gongzhi.ui.spreadsheets import TableError, download, read_table, table

READ, EDIT, MANAGE = "see_people", "edit_people", "manage_posts"
UNREADABLE = 422
readers = only_for(with_rights(READ, MANAGE))
editors = only_for(with_rights(EDIT))
managers = only_for(with_rights(MANAGE))


class LookForm(forms.Form):
    """A name or a telephone to look up by exact match, and why."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("电话号码"), max_length=30, required=False)
    reason = forms.CharField(
        label=gettext_lazy("查找原因"), max_length=200, help_text=gettext_lazy("会留下记录。")
    )

    def clean(self) -> dict[str, Any]:
        """One of name and telephone is needed."""
        said = super().clean() or {}
        if not said.get("name") and not said.get("phone"):
            raise forms.ValidationError(_("请填写姓名或电话号码，要完全相同。"))
        return said


class PersonForm(forms.Form):
    """A new person of a village."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)
    phone = forms.CharField(label=gettext_lazy("电话号码"), max_length=30, required=False)
    idno = forms.CharField(label=gettext_lazy("身份证号"), max_length=18, required=False)


class ReadForm(forms.Form):
    """Why masked data is to be read."""

    reason = forms.CharField(
        label=gettext_lazy("查看原因"), max_length=200, help_text=gettext_lazy("至少四个字，会留下记录。")
    )


class EraseForm(forms.Form):
    """Why a person is forgotten, and a word typed, so that no slip does it."""

    reason = forms.ChoiceField(
        label=gettext_lazy("为什么删除"),
        widget=forms.RadioSelect,
        choices=[
            ("own_wish", gettext_lazy("本人要求")),
            ("moved_away", gettext_lazy("已迁走，不再需要")),
            ("died", gettext_lazy("已去世")),
            ("entered_wrongly", gettext_lazy("登记错了，或者登记没有依据")),
        ],
    )
    typed = forms.CharField(label=gettext_lazy("输入“删除”两个字，确认删除"), max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        """The word as typed. Refuses any other."""
        typed: str = self.cleaned_data["typed"].strip()
        if typed.casefold() != str(_("删除")).casefold():
            raise forms.ValidationError(_("没有删除。要删除，请照着输入。"))
        return typed


class UploadForm(forms.Form):
    """A filled-in table."""

    file = forms.FileField(
        label=gettext_lazy("填好的表格（.xlsx）"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"})
    )


def columns() -> dict[str, str]:
    """The columns of a table of people: key and heading."""
    return {
        "name": _("姓名"),
        "phone": _("电话"),
        "idno": _("身份证号"),
        "village": _("村（名称或12位代码）"),
        "household": _("户号"),
        "address": _("住址"),
    }


@readers
@require_GET
def listing(request: ActingRequest) -> HttpResponse:
    """The people of a place, masked."""
    place = place_asked(request, READ, MANAGE)
    found = None
    if place.here is not None:
        found = queries.persons(place.here.interval, after=key_of(request.GET.get("after", "")))
    context = {
        "place": place,
        "people": masked(found.rows) if found else [],
        "next_key": key_text(found.next) if found else "",
        "may_edit": place.here is not None and request.actor.may(EDIT, place.here.code),
        "may_take": place.here is not None and request.actor.may(READ, place.here.code),
    }
    return render(request, "desk/people.html", context)


@readers
@require_http_methods(["GET", "POST"])
def look(request: ActingRequest) -> HttpResponse:
    """Look people up by exact name or telephone: by POST, so that no address keeps them."""
    form = LookForm(request.POST or None)
    found: list[Any] | None = None
    if form.is_bound and form.is_valid():
        try:
            found = masked(looked_up(request.actor, form.cleaned_data))
        except Refused as refused:
            form.add_error("reason", refused.message)
    status = UNREADABLE if form.errors else 200
    return render(request, "desk/people_look.html", {"form": form, "people": found}, status=status)


def looked_up(actor: Actor, said: dict[str, Any]) -> list[Person]:
    """The persons of exactly that name or telephone; that they were looked for is written down first."""
    place = next(post.region_code for right in (READ, MANAGE) for post in actor.with_right(right))
    field = "phone_search" if said.get("phone") else "name_search"
    people.note_reading(actor, reason=said["reason"], fields=[field], region_code=place)
    return queries.persons_exactly(name=said.get("name", "").strip(), phone=said.get("phone", ""))


@editors
@require_http_methods(["GET", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    """Enter a person for the place that the address names."""
    place = place_asked(request, EDIT)
    form = PersonForm(request.POST or None)
    if place.here is not None and form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            numbers = people.Numbers(phone=said["phone"], idno=said["idno"])
            made = people.add_person(
                actor=request.actor, name=said["name"], region_code=place.here.code, numbers=numbers
            )
            messages.success(request, _("已登记。"))
            return redirect("desk_person", person_id=made["id"])
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.message)
    status = UNREADABLE if form.errors else 200
    return render(request, "desk/person_new.html", {"form": form, "place": place}, status=status)


@editors
@require_http_methods(["GET", "POST"])
def importing(request: ActingRequest) -> HttpResponse:
    """Enter the people of a table, all of them or none, with every fault by row and column."""
    place = place_asked(request, EDIT)
    form = UploadForm(request.POST or None, request.FILES or None)
    errors: list[Any] = []
    if place.here is not None and form.is_bound and form.is_valid():
        within = (place.here.code, place.here.level)
        try:
            rows = read_table(form.cleaned_data["file"], columns())
            done = import_people(actor=request.actor, within=within, rows=rows)
            messages.success(request, _("已登记 %(people)s 人。") % done)
            return HttpResponseRedirect(f"{reverse('desk_people')}?{request.GET.urlencode()}")
        except RowsRefused as refused:
            form.add_error("file", refused.message)
            headings = columns()
            errors = [(error.row, headings[error.column], error.message) for error in refused.errors]
        except (TableError, Refused) as refused:
            form.add_error("file", getattr(refused, "message", str(refused)))
    context = {"form": form, "place": place, "errors": errors, "headings": columns().values()}
    return render(request, "desk/people_import.html", context, status=UNREADABLE if form.errors else 200)


@editors
@require_GET
def template(request: ActingRequest) -> HttpResponse:
    """The table to be filled in."""
    return download(table(_("人员"), list(columns().values()), rows=[]), "people.xlsx")


@readers
@require_GET
def person(request: ActingRequest, person_id: UUID) -> HttpResponse:
    """One person: posts, sign-in, and, for a reason, name and numbers."""
    return _shown(request, _person(person_id))


@readers
@require_POST
def reveal(request: ActingRequest, person_id: UUID) -> HttpResponse:
    """Name and numbers of one person, once, with the reason written down."""
    found, form = _person(person_id), ReadForm(request.POST)
    told: dict[str, str] | None = None
    if form.is_valid():
        fields = ["name", "phone", "idno"]
        try:
            told = people.read_personal_data(
                actor=request.actor, person_id=person_id, fields=fields, reason=form.cleaned_data["reason"]
            )
        except Refused as refused:
            form.add_error("reason", refused.message)
    return _shown(request, found, told=told, read_form=form)


@editors
@require_POST
def erase(request: ActingRequest, person_id: UUID) -> HttpResponse:
    """Forget a person. What is refused stands on the form; done, the page is no more."""
    found, form = _person(person_id), EraseForm(request.POST)
    if form.is_valid():
        try:
            erase_person(actor=request.actor, person_id=person_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("此人的信息已删除。"))
            return redirect("desk_people")
        except Refused as refused:
            form.add_error(None, refused.message)
    return _shown(request, found, erase_form=form)


@managers
@require_POST
def account(request: ActingRequest, person_id: UUID) -> HttpResponse:
    """Invite, make a new link, switch the sign-in off or on. A link is shown once, on this answer alone."""
    found = _person(person_id)
    act = request.POST.get("act", "")
    if act not in ACCOUNT_ACTS:
        raise Http404
    command, words = ACCOUNT_ACTS[act]
    done = try_out(request, lambda: command(request, person_id), words=str(words))
    if done is None or "token" not in done:
        return redirect("desk_person", person_id=person_id)
    address = request.build_absolute_uri(reverse("desk_invitation", args=[done["token"]]))
    response = _shown(request, found, invitation=address, suspended=done["suspended"])
    response["Cache-Control"] = "no-store"
    return response


ACCOUNT_ACTS: dict[str, tuple[Callable[[ActingRequest, UUID], Answer], Any]] = {
    "invite": (
        lambda request, person: accounts.invite(
            actor=request.actor, person_id=person, username=request.POST.get("username", "")
        ),
        gettext_lazy("账号已建立，请把下面的链接当面交给本人。"),
    ),
    "recover": (
        lambda request, person: accounts.recover_access(actor=request.actor, person_id=person),
        gettext_lazy("原来的密码已作废，请把下面的链接当面交给本人。"),
    ),
    "deactivate": (
        lambda request, person: accounts.deactivate_account(actor=request.actor, person_id=person),
        gettext_lazy("账号已停用。"),
    ),
    "activate": (
        lambda request, person: accounts.activate_account(actor=request.actor, person_id=person),
        gettext_lazy("账号已恢复使用。"),
    ),
}


def _person(person_id: UUID) -> Person:
    found = queries.person(person_id)
    if found is None:
        raise Http404
    return found


def _shown(request: ActingRequest, found: Person, **more: Any) -> HttpResponse:
    code = found.region_code
    context = {
        "person": masked([found])[0],
        "place_name": regions.labels([code]).get(code, ""),
        "tenures": tenure_lines(request.actor, queries.tenures(persons=[found.id])),
        "account": queries.account_of(found.id),
        "is_self": found.id == request.actor.person_id,
        "manages": request.actor.may(MANAGE, code),
        "reads": request.actor.may(READ, code) or found.id == request.actor.person_id,
        "read_form": ReadForm(),
        "erase_form": EraseForm() if request.actor.may(EDIT, code) else None,
        **more,
    }
    bound = (context["read_form"], context["erase_form"])
    status = UNREADABLE if any(isinstance(form, forms.Form) and form.errors for form in bound) else 200
    return render(request, "desk/person.html", context, status=status)
