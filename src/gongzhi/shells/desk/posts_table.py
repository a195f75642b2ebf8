"""Posts from a table: a template, and setting all of its rows up or none."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.core.command.grids import RowsRefused
from gongzhi.core.command.posts_import import import_posts
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.pages import place_asked
from gongzhi.shells.desk.people import MANAGE, UNREADABLE, UploadForm, managers
from gongzhi.ui.spreadsheets import TableError, download, read_table, table


def columns() -> dict[str, str]:
    """The columns of a table of posts: key and heading."""
    return {"title": _("岗位名称"), "role": _("岗位种类"), "place": _("地方（代码，村可以填全名）")}


@managers
@require_GET
def template(request: ActingRequest) -> HttpResponse:
    """The table of posts to be filled in."""
    return download(table(_("岗位"), list(columns().values()), rows=[]), "posts.xlsx")


@managers
@require_http_methods(["GET", "POST"])
def importing(request: ActingRequest) -> HttpResponse:
    """Set up the posts of a table, all of them or none, with every fault by row and column."""
    place = place_asked(request, MANAGE)
    form = UploadForm(request.POST or None, request.FILES or None)
    errors: list[Any] = []
    if place.here is not None and form.is_bound and form.is_valid():
        within = (place.here.code, place.here.level)
        try:
            rows = read_table(form.cleaned_data["file"], columns())
            done = import_posts(actor=request.actor, within=within, rows=rows)
            messages.success(request, _("已设立 %(posts)s 个岗位，请逐个任命。") % done)
            return HttpResponseRedirect(f"{reverse('desk_posts')}?{request.GET.urlencode()}")
        except RowsRefused as refused:
            form.add_error("file", refused.message)
            headings = columns()
            errors = [(error.row, headings[error.column], error.message) for error in refused.errors]
        except (TableError, Refused) as refused:
            form.add_error("file", getattr(refused, "message", str(refused)))
    context = {"form": form, "place": place, "errors": errors, "headings": columns().values()}
    return render(request, "desk/posts_import.html", context, status=UNREADABLE if form.errors else 200)
