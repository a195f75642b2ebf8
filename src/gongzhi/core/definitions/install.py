"""Writing a pack into the database as its owner; `core.command.definitions` records the event of it."""

from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from gongzhi.core.definitions import queries
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.models import Current, Definition, Installation, Pack
from gongzhi.core.definitions.packs import Loaded, LoadedPack

OWNER = "owner"


@dataclass(frozen=True)
class Place:
    """Where a pack governs: the region and the bounds of its codes. The base pack has none."""

    code: int
    level: int
    low: int
    high: int
    owner: int | None = None


@dataclass(frozen=True)
class Installed:
    """What one installation changed. `anew`: the pack was not there, or governs elsewhere now."""

    pack: Pack
    anew: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether anything is not what it was."""
        return bool(self.anew or self.added or self.changed or self.dropped)


def install(pack: LoadedPack, place: Place | None, *, using: str = OWNER) -> Installed:
    """Install one pack (not what it extends): a new version only where a definition says something new.

    What the pack no longer names stops governing, and stays readable for the matters that it governed.
    Refuses nothing by itself: check the pack first.
    """
    with transaction.atomic(using=using):
        before = Pack.objects.using(using).filter(key=pack.key).first()
        row = before or Pack(key=pack.key)
        settled = _bounds(row) if before else None
        row.version, row.digest, row.installed_at = pack.manifest.version, pack.digest, timezone.now()
        row.region_code, row.region_level = (place.code, place.level) if place else (None, None)
        row.region_low, row.region_high = (place.low, place.high) if place else (None, None)
        row.owner_code = place.owner if place else None
        row.save(using=using)
        installed = _write(pack, row, anew=settled != _bounds(row), using=using)
        if installed.anything:
            new_epoch(using=using)
    return installed


def _bounds(row: Pack) -> tuple[int | None, ...]:
    return row.region_code, row.region_level, row.region_low, row.region_high, row.owner_code


def new_epoch(*, using: str = OWNER, restored: bool = False) -> None:
    """Tell every cache and client that definitions, or the whole database (`restored`), are not what they were."""
    anew = {"epoch": uuid4(), "changed_at": timezone.now()} | ({"database": uuid4()} if restored else {})
    Installation.objects.using(using).update_or_create(id=1, defaults=anew)
    queries.forget()


def _write(pack: LoadedPack, row: Pack, *, anew: bool, using: str) -> Installed:
    versions = Definition.objects.using(using).filter(pack=row).order_by("number")
    latest = {(version.kind, version.key): version for version in versions}
    before = set(Current.objects.using(using).filter(pack=row).values_list("kind", "key"))
    new: list[Definition] = []
    governing: list[Current] = []
    for position, each in enumerate(pack.definitions):
        version = latest.get((each.kind, each.key))
        if version is None or version.digest != each.digest:
            version = _version(each, row, number=version.number + 1 if version else 1)
            new.append(version)
        governing.append(
            Current(pack=row, kind=each.kind, key=each.key, definition=version, position=position)
        )
    Definition.objects.using(using).bulk_create(new)
    Current.objects.using(using).filter(pack=row).delete()
    Current.objects.using(using).bulk_create(governing)
    written, kept = {(each.kind, each.key) for each in new}, {(each.kind, each.key) for each in governing}
    return Installed(
        row,
        anew=anew,
        added=_names(kept - before),
        changed=_names(written & before),
        dropped=_names(before - kept),
    )


def _version(each: Loaded, row: Pack, *, number: int) -> Definition:
    return Definition(
        id=uuid7(),
        kind=each.kind,
        key=each.key,
        pack=row,
        number=number,
        digest=each.digest,
        body=each.stored(),
        installed_at=row.installed_at,
    )


def _names(definitions: set[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{kind} {key}" for kind, key in sorted(definitions))
