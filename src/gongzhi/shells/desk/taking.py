"""People, posts and divisions as spreadsheets. Personal data leave only with a reason, written down for each person."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.core.command.people import take_away
from gongzhi.core.command.running import Refused
from gongzhi.core.people import queries
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, told_code
from gongzhi.shells.desk import exports
from gongzhi.shells.desk.exports import Place
from gongzhi.shells.desk.pages import desk_people, only_for, place_asked, with_rights
from gongzhi.shells.desk.people import MANAGE, READ
from gongzhi.shells.desk.people_rows import is_sealed, post_lines
from gongzhi.shells.desk.regions import SEEING

TAKEN = ["name", "phone"]
takers = only_for(with_rights(READ))
readers = only_for(with_rights(READ, MANAGE))
viewers = only_for(desk_people)


@takers
@require_POST
def people(request: ActingRequest) -> HttpResponse:
    """The people of a place with name and telephone, for a reason. Neither identity numbers nor households leave."""
    place = place_asked(request, READ)
    if place.here is None:
        raise Http404
    back = f"{reverse('desk_people')}?{request.GET.urlencode()}"
    reason = request.POST.get("reason", "")
    try:
        rows = list(_people(request.actor, place.here, reason=reason))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(back)
    headings = [_("姓名"), _("电话"), _("区划代码"), _("地点")]
    return exports.export("people", _("人员"), headings=headings, rows=rows)


@readers
@require_GET
def posts(request: ActingRequest) -> HttpResponse:
    """The standing posts of a place, with their holders masked as on the page."""
    place = place_asked(request, READ, MANAGE)
    if place.here is None:
        raise Http404
    headings = [
        _("岗位"),
        _("种类"),
        _("区划代码"),
        _("地点"),
        _("任职人"),
        _("在岗"),
        _("村页面上显示的姓名"),
        _("从何时起"),
    ]
    return exports.export(
        "posts", _("岗位"), headings=headings, rows=_posts(place.here, role=request.GET.get("role", ""))
    )


@viewers
@require_GET
def divisions(request: ActingRequest) -> HttpResponse:
    """The divisions of a place down to its grids; of what lies below a grid the number alone."""
    place = place_asked(request, *SEEING)
    if place.here is None:
        raise Http404
    headings = [_("名称"), _("级别"), _("代码"), _("地点"), _("下面的小网格和微网格"), _("从何时起")]
    return exports.export("regions", _("区划网格"), headings=headings, rows=_divisions(place.here))


def _people(actor: Actor, here: Region, *, reason: str) -> Iterator[list[object]]:
    after, left = None, exports.MOST_ROWS + 1
    while left > 0:
        page = queries.persons(here.interval, after=after, limit=min(exports.BATCH, left))
        told = take_away(actor, page.rows, fields=TAKEN, reason=reason)
        places = exports.place_names(person.region_code for person in page.rows)
        for person, said in zip(page.rows, told, strict=True):
            yield [said["name"], said["phone"], Place(person.region_code), places[person.region_code]]
        after, left = page.next, left - len(page.rows)
        if after is None:
            return


def _posts(here: Region, *, role: str) -> Iterator[list[object]]:
    after: Any = None
    while True:
        found = queries.posts(here.interval, role=role, after=after, limit=exports.BATCH)
        lines = post_lines(found[: exports.BATCH])
        places = exports.place_names(line.post.region_code for line in lines)
        for line in lines:
            post = line.post
            holders = "" if is_sealed(post) else "、".join(line.holders)
            on_duty = _("是") if post.on_duty else _("否")
            code = post.region_code
            yield [
                post.title,
                line.role,
                Place(code),
                places[code],
                holders,
                on_duty,
                post.public_name,
                post.valid_from,
            ]
        if len(found) <= exports.BATCH:
            return
        after = (found[exports.BATCH - 1].region_code, found[exports.BATCH - 1].id)


def _divisions(here: Region) -> Iterator[list[object]]:
    standing = Region.objects.standing(timezone.localdate()).inside(here.interval).defer("boundary")
    below: dict[int, int] = {}
    for code in standing.filter(level__gt=Level.GRID).values_list("code", flat=True).iterator():
        grid = told_code(code)
        below[grid] = below.get(grid, 0) + 1
    batch: list[Region] = []
    for region in (
        standing.filter(level__lte=Level.GRID, level__gte=here.level).order_by("code", "level").iterator()
    ):
        batch.append(region)
        if len(batch) == exports.BATCH:
            yield from _lines(batch, below)
            batch = []
    yield from _lines(batch, below)


def _lines(batch: list[Region], below: dict[int, int]) -> Iterator[list[object]]:
    places = exports.place_names(region.code for region in batch)
    for each in batch:
        smaller = below.get(each.code, 0) if each.level == Level.GRID else ""
        yield [each.name, each.get_level_display(), each.text, places[each.code], smaller, each.valid_from]
