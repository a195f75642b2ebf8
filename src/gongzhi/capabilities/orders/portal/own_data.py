"""What is kept of me: looking at it, taking it away as a file, having it deleted (个人信息保护法 44, 45, 47, 50)."""

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders import exporting
from gongzhi.capabilities.orders.commands.own_data import (
    ask_deletion,
    erase_own,
    standing_requests,
)
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.portal.following import Way, missed, place_shown
from gongzhi.capabilities.orders.portal.plain import in_words
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.capabilities.orders.queries import order_by_receipt
from gongzhi.core.command.holdings import Asker, holdings, opened
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.engine import flow_of
from gongzhi.workflow.models import Matter

SHOWN = 20
"""So many rows of each holding on the page; the file has all."""


class DeletionForm(forms.Form):
    """What is to be deleted, and that the resident is sure."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    what = forms.ChoiceField(
        label=gettext_lazy("要删除什么"),
        widget=forms.RadioSelect,
        choices=[
            ("contacts", gettext_lazy("所有事项上的称呼和电话（马上删，在办的也删）")),
            ("closed", gettext_lazy("已办结事项的内容、照片和联系方式（马上删）")),
            ("register", gettext_lazy("我的人员登记和登录账号（要村干部核对，按期答复）")),
        ],
        error_messages={"required": gettext_lazy("请选一项。")},
    )
    sure = forms.BooleanField(
        label=gettext_lazy("我知道删除以后不能恢复"),
        error_messages={"required": gettext_lazy("请先勾选这一项，再点“确定删除”。")},
    )


@private
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: ActingRequest) -> HttpResponse:
    """All that is kept of the signed-in person; POST asks for the file."""
    if not request.user.is_authenticated:
        return _sign_in_first("orders_own_data")
    person_id = request.actor.person_id
    if request.method == "POST" and person_id is not None:
        asker = opened(Asker(request.actor))
        if exporting.fits_at_once(request.actor):
            exporting.make(asker)
            messages.success(request, _("文件做好了，点“下载”保存。"))
        else:
            exporting.make_soon(request.actor)
            messages.info(request, _("内容较多，正在后台整理，过一会儿回到这一页看。"))
        return redirect("orders_own_data")
    context = {
        "parts": _parts(Asker(request.actor)),
        "known": request.actor.pseudonym is not None,
        "file": exporting.state_of(person_id) if person_id else exporting.State(),
        "requests": [_request_line(each) for each in standing_requests(request.actor)],
        "most": SHOWN,
        "signed_in": True,
    }
    return render(request, "orders/portal/own_data.html", context)


@private
@require_http_methods(["GET", "HEAD"])
def own_file(request: ActingRequest) -> HttpResponseBase:
    """The file itself, for its person alone, as long as it is kept."""
    if not request.user.is_authenticated:
        return _sign_in_first("orders_own_data")
    person_id = request.actor.person_id
    if person_id is None or exporting.state_of(person_id).state != "ready":
        raise Http404(_("文件已经删除，请重新导出。"))
    content = (exporting.folder_of(person_id) / exporting.FILE).open("rb")
    name = f"gongzhi-{timezone.localdate():%Y%m%d}.zip"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def own_deletion(request: ActingRequest) -> HttpResponse:
    """What goes at once, what must stay and by which law, and having it deleted or asking for it."""
    if not request.user.is_authenticated:
        return _sign_in_first("orders_own_deletion")
    form = DeletionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = _carry_out(request, form)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, said)
            return redirect("orders_own_data")
    context = {
        "form": form,
        "known": request.actor.pseudonym is not None,
        "parts": holdings(Asker(request.actor)),
        "posts": request.actor.posts,
        "requests": [_request_line(each) for each in standing_requests(request.actor)],
    }
    return render(request, "orders/portal/own_deletion.html", context, status=422 if form.errors else 200)


@private
@require_http_methods(["GET", "HEAD"])
def of_receipt(request: ActingRequest, receipt: str) -> HttpResponse:
    """What is kept of one order, for whoever holds its receipt."""
    matter = order_by_receipt(request.actor)
    if matter is None:
        return missed(request, receipt)
    way = Way(receipt)
    context = {
        "parts": _parts(Asker(request.actor, case=matter.id)),
        "known": True,
        "matter": matter,
        "file_url": way.to("orders_receipt_file"),
        "erase_url": way.to("orders_erase"),
        "back_url": way.to("orders_followed"),
        "most": SHOWN,
        "signed_in": False,
    }
    return render(request, "orders/portal/own_data.html", context | place_shown(request, matter))


@private
@require_http_methods(["GET", "HEAD"])
def receipt_file(request: ActingRequest, receipt: str) -> HttpResponseBase:
    """The file of one order: bounded by what one order can hold, so it is made at once. Numbers stay masked."""
    matter = order_by_receipt(request.actor)
    if matter is None:
        return missed(request, receipt)
    asker, content = Asker(request.actor, case=matter.id), io.BytesIO()
    for _part in exporting.write(asker, content, kept=holdings(asker)):
        pass
    content.seek(0)
    name = f"gongzhi-{matter.number}.zip"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")


def _parts(asker: Asker) -> list[dict[str, Any]]:
    """Each holding with its first rows, as cells in the order of its headings."""
    parts = []
    for holding in holdings(asker):
        rows = []
        for row in holding.rows(asker):
            rows.append([(heading, row.get(key, "")) for key, heading in holding.columns.items()])
            if len(rows) > SHOWN:
                break
        parts.append({"holding": holding, "rows": rows[:SHOWN], "more": len(rows) > SHOWN})
    return parts


def _carry_out(request: ActingRequest, form: DeletionForm) -> str:
    what, key = form.cleaned_data["what"], form.cleaned_data["key"]
    if what == "register":
        ask_deletion(actor=request.actor, client_id=key)
        return _("请求已经交给村干部，答复期限写在下面；办到哪一步，在“我的事项”里看得到。")
    done, more = erase_own(actor=request.actor, contacts_alone=what == "contacts")
    if more:
        return _("已经删除 %(count)s 件，还有没删完的，请再点一次。") % {"count": done}
    return _("已经删除 %(count)s 件事项上的信息。") % {"count": done} if done else _("没有可以删除的了。")


def _request_line(matter: Matter) -> dict[str, Any]:
    kind: OrderKind = definitions.by_id(matter.kind_id).body
    return {
        "matter": matter,
        "kind_name": in_words(kind.name),
        "state_name": in_words(flow_of(matter).states[matter.state].name),
        "plain": in_words(flow_of(matter).states[matter.state].plain),
        "url": reverse("orders_followed", kwargs={"number": matter.number}),
    }


def _sign_in_first(name: str) -> HttpResponse:
    return redirect(f"{reverse('account_login')}?next={reverse(name)}")
