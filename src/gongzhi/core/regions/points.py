"""Which region holds a point, where boundaries are known (WGS-84, GeoJSON)."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from django.db.models import BigIntegerField, Count, Func, Sum, TextField
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from shapely import Geometry, Point, STRtree
from shapely.errors import GEOSException
from shapely.geometry import shape

from gongzhi.core.regions import rules
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.names import Named

TREES = 64
"""So many places' trees are kept in memory, the least used ones dropped first."""


@dataclass(frozen=True)
class Tree:
    """The boundaries of one interval, indexed; `signature` tells whether they are still the present ones."""

    signature: tuple[int | None, ...]
    index: STRtree
    places: tuple[Named, ...]


_trees: OrderedDict[tuple[rules.Interval, date], Tree] = OrderedDict()
_lock = Lock()


def region_at(lon: float, lat: float, *, within: rules.Interval, on_date: date | None = None) -> Named | None:
    """The most precise region inside the interval whose boundary covers the point.

    None where no boundary does, and where two regions of the same level do: in doubt no place is named.
    """
    tree = _tree(within, on_date or timezone.localdate())
    if not tree.places:
        return None
    found: list[int] = tree.index.query(Point(lon, lat), predicate="intersects").tolist()
    covering = sorted((tree.places[at] for at in found), key=lambda place: -place.level)
    if not covering or (len(covering) > 1 and covering[0].level == covering[1].level):
        return None
    return covering[0]


def is_area(boundary: Any) -> bool:
    """Whether a GeoJSON geometry is a polygon or several, well formed."""
    geometry = _geometry(boundary)
    return geometry is not None and bool(geometry.is_valid)


def _tree(within: rules.Interval, day: date) -> Tree:
    """The tree of an interval; it is built anew when a boundary has changed."""
    bounded = Region.objects.inside(within).standing(day).filter(boundary__isnull=False)
    row = Concat(Cast("id", TextField()), Cast("event_id", TextField()))
    state = bounded.aggregate(
        n=Count("id"), rows=Sum(Func(row, function="hashtext", output_field=BigIntegerField()))
    )
    signature = (state["n"], state["rows"])
    with _lock:
        kept = _trees.get((within, day))
        if kept and kept.signature == signature:
            _trees.move_to_end((within, day))
            return kept
    rows = (
        bounded.values_list("code", "level", "name", "boundary").order_by("code", "level")
        if state["n"]
        else []
    )
    shapes = [(Named(code, level, name), _geometry(boundary)) for code, level, name, boundary in rows]
    valid = [(place, geometry) for place, geometry in shapes if geometry is not None]
    made = Tree(signature, STRtree([geometry for _, geometry in valid]), tuple(place for place, _ in valid))
    with _lock:
        _trees[within, day] = made
        while len(_trees) > TREES:
            _trees.popitem(last=False)
    return made


def _geometry(boundary: Any) -> Geometry | None:
    """The polygon of a GeoJSON geometry; None for anything that is no area."""
    try:
        found = shape(boundary)
    except (GEOSException, AttributeError, KeyError, TypeError, ValueError):
        return None
    return found if found.geom_type in {"Polygon", "MultiPolygon"} and not found.is_empty else None
