"""The name under which a place runs Gongzhi: it comes from the pack, through a provider registered by a higher room."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Brand:
    """What stands on top of every page and at its foot."""

    name: str
    motto: str = ""
    owner: str = ""
    suggestions_url: str = ""


Provider = Callable[[HttpRequest], Brand | None]

_providers: list[Provider] = []


def register_brand(provider: Provider) -> None:
    """Ask `provider` for the brand of a request from now on; the one registered last is asked first."""
    _providers.insert(0, provider)


def brand_of(request: HttpRequest) -> Brand:
    """The brand that the packs give this request; the project's own name where none answers."""
    for provider in _providers:
        brand = provider(request)
        if brand is not None:
            return brand
    return Brand(name=str(_("共治")), motto=str(_("大家的事，大家一起办")))
