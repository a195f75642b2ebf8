"""Letting neighbours see the words and photos of one's own order, or not: asked, never presumed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.neighbours import choose_showing
from gongzhi.capabilities.orders.portal.following import Way, missed, place_shown
from gongzhi.capabilities.orders.portal.neighbours import may_consent
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.capabilities.orders.queries.neighbours import neighbours_of
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest


@private
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: ActingRequest, *, receipt: str = "", number: str = "") -> HttpResponse:
    """Whether neighbours may see one's words and photos, what they see now, and changing it."""
    way = Way(receipt, number)
    matter = way.find(request)
    if matter is None:
        return missed(request, receipt)
    if not may_consent(matter):
        raise Http404(_("这件事不公开给邻居。"))
    refused = ""
    if request.method == "POST":
        given = request.POST.get("given") == "yes"
        try:
            choose_showing(actor=request.actor, asked=Asked(matter.pk), given=given)
        except Refused as kept:
            refused = kept.message
        else:
            said = (
                _("您同意了。受理员看过以后，才会给邻居看。")
                if given
                else _("收回了，邻居现在看不到您写的话和照片。")
            )
            messages.success(request, said)
            return redirect(way.to("orders_neighbours"))
    known = neighbours_of(matter)
    context = {
        "matter": matter,
        "known": known,
        "refused": refused,
        "shows": known.standing and known.consents and known.consent.at <= known.released.at,  # type: ignore[union-attr]
        "back_url": way.to("orders_followed"),
    }
    return render(request, "orders/portal/neighbours.html", context | place_shown(request, matter))
