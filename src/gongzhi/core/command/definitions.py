"""Installing a pack: its definitions, the rights of its roles, and the event that tells of it."""

from django.db import transaction

from gongzhi.core.command.running import change_as_owner
from gongzhi.core.definitions.checking import problems_of
from gongzhi.core.definitions.install import OWNER, Installed, Place, install
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.definitions.models import Current
from gongzhi.core.definitions.packs import MANIFEST, LoadedPack, PackError, Problem, load
from gongzhi.core.permissions.models import RoleRight
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, interval, parse_code


def install_pack(key: str) -> list[Installed]:
    """Install a pack and all that it extends, as the owner of the database; answers what changed in each.

    What opened before stays under the versions that governed it; installing the same again changes nothing.
    Refuses (PackError, all problems at once) a pack that has faults, or whose place is not loaded.
    """
    packs = list(reversed(list(load(key).chain())))
    problems = [problem for pack in packs for problem in (*problems_of(pack), *_place_problems(pack))]
    if problems:
        raise PackError(problems)
    with transaction.atomic(using=OWNER):
        done = [_install(pack) for pack in packs]
        if any(installed.anything for installed in done):
            _fill_rights()
    return done


def _install(pack: LoadedPack) -> Installed:
    installed = install(pack, _place(pack))
    if installed.anything:
        with change_as_owner("pack.installed") as c:
            c.about(installed.pack.region_code)
            c.data(
                pack=pack.key,
                version=pack.manifest.version,
                digest=pack.digest,
                added=len(installed.added),
                changed=list(installed.changed),
                dropped=list(installed.dropped),
            )
    return installed


def _place(pack: LoadedPack) -> Place | None:
    manifest = pack.manifest
    if manifest.region is None or manifest.region_level is None:
        return None
    code, level = parse_code(manifest.region), Level[manifest.region_level.upper()]
    low, high = interval(code, level)
    return Place(code, level, low, high, owner=parse_code(manifest.owner) if manifest.owner else None)


def _place_problems(pack: LoadedPack) -> list[Problem]:
    """The place of a pack must be among the regions: its posts and orders stand there."""
    place = _place(pack)
    if place is None or Region.objects.using(OWNER).filter(code=place.code, level=place.level).exists():
        return []
    words = (
        f"the place {pack.manifest.region} is not among the divisions of this installation; "
        f"load it first: gongzhi regions import {(pack.manifest.owner or pack.manifest.region or '')[:6]}"
    )
    return [Problem(pack.folder / MANIFEST, 1, words)]


def _fill_rights() -> None:
    """What each role in force may do: its rights, and as `act_…` the parts that it may play in a flow."""
    rights: dict[tuple[str, str], RoleRight] = {}
    in_force = Current.objects.using(OWNER).filter(kind=Role.KIND).select_related("definition")
    for current in in_force:
        role = Role.model_validate(current.definition.body)
        for right in (*role.rights, *(f"act_{part}" for part in role.acts_as)):
            rights[current.key, right] = RoleRight(role=current.key, right=right, sealed=role.sealed)
    RoleRight.objects.using(OWNER).all().delete()
    RoleRight.objects.using(OWNER).bulk_create(rights.values())
