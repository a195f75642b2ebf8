"""Reading definitions: what governs a place now, and the version that governed a matter.

Everything is read once per epoch of the installation and kept in the process; the epoch itself is read at
most every few seconds. A version never changes, so versions read by id are kept for good.
"""

import time
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from gongzhi.core.definitions import schema
from gongzhi.core.definitions.kinds import PackManifest
from gongzhi.core.definitions.models import Current, Installation
from gongzhi.core.definitions.models import Definition as Version

SECONDS = 5.0
"""How long a process may go on with definitions that another process has just replaced."""

B = TypeVar("B", bound=schema.Definition)


@dataclass(frozen=True)
class Found(Generic[B]):
    """One version of a definition, with the body that its kind's model read."""

    id: UUID
    kind: str
    key: str
    pack: str
    number: int
    body: B


@dataclass(frozen=True)
class InstalledPack:
    """A pack in force, with the bounds of the places that it governs (none: everywhere)."""

    key: str
    manifest: Found[PackManifest]
    region_code: int | None
    region_level: int | None
    low: int | None
    high: int | None
    owner_code: int | None

    def governs(self, region_code: int) -> bool:
        """Whether the place lies where the pack governs."""
        return self.low is None or self.high is None or self.low <= region_code <= self.high

    @property
    def width(self) -> float:
        """How far it reaches: the nearest pack over a place is the one that reaches least far."""
        return float("inf") if self.low is None or self.high is None else self.high - self.low


@dataclass
class _Shelf:
    """All that governs, as read at one epoch: packs from near to far, definitions by (pack, kind)."""

    epoch: UUID | None
    packs: list[InstalledPack] = field(default_factory=list)
    current: dict[tuple[str, str], dict[str, Found[Any]]] = field(default_factory=dict)
    versions: dict[UUID, Found[Any]] = field(default_factory=dict)


_shelf: _Shelf | None = None
_checked_at = 0.0


@overload
def get(kind: type[B], key: str, *, region_code: int | None = None) -> Found[B]: ...
@overload
def get(kind: str, key: str, *, region_code: int | None = None) -> Found[Any]: ...
def get(kind: type[B] | str, key: str, *, region_code: int | None = None) -> Found[Any]:
    """What governs `region_code` under this kind and key: the nearest pack's, else what that pack extends.

    Without a place: the pack of this installation. Refuses (LookupError) when nothing does.
    """
    found = _named(kind, region_code).get(key)
    if found is None:
        place = f"in {region_code}" if region_code else "here"
        raise LookupError(f"no installed pack defines the {_name(kind)} {key!r} {place}")
    return found


@overload
def all_of(kind: type[B], *, region_code: int | None = None) -> list[Found[B]]: ...
@overload
def all_of(kind: str, *, region_code: int | None = None) -> list[Found[Any]]: ...
def all_of(kind: type[B] | str, *, region_code: int | None = None) -> list[Found[Any]]:
    """Every definition of a kind that governs a place, in the packs' own order, the nearest pack's first."""
    return list(_named(kind, region_code).values())


def by_id(definition_id: UUID) -> Found[Any]:
    """One version, governing or past. Refuses (LookupError) an id that never was."""
    shelf = _read_shelf()
    if definition_id not in shelf.versions:
        version = Version.objects.select_related("pack").filter(id=definition_id).first()
        if version is None:
            raise LookupError(f"there is no definition with the id {definition_id}")
        shelf.versions[definition_id] = _found(version)
    return shelf.versions[definition_id]


def by_ids(definition_ids: set[UUID]) -> dict[UUID, Found[Any]]:
    """Several versions by id, in at most one statement; unknown ids are left out."""
    shelf = _read_shelf()
    missing = definition_ids - shelf.versions.keys()
    if missing:
        for version in Version.objects.select_related("pack").filter(id__in=missing):
            shelf.versions[version.id] = _found(version)
    return {each: shelf.versions[each] for each in definition_ids if each in shelf.versions}


def packs_over(region_code: int | None = None) -> list[InstalledPack]:
    """The packs that govern a place, the nearest first; the base pack is last.

    Without a place: the pack of this installation (the widest with a region), then the base pack.
    """
    packs = _read_shelf().packs
    if region_code is not None:
        return [pack for pack in packs if pack.governs(region_code)]
    local = [pack for pack in packs if pack.low is not None]
    return local[-1:] + [pack for pack in packs if pack.low is None]


def pack_over(region_code: int | None = None) -> InstalledPack | None:
    """The nearest pack over a place: whose brand is shown there. None before any pack is installed."""
    return next(iter(packs_over(region_code)), None)


def epoch() -> UUID | None:
    """The installation's epoch as this process knows it; None before any pack is installed."""
    return _read_shelf().epoch


def forget() -> None:
    """Read everything afresh at the next question."""
    global _shelf, _checked_at
    _shelf, _checked_at = None, 0.0


def _name(kind: type[schema.Definition] | str) -> str:
    return kind if isinstance(kind, str) else kind.KIND


def _named(kind: type[schema.Definition] | str, region_code: int | None) -> dict[str, Found[Any]]:
    """By key what governs a place: nearer packs hide farther ones, wholly where they replace the kind."""
    name, shelf = _name(kind), _read_shelf()
    named: dict[str, Found[Any]] = {}
    for pack in packs_over(region_code):
        for key, found in shelf.current.get((pack.key, name), {}).items():
            named.setdefault(key, found)
        if name in pack.manifest.body.replaces:
            break
    return named


def _read_shelf() -> _Shelf:
    global _shelf, _checked_at  # noqa: PLW0603 - the process's one cache
    now = time.monotonic()
    if _shelf is not None and now - _checked_at < SECONDS:
        return _shelf
    current = Installation.objects.values_list("epoch", flat=True).first()
    if _shelf is None or _shelf.epoch != current:
        _shelf = _filled(current)
    _checked_at = now
    return _shelf


def _filled(current_epoch: UUID | None) -> _Shelf:
    shelf = _Shelf(current_epoch)
    rows = Current.objects.select_related("definition", "pack").order_by("pack_id", "position")
    manifests = []
    for row in rows:
        version = row.definition
        version.pack = row.pack
        found = _found(version)
        shelf.versions[found.id] = found
        shelf.current.setdefault((found.pack, found.kind), {})[found.key] = found
        if found.kind == PackManifest.KIND:
            manifests.append((row.pack, found))
    packs = [
        InstalledPack(
            key=pack.key,
            manifest=found,
            region_code=pack.region_code,
            region_level=pack.region_level,
            low=pack.region_low,
            high=pack.region_high,
            owner_code=pack.owner_code,
        )
        for pack, found in manifests
    ]
    shelf.packs = sorted(packs, key=lambda pack: (pack.width, pack.key))
    return shelf


def _found(version: Version) -> Found[Any]:
    body = schema.kind_named(version.kind).model.model_validate(version.body)
    return Found(version.id, version.kind, version.key, version.pack.key, version.number, body)
