"""The field app's frame: one page that carries the app; all else goes through /field/api/."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie

from gongzhi import __version__
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.field.registry import entries
from gongzhi.ui.audience import shells_of


@login_required
@ensure_csrf_cookie
def app(request: ActingRequest) -> HttpResponse:
    """The app, for those whose post works in the field. Refuses (403) everybody else."""
    if "field" not in shells_of(request.actor):
        raise PermissionDenied(_("您的岗位不在现场办件。坐席请打开工作台；村民请从首页选村。"))
    offered = [
        {"title": str(entry.title), "icon": entry.icon, "url": reverse(entry.url_name)}
        for entry in entries.entries(request.actor)
    ]
    about = _("共治 %(version)s · 源代码") % {"version": __version__}  # AGPL-3.0, section 13
    offered.append({"title": about, "icon": "external-link", "url": settings.SOURCE_URL})
    posts = [post.title for post in request.actor.posts]
    return render(request, "field/app.html", {"offered": offered, "posts": posts})
