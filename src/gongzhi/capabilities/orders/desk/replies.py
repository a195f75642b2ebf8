"""The words that the actor's posts keep: to be written, filled with an example, and taken away."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.commands import remove_reply, save_reply
from gongzhi.shells.desk.pages import only_for, try_out
from gongzhi.shells.desk.queries import replies_of
from gongzhi.shells.desk.rules import LONGEST
from gongzhi.ui.registry import post_holders


class ReplyForm(forms.Form):
    """A post of the actor's, the step, a name, and the words."""

    post = forms.ChoiceField(label=gettext_lazy("岗位"))
    step = forms.ChoiceField(label=gettext_lazy("用在哪里"))
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    words = forms.CharField(
        label=gettext_lazy("答复内容"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, data: QueryDict | None = None, *, actor: Actor) -> None:
        super().__init__(data)
        self.fields["post"].choices = [(str(post.id), post.title) for post in actor.posts]  # type: ignore[attr-defined]
        self.fields["step"].choices = list(_steps().items())  # type: ignore[attr-defined]


@only_for(post_holders)
@require_http_methods(["GET", "POST"])
def replies(request: ActingRequest) -> HttpResponse:
    """The kept words of the actor's posts, and a form for more."""
    form = ReplyForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            save_reply(
                actor=request.actor,
                post_id=UUID(said["post"]),
                step=said["step"],
                name=said["name"],
                words=said["words"],
            )
        except Refused as refused:
            form.add_error(
                "words" if refused.code in {"words", "placeholder", "private"} else None, refused.message
            )
        else:
            messages.success(request, _("已存下。"))
            return HttpResponseRedirect(reverse("orders_desk_replies"))
    titles = {post.id: post.title for post in request.actor.posts}
    steps = _steps()
    kept = [
        (reply, titles.get(reply.post_id, ""), steps.get(reply.step, reply.step))
        for reply in replies_of(titles)
    ]
    context = {"form": form, "kept": kept, "holes": _holes()}
    return render(request, "orders/desk/replies.html", context, status=422 if form.errors else 200)


@only_for(post_holders)
@require_POST
def remove(request: ActingRequest, reply_id: UUID) -> HttpResponse:
    """Take kept words away."""
    try_out(request, lambda: remove_reply(actor=request.actor, reply_id=reply_id), words=_("已去掉。"))
    return HttpResponseRedirect(reverse("orders_desk_replies"))


def _steps() -> dict[str, str]:
    return {
        "message": _("回复反映人"),
        "decline": _("说明后结案"),
        "fulfil": _("办好了"),
        "dispatch": _("派单"),
        "return": _("退回"),
        "note": _("内部备注"),
    }


def _holes() -> list[tuple[str, str]]:
    return [
        ("{number}", _("编号")),
        ("{kind}", _("事项")),
        ("{place}", _("地点")),
        ("{due}", _("办理期限")),
        ("{holder}", _("经办岗位")),
    ]
