"""Making an installation ready: database, assets, divisions, packs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from gongzhi.core.command import definitions
from gongzhi.core.definitions.checking import check
from gongzhi.core.definitions.models import Pack
from gongzhi.core.definitions.packs import PackError, load, pack_folders
from gongzhi.core.regions import install as regions
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, code_text, interval, parse_code
from gongzhi.project.database import prepare
from gongzhi.project.refusal import Refusal

console = Console()


def init(*, pack: str | None) -> None:
    """Make the installation ready, or bring it to this release; keeps what it holds.

    Refuses (Refusal) when the server, the role or the pack cannot be used.
    """
    with working("Database"):
        prepare()
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True, mode=0o700)
    collect_assets()
    if pack:
        install_pack(pack)


def collect_assets() -> None:
    """Copy pages' assets to where they are served from, where they changed."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    newest = max((path.stat().st_mtime for path in _assets()), default=0.0)
    if manifest.exists() and manifest.stat().st_mtime > newest:
        return
    with working("Assets"):
        shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
        call_command("collectstatic", interactive=False, verbosity=0)


def install_regions(code: str | None) -> None:
    """Load official divisions, all or those of one place, with a progress bar.

    Refuses (Refusal) a code that is none.
    """
    try:
        subtree = parse_code(code) if code else None
        with counting(f"Divisions of {code}" if code else "Divisions of the whole country") as progress:
            done = regions.install(connections["owner"], subtree, progress=progress)
    except (LookupError, ValueError) as error:
        raise Refusal(str(error)) from error
    console.print(f"{sum(done.found.values()):,} divisions, {done.added:,} of them new.")


def install_pack(key: str) -> None:
    """Install a pack with the divisions that it needs. Refuses (Refusal) a pack that has faults."""
    try:
        manifest = load(key).manifest
        place = manifest.owner or manifest.region
        with working(f"Pack {key}"):
            if place and not _has_divisions(place[:6]):
                regions.install(connections["owner"], parse_code(place[:6]))
            definitions.install_pack(key)
    except (PackError, LookupError) as error:
        raise Refusal(str(error)) from error


def show_packs() -> None:
    """Print the packs at hand and those installed."""
    installed = {pack.key: pack for pack in Pack.objects.all()}
    table = Table("pack", "version", "place", "installed")
    for key in sorted(pack_folders()):
        manifest = load(key).manifest
        there = installed.get(key)
        place = code_text(parse_code(manifest.region))[:12] if manifest.region else "everywhere"
        table.add_row(key, manifest.version, place, there.version if there else "no")
    console.print(table)


def check_packs(keys: list[str]) -> int:
    """Print what is wrong in packs; the exit code says whether anything is."""
    faulty = 0
    for key in keys or sorted(pack_folders()):
        problems = check(key)
        faulty = 1 if problems else faulty
        if problems:
            console.print(key, style="red")
            console.print(*map(str, problems), sep="\n", highlight=False, markup=False)
        else:
            console.print(f"{key}: good")
    return faulty


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner with the time, for work whose end is not known."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    ) as bar:
        task = bar.add_task(what, total=None)
        yield
        bar.update(task, total=1, completed=1)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar that shows how far counted work is; yields the function that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _has_divisions(county: str) -> bool:
    villages = Region.objects.using("owner").filter(level=Level.VILLAGE)
    return villages.filter(code__range=interval(parse_code(county), Level.COUNTY)).exists()


def _assets() -> Iterator[Path]:
    for folder in Path(settings.BASE_DIR).rglob("static"):
        yield from (path for path in folder.rglob("*") if path.is_file())
