"""A person's own file: all that is kept of him as JSON, as a page to read, and his own photos, in one zip.

It lies in a folder that is in no backup, under a name that tells nobody whose it is, for a day. What is large is made
by a job; how far that is stands in a small file beside it, so that no table and no event tells of it.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.holdings import own_matters
from gongzhi.capabilities.orders.models import Photo
from gongzhi.core.command.forgetting import forget_too
from gongzhi.core.command.holdings import MOST_ROWS, Asker, Holding, holdings
from gongzhi.core.people.models import Person
from gongzhi.core.permissions.actor import Actor, enter

KEPT_FOR = timedelta(days=1)
GIVEN_UP = timedelta(minutes=30)
"""After so long a job that tells of no progress is taken as lost, and may be asked for again."""
AT_ONCE_ORDERS, AT_ONCE_PHOTOS = 50, 30
"""What is made while the reader waits (below a second); the rest is left to a job."""
FILE, PART, STATE = "data.zip", "data.part", "state.json"


@dataclass(frozen=True)
class State:
    """How far a person's file is: `none`, `waiting`, `making`, `ready` or `failed`."""

    state: str = "none"
    done: int = 0
    total: int = 0
    at: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """Until when it can be fetched."""
        return self.at + KEPT_FOR if self.at and self.state == "ready" else None


def folder_of(person_id: UUID) -> Path:
    """Where a person's file lies."""
    name = hashlib.sha256(f"{settings.SECRET_KEY}/own/{person_id}".encode()).hexdigest()[:40]
    return Path(settings.HOME) / "exports" / name


def state_of(person_id: UUID) -> State:
    """How far the file is; `none` where there is none, or none any longer."""
    try:
        read = json.loads((folder_of(person_id) / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return State()
    state = State(read["state"], read["done"], read["total"], datetime.fromisoformat(read["at"]))
    age = timezone.now() - (state.at or timezone.now())
    if age > KEPT_FOR:
        return State()
    return State("failed") if state.state in {"waiting", "making"} and age > GIVEN_UP else state


def fits_at_once(actor: Actor) -> bool:
    """Whether the file is small enough to be made while the reader waits."""
    mine = own_matters(actor).values("id")
    few = own_matters(actor)[: AT_ONCE_ORDERS + 1].count() <= AT_ONCE_ORDERS
    return few and Photo.objects.filter(order_id__in=mine)[: AT_ONCE_PHOTOS + 1].count() <= AT_ONCE_PHOTOS


def make_soon(actor: Actor) -> None:
    """Have the file made by a job, once this transaction is committed."""
    person_id = str(actor.person_id)
    _note(UUID(person_id), State("waiting", at=timezone.now()))
    language = translation.get_language() or "zh-hans"
    app.configure_task("orders.own_file").defer(person_id=person_id, language=language)


@app.task(name="orders.own_file")
def own_file(person_id: str, language: str) -> None:
    """Make the file of a person who asked for it, as that person; made twice, the second replaces the first."""
    with translation.override(language), enter(person_id=UUID(person_id)) as actor:
        try:
            make(Asker(actor, clear=True))
        except Exception:
            _note(UUID(person_id), State("failed", at=timezone.now()))
            raise


@app.periodic(cron="52 * * * *", periodic_id="orders.sweep_own_files")
@app.task(name="orders.sweep_own_files")
def sweep_own_files(timestamp: int) -> None:
    """Delete the files that are older than a day."""
    old = (timezone.now() - KEPT_FOR).timestamp()
    for folder in (Path(settings.HOME) / "exports").glob("*"):
        if folder.stat().st_mtime < old:
            shutil.rmtree(folder, ignore_errors=True)


def make(asker: Asker) -> None:
    """Write a person's file and say that it is ready. Refuses (ValueError) who has no entry in the register."""
    person_id = asker.actor.person_id
    if person_id is None:
        raise ValueError("a file is made for a person alone")
    folder = _made(person_id)
    kept = holdings(asker)
    with (folder / PART).open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        for number in write(asker, target, kept=kept):
            _note(person_id, State("making", number, len(kept) + 1, timezone.now()))
    os.replace(folder / PART, folder / FILE)
    _note(person_id, State("ready", len(kept) + 1, len(kept) + 1, timezone.now()))


def write(asker: Asker, target: Any, *, kept: list[Holding]) -> Iterator[int]:
    """Write the zip, telling after each part how many are done."""
    told: dict[str, Any] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, holding in enumerate(kept, 1):
            rows = list(holding.rows(asker))
            told[holding.key] = {
                "title": str(holding.title),
                "purpose": str(holding.purpose),
                "after": str(holding.after),
                "columns": {key: str(heading) for key, heading in holding.columns.items()},
                "rows": rows,
                "more": len(rows) >= MOST_ROWS,
            }
            for name, path in holding.files(asker):
                if path.is_file():
                    packed.write(path, name, zipfile.ZIP_STORED)
            yield number
        made = {"made_at": timezone.localtime().isoformat(timespec="minutes"), "kept": told}
        packed.writestr("data.json", json.dumps(made, ensure_ascii=False, indent=2))
        for part in told.values():
            part["cells"] = [[row.get(key, "") for key in part["columns"]] for row in part["rows"]]
        packed.writestr("data.html", render_to_string("orders/portal/own_file.html", {"made": made}))
        yield len(kept) + 1


def drop(person_id: UUID) -> None:
    """Delete a person's file."""
    shutil.rmtree(folder_of(person_id), ignore_errors=True)


def _forget(*, actor: Actor, person: Person) -> None:
    drop(person.id)


def register() -> None:
    """Forget with a person the file that he asked for."""
    forget_too(_forget)


def _made(person_id: UUID) -> Path:
    folder = folder_of(person_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _note(person_id: UUID, state: State) -> None:
    folder = _made(person_id)
    said = {
        "state": state.state,
        "done": state.done,
        "total": state.total,
        "at": (state.at or timezone.now()).isoformat(),
    }
    fresh = folder / f"{STATE}.new"
    fresh.write_text(json.dumps(said), encoding="utf-8")
    os.replace(fresh, folder / STATE)
