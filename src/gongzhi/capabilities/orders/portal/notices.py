"""Stopping messages about orders, and asking for them again: by a message's own link, without signing in."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders.commands.notifying import choose_channel, is_wanted
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.notices.routing import address_of, read_token
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.models import Matter


@private
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: ActingRequest, token: str) -> HttpResponse:
    """Whether messages come by a channel, and changing it. The page tells nothing of the order but its number."""
    read = read_token(token)
    if read is None:
        raise Http404(_("这个链接不对，或者不完整。"))
    order_id, channel = read
    for post in platform_posts():
        with enter_as_system(post.id) as actor:
            matter = Matter.objects.filter(pk=order_id, sealed_to__isnull=True).first()
            if matter is None:
                continue
            if address_of(channel, order_id) is None:
                return render(request, "orders/portal/notices.html", {"known": False}, status=404)
            if request.method == "POST":
                wanted = request.POST.get("wanted") == "yes"
                choose_channel(actor=actor, order_id=order_id, channel=channel, wanted=wanted)
                said = _("以后会再发给您。") if wanted else _("不再发给您了。办理照常进行，凭回执随时能查。")
                messages.success(request, said)
                return redirect("orders_notices", token)
            request.region_code = matter.region_code  # type: ignore[attr-defined]
            context = {"known": True, "wanted": is_wanted(channel, order_id), "channel": channel}
            return render(request, "orders/portal/notices.html", context | {"number": matter.number})
    raise Http404(_("这个链接不对，或者不完整。"))
