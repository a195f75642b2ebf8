"""Who read whose personal data, and why: for those who hold others to account."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gongzhi.core.audit import queries
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command.holdings import field_names
from gongzhi.core.people.models import Post
from gongzhi.core.people.queries import persons_of
from gongzhi.core.people.rules import mask_name
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.shells.desk.pages import only_for, place_asked, with_rights

AUDIT = "see_audit"


@dataclass(frozen=True)
class Reading:
    """One reading in words."""

    row: PersonalDataRead
    who: str
    post: str
    what: str
    place: str


@only_for(with_rights(AUDIT))
@require_GET
def readings(request: ActingRequest) -> HttpResponse:
    """The readings of personal data in a place, the newest first."""
    place = place_asked(request, AUDIT)
    found: list[PersonalDataRead] = []
    if place.here is not None:
        found = queries.readings(place.here.interval, after=_id(request.GET.get("after", "")))
    page = found[: queries.PAGE]
    context = {
        "place": place,
        "readings": _in_words(page),
        "next_key": page[-1].id.hex if len(found) > len(page) else "",
    }
    return render(request, "desk/audit.html", context)


def _in_words(rows: list[PersonalDataRead]) -> list[Reading]:
    readers = persons_of(row.actor for row in rows)
    posts = Post.objects.in_bulk({row.post for row in rows if row.post})
    places = regions.labels({row.region_code for row in rows}) if rows else {}
    names = field_names()
    return [
        Reading(
            row=row,
            who=mask_name(readers[row.actor].name) if row.actor in readers else "",
            post=posts[row.post].title if row.post in posts else "",
            what="、".join(names.get(field, field) for field in row.fields),
            place=places.get(row.region_code, ""),
        )
        for row in rows
    ]


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
