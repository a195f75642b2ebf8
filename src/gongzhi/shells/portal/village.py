"""The village's page: what its pack lists, put together from what the rooms registered."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gongzhi.core.definitions.kinds import Section, VillagePage
from gongzhi.core.definitions.queries import all_of
from gongzhi.core.permissions.actor import Actor
from gongzhi.shells.portal import registry
from gongzhi.shells.portal.places import Place
from gongzhi.shells.portal.queries import grids_in, people_in_charge
from gongzhi.shells.portal.registry import Block, Shown, Tile


@dataclass(frozen=True)
class Listed:
    """One line of the page's list: the key of what is shown, with the pack's title and words."""

    key: str
    title: str
    words: str = ""


@dataclass
class Part:
    """One stretch of the page: a grid of tiles, or one block."""

    tiles: list[Shown] = field(default_factory=list)
    template: str = ""
    title: str = ""
    data: Shown = field(default_factory=dict)


def parts_of(request: HttpRequest, place: Place, *, actor: Actor) -> list[Part]:
    """The parts of a village's page in the pack's order; tiles that follow one another share a grid."""
    tiles = {tile.key: tile for tile in registry.tiles.entries(actor)}
    blocks = {block.key: block for block in registry.blocks.entries(actor)}
    parts: list[Part] = []
    for listed in _listed(place):
        if listed.key in tiles:
            if not parts or not parts[-1].tiles:
                parts.append(Part())
            parts[-1].tiles.append(_tile(tiles[listed.key], listed, place=place))
        elif part := _block(blocks.get(listed.key), listed, request=request, place=place):
            parts.append(part)
    return parts


def _listed(place: Place) -> list[Listed]:
    language = get_language() or ""
    for page in all_of(VillagePage, region_code=place.code):
        return [_of_section(section, language) for section in page.body.sections]
    registered: list[Tile | Block] = [*registry.tiles.all(), *registry.blocks.all()]
    return [Listed(each.key, str(each.title)) for each in registered if each.key != "words"]


def _of_section(section: Section, language: str) -> Listed:
    words = section.words.of(language) if section.words else ""
    return Listed(section.shows, section.title.of(language), words)


def _tile(tile: Tile, listed: Listed, *, place: Place) -> Shown:
    arguments = {"code": place.short_code} if tile.takes_place else {}
    return {
        "title": listed.title,
        "words": listed.words or tile.hint,
        "icon": tile.icon,
        "url": reverse(tile.url_name, kwargs=arguments),
    }


def _block(block: Block | None, listed: Listed, *, request: HttpRequest, place: Place) -> Part | None:
    if block is None:
        return None
    data = block.provider(request, place)
    if data is None or not (data or listed.words):
        return None
    return Part(template=block.template, title=listed.title, data={"words": listed.words, **data})


def _people(request: HttpRequest, place: Place) -> Shown | None:
    people = people_in_charge(place)
    return {"people": people} if people else None


def _introduction(request: HttpRequest, place: Place) -> Shown:
    return {"place": place, "grids": grids_in(place)}


def _words(request: HttpRequest, place: Place) -> dict[str, Any]:
    return {}


def register() -> None:
    """The parts that the shell itself shows: words of the pack, and the people in charge."""
    for block in (
        Block("introduction", _("本村简介"), "portal/_introduction.html", _introduction, order=10),
        Block("people", _("找谁办"), "portal/_people.html", _people, order=20),
        Block("words", "", "portal/_words.html", _words, order=90),
    ):
        registry.blocks.register(block)
