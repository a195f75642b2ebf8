"""Posts at the desk: set up, give, approve, hand over, end. Nobody gives one to himself."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.core.command import people
from gongzhi.core.command.running import Refused
from gongzhi.core.people import queries
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.shells.desk.pages import key_of, key_text, only_for, place_asked, try_out, with_rights
from gongzhi.shells.desk.people import MANAGE, READ, UNREADABLE, looked_up, managers
from gongzhi.shells.desk.people_rows import (
    is_sealed,
    masked,
    post_lines,
    role_name,
    roles_at,
    tenure_lines,
    too_few_hold,
)
from gongzhi.shells.desk.registry import open_work

readers = only_for(with_rights(READ, MANAGE))
TOO_FEW = gettext_lazy(
    "能办保密事项的人不到两个。办的人不查自己办的，事情办完会一直等着核查：请再任命一个人，并由另一位管理员批准。"
)


class PostForm(forms.Form):
    """A new post of a place, or what can be changed of one that stands."""

    role = forms.ChoiceField(label=gettext_lazy("岗位种类"))
    title = forms.CharField(label=gettext_lazy("岗位名称"), max_length=80)
    public_name = forms.CharField(
        label=gettext_lazy("村页面上显示的姓名"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("任职人同意公开才填。"),
    )
    public_phone = forms.CharField(label=gettext_lazy("村页面上显示的电话"), max_length=30, required=False)
    on_duty = forms.BooleanField(label=gettext_lazy("在岗（可以派单）"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class HolderForm(forms.Form):
    """Whom to look for as the holder of a post: by exact name or telephone."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("电话号码"), max_length=30, required=False)

    def clean(self) -> dict[str, Any]:
        """One of name and telephone is needed."""
        said = super().clean() or {}
        if not said.get("name") and not said.get("phone"):
            raise forms.ValidationError(_("请填写姓名或电话号码，要完全相同。"))
        return said


@readers
@require_GET
def listing(request: ActingRequest) -> HttpResponse:
    """The posts of a place, and who holds them."""
    place = place_asked(request, READ, MANAGE)
    found: list[Post] = []
    role = request.GET.get("role", "")
    if place.here is not None:
        after = key_of(request.GET.get("after", ""))
        found = queries.posts(place.here.interval, role=role, after=after)
    page = found[: queries.PAGE]
    context = {
        "place": place,
        "posts": post_lines(page),
        "next_key": key_text((page[-1].region_code, page[-1].id)) if len(found) > len(page) else "",
        "manages": place.here is not None and request.actor.may(MANAGE, place.here.code),
        "role": role,
    }
    return render(request, "desk/posts.html", context)


@managers
@require_http_methods(["GET", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    """Set up a post at the place that the address names."""
    place = place_asked(request, MANAGE)
    form = PostForm(request.POST or None, initial={"on_duty": True})
    del form.fields["on_duty"]
    if place.here is not None:
        form.fields["role"].choices = roles_at(place.here.code, place.here.level)  # type: ignore[attr-defined]
    if place.here is not None and form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            made = people.create_post(
                actor=request.actor,
                role=said["role"],
                place=(place.here.code, place.here.level),
                title=said["title"],
                public=(said["public_name"], said["public_phone"]),
            )
            messages.success(request, _("岗位已设立，请任命。"))
            return redirect("desk_post", post_id=made["id"])
        except Refused as refused:
            form.add_error(None, refused.message)
    context = {"form": form, "place": place}
    return render(request, "desk/post_new.html", context, status=UNREADABLE if form.errors else 200)


@readers
@require_GET
def post(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """One post: who holds it, what waits for it, who held it before."""
    return _shown(request, _post(post_id))


@managers
@require_POST
def edit(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """Change what a post is called, what residents see of it, and whether work may be sent to it."""
    found = _post(post_id)
    form = _edit_form(found, request.POST)
    if not form.is_valid():
        return _shown(request, found, edit_form=form)
    said = form.cleaned_data
    public = (said["public_name"], said["public_phone"])
    try_out(
        request,
        lambda: people.change_post(
            actor=request.actor,
            post_id=post_id,
            title=said["title"],
            public=public,
            on_duty=said["on_duty"],
            seen=said["seen"],
        ),
        words=_("已保存。"),
    )
    return redirect("desk_post", post_id=post_id)


@managers
@require_POST
def find_holder(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """Look for whom to give a post, or (with `tenure`) to hand it over to; the look-up is written down."""
    found, form = _post(post_id), HolderForm(request.POST)
    candidates: list[Any] | None = None
    if form.is_valid():
        reason = _("岗位任免：%(title)s") % {"title": found.title}
        candidates = masked(looked_up(request.actor, {**form.cleaned_data, "reason": reason}))
    tenure = request.POST.get("tenure", "")
    return _shown(request, found, holder_form=form, candidates=candidates, handing=tenure)


@managers
@require_POST
def give(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """Give the post to a person, or hand it over from its holder with everything that waits for it."""
    found = _post(post_id)
    person_id, tenure_id = _id(request.POST.get("person")), request.POST.get("tenure")
    if tenure_id:
        tenure = _id(tenure_id)
        done = try_out(
            request,
            lambda: people.hand_over_post(actor=request.actor, tenure_id=tenure, to_person=person_id),
            words=_("已交接，没办完的事都随岗位交给新任职人。"),
        )
        _tell_hidden(request, done)
    else:
        try_out(
            request,
            lambda: people.grant_post(actor=request.actor, post_id=post_id, person_id=person_id),
            words=_("已任命。保密岗位还要另一位管理员批准才生效。") if is_sealed(found) else _("已任命。"),
        )
    if too_few_hold(found):
        messages.warning(request, TOO_FEW)
    return redirect("desk_post", post_id=post_id)


@managers
@require_POST
def approve(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """Approve another's grant of a sealed post."""
    tenure = _id(request.POST.get("tenure"))
    try_out(
        request, lambda: people.approve_tenure(actor=request.actor, tenure_id=tenure), words=_("已批准。")
    )
    return redirect("desk_post", post_id=post_id)


@managers
@require_POST
def end(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """Take the post from its holder; what waits stays with the post."""
    tenure = _id(request.POST.get("tenure"))
    words = _("已免去，权限立即收回；没办完的事留在岗位上。")
    done = try_out(request, lambda: people.end_tenure(actor=request.actor, tenure_id=tenure), words=words)
    _tell_hidden(request, done)
    return redirect("desk_post", post_id=post_id)


@managers
@require_POST
def close(request: ActingRequest, post_id: UUID) -> HttpResponse:
    """Abolish a post that nobody holds."""
    try_out(request, lambda: people.close_post(actor=request.actor, post_id=post_id), words=_("岗位已撤销。"))
    return redirect("desk_posts")


def _tell_hidden(request: ActingRequest, done: dict[str, Any] | None) -> None:
    if done and done["hidden"]:
        messages.info(request, _("村页面上不再显示前任的姓名。新任职人同意公开的，请填在岗位资料里。"))


def _post(post_id: UUID) -> Post:
    found = Post.objects.filter(pk=post_id).first()
    if found is None:
        raise Http404
    return found


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Http404 from error


def _edit_form(found: Post, data: Any = None) -> PostForm:
    initial = {
        "title": found.title,
        "public_name": found.public_name,
        "public_phone": found.public_phone,
        "on_duty": found.on_duty,
        "seen": found.version,
    }
    form = PostForm(data, initial=initial)
    del form.fields["role"]
    return form


def _shown(request: ActingRequest, found: Post, **more: Any) -> HttpResponse:
    manages = request.actor.may(MANAGE, found.region_code) and found.valid_to is None
    if not manages and not request.actor.may(READ, found.region_code):
        raise Http404
    context = {
        "post": found,
        "role": role_name(found.role, found.region_code),
        "place_name": regions.labels([found.region_code]).get(found.region_code, ""),
        "tenures": tenure_lines(request.actor, queries.tenures(posts=[found.id])),
        "past": tenure_lines(request.actor, queries.past_tenures(found.id)),
        "too_few": TOO_FEW if manages and too_few_hold(found) else "",
        "open": open_work([found.id]).get(found.id, 0),
        "manages": manages,
        "may_give": manages and found.role in dict(roles_at(found.region_code, found.region_level)),
        "edit_form": _edit_form(found),
        "holder_form": HolderForm(),
        "candidates": None,
        "handing": "",
        **more,
    }
    forms_shown = (context["edit_form"], context["holder_form"])
    wrong = any(isinstance(form, forms.Form) and form.errors for form in forms_shown)
    return render(request, "desk/post.html", context, status=UNREADABLE if wrong else 200)
