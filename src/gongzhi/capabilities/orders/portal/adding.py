"""Adding photos to an order that stands, by its receipt or among one's own. It works without JavaScript."""

from uuid import uuid5

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from gongzhi.capabilities.orders.commands import Asked, attach_photo
from gongzhi.capabilities.orders.commands.contact import MOST_PHOTOS_OF_A_SIDE, takes_photos
from gongzhi.capabilities.orders.forms import MorePhotosForm
from gongzhi.capabilities.orders.models import Photo
from gongzhi.capabilities.orders.portal.following import Way, missed, place_shown
from gongzhi.capabilities.orders.portal.web import private
from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.workflow.models import Matter


@private
@require_http_methods(["GET", "HEAD", "POST"])
def photos(request: ActingRequest, *, receipt: str = "", number: str = "") -> HttpResponse:
    """The photos there are, and adding more. What is good of those sent is kept, and what is wrong is told."""
    way = Way(receipt, number)
    matter = way.find(request)
    if matter is None:
        return missed(request, receipt)
    if not takes_photos(request.actor, matter):
        messages.warning(request, _("这件事已经结束，不能再加照片。"))
        return redirect(way.to("orders_followed"))
    form = MorePhotosForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        added = _add(request, matter, form=form)
        if added:
            told = ngettext("%(n)d 张照片已经交给经办的人。", "%(n)d 张照片已经交给经办的人。", added)
            messages.success(request, told % {"n": added})
        if form.is_valid():
            return redirect(way.to("orders_followed"))
    kept = _kept(matter)
    context = {
        "form": form,
        "matter": matter,
        "kept": [] if matter.sealed_to else [(way.photo(each), each) for each in kept],
        "count": len(kept),
        "most": MOST_PHOTOS_OF_A_SIDE,
        "room": MOST_PHOTOS_OF_A_SIDE - len(kept),
        "back_url": way.to("orders_followed"),
        "here_url": way.to("orders_add_photos"),
    }
    return render(request, "orders/portal/photos.html", context | place_shown(request, matter))


def _add(request: ActingRequest, matter: Matter, *, form: MorePhotosForm) -> int:
    """Add what can be added of the photos sent, and tell how many that were; the rest stands on the form."""
    form.read_photos(MOST_PHOTOS_OF_A_SIDE, MOST_PHOTOS_OF_A_SIDE)
    there = {photo.sha256 for photo in _kept(matter)}
    added = 0
    for picture in form.pictures:
        key = uuid5(form.cleaned_data["key"], picture.sha256)
        try:
            if picture.sha256 not in there:  # sent again, it is not added again
                attach_photo(actor=request.actor, asked=Asked(matter.pk, client_id=key), picture=picture)
        except Refused as refused:
            form.add_error("photos", refused.message)
            break
        added += 1
    return added


def _kept(matter: Matter) -> list[Photo]:
    """The resident's own photos of the order."""
    return list(
        Photo.objects.filter(order_id=matter.pk, by="resident", erased_at__isnull=True).order_by("id")
    )
