"""The desk's frame."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.shells.desk.registry import entries
from gongzhi.ui.audience import shells_of


@login_required
def home(request: ActingRequest) -> HttpResponse:
    """The first list that the actor may open. Refuses (403) who holds no post with a desk."""
    if "desk" not in shells_of(request.actor):
        raise PermissionDenied(_("您的岗位没有工作台。村民请从首页选村；网格员请打开“今天要办的”。"))
    for entry in entries.entries(request.actor):
        address = reverse(entry.url_name)
        if address != request.path:
            return redirect(address)
    return render(request, "desk/home.html")
