"""The name under which a place runs Gongzhi, as its pack says; a higher room may answer before the pack."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.core.definitions.queries import pack_over
from gongzhi.core.permissions.actor import ANYBODY


@dataclass(frozen=True)
class Brand:
    """What stands on top of every page and at its foot."""

    name: str
    motto: str = ""
    about: str = ""
    owner: str = ""
    suggestions_url: str = ""


Provider = Callable[[HttpRequest], Brand | None]

_providers: list[Provider] = []


def register_brand(provider: Provider) -> None:
    """Ask `provider` for the brand of a request from now on; the one registered last is asked first."""
    _providers.insert(0, provider)


def brand_of(request: HttpRequest) -> Brand:
    """The brand of a request: a provider's, else of the pack over its place, else the project's own name.

    A view that shows one place says so with `request.region_code`; else it is the place of the reader's own post.
    """
    for provider in _providers:
        brand = provider(request)
        if brand is not None:
            return brand
    return _of_pack(getattr(request, "region_code", None) or _place_of_post(request)) or Brand(name=_("共治"))


def _place_of_post(request: HttpRequest) -> int | None:
    posts = getattr(request, "actor", ANYBODY).posts
    return posts[0].region_code if posts else None


def _of_pack(region_code: int | None) -> Brand | None:
    pack = pack_over(region_code)
    if pack is None:
        return None
    language = get_language() or ""
    words = pack.manifest.body.brand
    return Brand(
        name=words.name.of(language),
        motto=words.motto.of(language) if words.motto else "",
        about=words.about.of(language),
    )
