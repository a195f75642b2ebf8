"""The ledger of erasures: ids alone, outside the database, so that a restored backup can be made to forget again.

One line an erasure, each with the digest of the line before it: nothing can be taken out or put in unseen. It is kept
in the home folder (or where GONGZHI_ERASURES says), followed every minute, and copied beside the last backup.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from gongzhi.core.command import replaying
from gongzhi.core.command.replaying import OWNER, Erasure
from gongzhi.core.events import reader
from gongzhi.core.events.models import Event, EventSubject
from gongzhi.project.doctor import LAST_BACKUP
from gongzhi.project.refusal import Refusal

NAME, BOOKMARK, OWED, LOCK = "erasures.jsonl", "erasures.read", "erasures.owed", "erasures.lock"
State = Literal["good", "look", "bad"]
PAGE = 1000
MINUTES_BEHIND = 10
NEWEST = 1_000
"""So many of the newest erasures the doctor looks for in the database."""


@dataclass(frozen=True)
class Ledger:
    """What a ledger file holds: which ledger it is, its erasures, and the digest of its last line."""

    id: str
    erasures: list[Erasure]
    digest: str


def path() -> Path:
    """Where this installation keeps its ledger."""
    given = settings.ERASURES_LEDGER
    return Path(given).expanduser() if given else Path(settings.HOME) / NAME


def follow() -> int:
    """Write down what was erased since the last time; how many erasures it was. Once each, whatever was lost."""
    with _alone():
        written = _follow()
    mark = Path(settings.HOME) / LAST_BACKUP
    folder = Path(mark.read_text(encoding="utf-8")) if written and mark.exists() else None
    if folder is not None and folder.is_absolute() and os.access(folder, os.W_OK):
        _copy_into(folder)
    return written


def _follow() -> int:
    bookmark, known = _bookmark(), None
    try:
        end = reader.newest(OWNER)
        page = reader.read(bookmark or reader.oldest(OWNER), most=PAGE, upto=end, using=OWNER)
    except reader.Resync:
        bookmark, page = None, reader.read(reader.oldest(OWNER), most=PAGE, upto=end, using=OWNER)
    if bookmark is None and path().exists():
        known = {each.event for each in read(path()).erasures}
    written = 0
    while True:
        fresh = [
            each for each in page.events if each.name in replaying.names() and each.id not in (known or ())
        ]
        written += _append(_erasures(fresh))
        _keep(Path(settings.HOME) / BOOKMARK, str(page.bookmark))
        if not page.more:
            return written
        page = reader.read(page.bookmark, most=PAGE, upto=end, using=OWNER)


def read(file: Path) -> Ledger:
    """A ledger, every line of it checked. Refuses (Refusal) one that was changed, with the number of the line."""
    erasures, digest, name = [], "", ""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                break  # a stop in the middle of writing; its erasures come again
            try:
                told = json.loads(line)
                said = told.pop("digest")
            except (ValueError, KeyError, AttributeError) as error:
                raise Refusal(f"{file} is damaged at line {number}") from error
            if said != _digest(digest, told):
                raise Refusal(
                    f"{file} was changed at line {number}: its digest does not follow from the lines before"
                )
            digest = said
            if "ledger" in told:
                name = told["ledger"]
            else:
                erasures.append(_erasure(told))
    return Ledger(name, erasures, digest)


def copy_beside(backup: Path) -> Path:
    """Bring the ledger up to date and leave a copy beside a backup, under its own name; later ones replace it."""
    follow()
    return _copy_into(backup.resolve().parent)


def _copy_into(folder: Path) -> Path:
    target = folder / f"erasures-{name_of()[:8]}.jsonl"
    _keep(target, path().read_text(encoding="utf-8"))
    return target


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time writes the ledger."""
    with (Path(settings.HOME) / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find(beside: Path, *, given: Path | None, wanted: str) -> Path | None:
    """The longest ledger at hand: the one given, the installation's own, or one beside the backup that fits it."""
    if given is not None:
        return given
    candidates = [path(), *beside.resolve().parent.glob("erasures-*.jsonl")]
    ledgers = [(each, read(each)) for each in candidates if each.exists()]
    fitting = [(len(ledger.erasures), each) for each, ledger in ledgers if not wanted or ledger.id == wanted]
    return max(fitting, default=(0, None), key=lambda pair: pair[0])[1]


def replay(file: Path) -> int:
    """Erase again what the ledger names and this database does not know of, and go on with that ledger.

    Refuses (Refusal) a ledger that was changed.
    """
    told = read(file)
    done = sum(replaying.replay(each) for each in told.erasures)
    if not path().exists():
        _keep(path(), file.read_text(encoding="utf-8"))
    (Path(settings.HOME) / OWED).unlink(missing_ok=True)
    (Path(settings.HOME) / BOOKMARK).unlink(missing_ok=True)
    return done


def owe(made_at: str) -> None:
    """Remember that a backup of that time was restored and no ledger was at hand."""
    _keep(Path(settings.HOME) / OWED, made_at)


def name_of() -> str:
    """Which ledger this installation keeps."""
    _begin()
    with path().open(encoding="utf-8") as lines:
        return str(json.loads(lines.readline())["ledger"])


def findings() -> Iterator[tuple[State, str]]:
    """What is to be said of the ledger: `good`, `look` or `bad`, and in words what to do."""
    owed = Path(settings.HOME) / OWED
    if owed.exists():
        yield (
            "bad",
            f"A backup of {owed.read_text(encoding='utf-8')} was restored and what was erased after it stands again:"
            " find the newest ledger of erasures and run `gongzhi replay-erasures FILE`.",
        )
    if not path().exists():
        yield "look", "There is no ledger of erasures yet: the worker begins it within a minute."
        return
    try:
        told = read(path())
    except Refusal as refusal:
        yield "bad", f"{refusal}. Put back the copy beside the last backup."
        return
    if missing := replaying.lost(told.erasures[-NEWEST:]):
        yield (
            "bad",
            f"{len(missing)} erasures stand in the ledger and not in the database: it was restored from before them."
            f" Run `gongzhi replay-erasures {path()}`.",
        )
    elif behind := _behind({each.event for each in told.erasures[-NEWEST:]}):
        yield (
            "look",
            f"{behind} erasures are not in the ledger yet: the worker does not run, or cannot write {path()}.",
        )
    else:
        yield (
            "good",
            f"The ledger of erasures has {len(told.erasures)} and is up to date. Keep a copy beside the backups.",
        )


def _behind(known: set[UUID]) -> int:
    bookmark = _bookmark()
    try:
        page = reader.read(bookmark or reader.oldest(OWNER), most=PAGE, using=OWNER)
    except reader.Resync:
        page = reader.read(reader.oldest(OWNER), most=PAGE, using=OWNER)
    waiting = [each for each in page.events if each.name in replaying.names() and each.id not in known]
    late = timezone.now().timestamp() - MINUTES_BEHIND * 60
    return sum(each.recorded_at.timestamp() < late for each in waiting)


def _bookmark() -> reader.Bookmark | None:
    try:
        return reader.Bookmark.parse((Path(settings.HOME) / BOOKMARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _erasures(events: list[Event]) -> list[Erasure]:
    rows: dict[UUID, list[tuple[str, UUID]]] = {}
    subjects = EventSubject.objects.using(OWNER).filter(event_id__in=[each.id for each in events])
    for each in subjects.order_by("table_name", "row_id"):
        rows.setdefault(each.event_id, []).append((each.table_name, each.row_id))
    return [
        Erasure(
            event=each.id,
            name=each.name,
            at=each.recorded_at,
            thread=each.thread,
            region_code=each.region_code,
            reason=str(each.data.get("reason", "")),
            rows=tuple(rows.get(each.id, [])),
        )
        for each in events
    ]


def _append(erasures: Iterable[Erasure]) -> int:
    """Add lines behind the last whole one; what a stop in the middle left of a line is taken away first."""
    given = list(erasures)
    if not given:
        return 0
    _begin()
    with path().open("r+b") as file:
        last = _last_line(file)
        digest = json.loads(last)["digest"]
        for each in given:
            told = _told(each)
            digest = _digest(digest, told)
            file.write(_line(told, digest))
        file.flush()
        os.fsync(file.fileno())
    return len(given)


def _begin() -> None:
    if not path().exists():
        told = {"ledger": uuid4().hex, "made_at": timezone.now().isoformat(timespec="seconds")}
        path().parent.mkdir(parents=True, exist_ok=True)
        _keep(path(), _line(told, _digest("", told)).decode())


def _last_line(file: Any) -> bytes:
    """The last whole line; the file is left at its end, cut there."""
    end, step = file.seek(0, os.SEEK_END), 4096
    while True:
        start = max(0, end - step)
        file.seek(start)
        block = file.read(end - start)
        whole = block.rfind(b"\n") + 1
        before = block.rfind(b"\n", 0, whole - 1) if whole else -1
        if whole and (before >= 0 or start == 0):
            file.seek(start + whole)
            file.truncate()
            return bytes(block[before + 1 : whole])
        step *= 4


def _told(erasure: Erasure) -> dict[str, Any]:
    return {
        "event": str(erasure.event),
        "name": erasure.name,
        "at": erasure.at.isoformat(),
        "thread": str(erasure.thread) if erasure.thread else None,
        "region": erasure.region_code,
        "reason": erasure.reason,
        "rows": [[table, str(row_id)] for table, row_id in erasure.rows],
    }


def _erasure(told: dict[str, Any]) -> Erasure:
    return Erasure(
        event=UUID(told["event"]),
        name=told["name"],
        at=datetime.fromisoformat(told["at"]),
        thread=UUID(told["thread"]) if told["thread"] else None,
        region_code=told["region"],
        reason=told["reason"],
        rows=tuple((table, UUID(row_id)) for table, row_id in told["rows"]),
    )


def _digest(before: str, told: dict[str, Any]) -> str:
    return hashlib.sha256((before + json.dumps(told, sort_keys=True)).encode()).hexdigest()


def _line(told: dict[str, Any], digest: str) -> bytes:
    return (json.dumps({**told, "digest": digest}, sort_keys=True) + "\n").encode()


def _keep(file: Path, words: str) -> None:
    """Write a small file whole, for its owner alone."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(words, encoding="utf-8")
    fresh.chmod(0o600)
    os.replace(fresh, file)
