"""The place that a resident's page is about: read from the short code in its address."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.core.regions import queries, rules
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import plain_name
from gongzhi.core.regions.rules import Level

LEVEL_OF_LENGTH = {length: level for level, length in rules.DIGITS.items()}


class PlaceConverter:
    """Twelve digits for a village, more for a grid of it: `<place:code>` in a URL."""

    regex = r"\d{12}(?:\d{2}){0,3}"

    def to_python(self, value: str) -> str:
        """The code as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """The code as it stands in the address."""
        return value


@dataclass(frozen=True)
class Place:
    """A village or a grid of it, with the names of what it lies in."""

    code: int
    level: int
    name: str
    path: tuple[str, ...]

    @property
    def short_code(self) -> str:
        """The code as addresses and QR codes carry it."""
        return rules.short_text(self.code, self.level)

    @property
    def path_words(self) -> str:
        """Where it lies, from the county down."""
        return " · ".join(self.path)

    @property
    def url(self) -> str:
        """The address of its page."""
        return reverse("portal_village", kwargs={"code": self.short_code})

    @property
    def interval(self) -> rules.Interval:
        """Its codes, both ends included."""
        return rules.interval(self.code, self.level)


def place_at(text: str) -> Place | None:
    """The place of a short code as it stands today (of merged villages the successor); None if unknown."""
    level = LEVEL_OF_LENGTH.get(len(text))
    if level is None or level < Level.VILLAGE:
        return None
    try:
        line = queries.path(rules.parse_code(text), level)
    except ValueError:
        return None
    return place_of(line) if line and line[-1].level >= Level.VILLAGE else None


def place_of(line: list[Region]) -> Place:
    """The place at the end of a path of regions."""
    own = line[-1]
    above = tuple(region.name for region in line[:-1] if region.level >= Level.COUNTY)
    return Place(code=own.code, level=own.level, name=plain_name(own.name), path=above)


def place_or_404(request: HttpRequest, code: str) -> Place:
    """The place of an address, noted on the request so that its pack's brand is shown.

    Refuses (404) a code that no village or grid has.
    """
    place = place_at(code)
    if place is None:
        raise Http404(_("没有这个村或网格"))
    request.region_code = place.code  # type: ignore[attr-defined]
    return place
