"""What the desk's own pages share: who may open them, places in the address, errors of tables."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from gongzhi.core.command.running import Refused
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.middleware import ActingRequest
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import interval, parse_code
from gongzhi.ui.audience import shells_of
from gongzhi.ui.registry import Audience

View = Callable[..., HttpResponseBase]


def desk_people(actor: Actor) -> bool:
    """The audience of those who hold a post with a desk."""
    return "desk" in shells_of(actor)


def with_rights(*rights: str) -> Audience:
    """The audience of those whose post has a desk and one of `rights`."""

    def admits(actor: Actor) -> bool:
        return any(actor.with_right(right) for right in rights) and desk_people(actor)

    return admits


def only_for(audience: Audience) -> Callable[[View], View]:
    """A view for one audience; asks for a sign-in, and refuses (403) everybody else."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not audience(request.actor):
                raise PermissionDenied(_("您的岗位不能打开这一页。"))
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return wrap


@dataclass(frozen=True)
class Spot:
    """A region as the path of a page names it."""

    name: str
    address: str


@dataclass(frozen=True)
class Place:
    """The place that a page is about: the region, the regions above it that the actor may open, and those below."""

    here: Region | None
    line: list[Spot]
    below: list[Spot]


def place_asked(request: ActingRequest, *rights: str) -> Place:
    """The place that the address names (`place=110101001.4`); without one, the places where the actor has `rights`.

    One place alone is taken at once. Refuses (404) a place where the actor has none of them.
    """
    own = own_places(request.actor, *rights)
    asked = place_of(request.GET.get("place", ""))
    if asked is None and len(own) == 1:
        asked = (own[0].code, own[0].level)
    if asked is None:
        return Place(None, [], [_spot(region) for region in own])
    if not any(request.actor.may(right, asked[0]) for right in rights):
        raise Http404
    here = regions.standing(*asked)
    if here is None:
        raise Http404
    line = [
        _spot(each)
        for each in regions.path(here.code, here.level)
        if any(each.level >= top.level and interval_holds(top, each.code) for top in own)
    ]
    return Place(here, line, [_spot(each) for each in regions.children(here.code, here.level)])


def own_places(actor: Actor, *rights: str) -> list[Region]:
    """The places of the posts that have one of `rights`, those inside another left out."""
    posts = {post for right in rights for post in actor.with_right(right)}
    pairs = sorted({(post.region_level, post.region_code) for post in posts})
    kept: list[tuple[int, int]] = []
    for level, code in pairs:
        if not any(_holds(pair, code) for pair in kept):
            kept.append((level, code))
    found = [regions.standing(code, level) for level, code in kept]
    return [region for region in found if region is not None]


def interval_holds(region: Region, code: int) -> bool:
    """Whether a code lies in a region's subtree."""
    low, high = region.interval
    return low <= code <= high


def _spot(region: Region) -> Spot:
    return Spot(region.name, f"{region.short}.{region.level}")


def _holds(pair: tuple[int, int], code: int) -> bool:
    low, high = interval(pair[1], pair[0])
    return low <= code <= high


def place_of(text: str) -> tuple[int, int] | None:
    """The place (code, level) that `110101001.4` names; None for anything else."""
    code, _dot, level = text.partition(".")
    try:
        place = parse_code(code), int(level)
        interval(*place)
    except ValueError:
        return None
    return place


def key_of(text: str) -> tuple[int, UUID] | None:
    """The key (place, id) of the last row seen, as `key_text` wrote it; None for anything else."""
    code, _dot, row_id = text.partition(".")
    try:
        return int(code), UUID(hex=row_id)
    except ValueError:
        return None


def key_text(key: tuple[int, UUID] | None) -> str:
    """A key as the address carries it."""
    return f"{key[0]}.{key[1].hex}" if key else ""


def try_out(request: HttpRequest, command: Callable[[], Any], *, words: str) -> Any:
    """Run a command and tell what came of it as a message; None when it was refused."""
    try:
        answer = command()
    except Refused as refused:
        messages.error(request, refused.message)
        return None
    messages.success(request, words)
    return answer if answer is not None else True
