"""What capabilities show on a village's page; the pack says which of it, in which order, under which title.

A pack's `village_page` lists sections; each `shows` one key. `tiles` answers keys that are one way into a
service; `blocks` answers keys that show something on the page itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from gongzhi.shells.portal.places import Place
from gongzhi.ui.registry import Audience, Registry, everybody

Shown = dict[str, Any]


@dataclass(frozen=True)
class Tile:
    """A way into a service. With `takes_place`, `url_name` is reversed with the place's `code`."""

    key: str
    title: str | Promise
    icon: str
    url_name: str
    hint: str | Promise = ""
    takes_place: bool = True
    audience: Audience = everybody
    order: int = 100


@dataclass(frozen=True)
class Block:
    """A part of the page: `provider` gives the template's variables, or None where nothing is to show."""

    key: str
    title: str | Promise
    template: str
    provider: Callable[[HttpRequest, Place], Shown | None]
    audience: Audience = everybody
    order: int = 100


tiles: Registry[Tile] = Registry()
blocks: Registry[Block] = Registry()
