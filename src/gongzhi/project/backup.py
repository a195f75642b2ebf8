"""One file that holds an installation, database and photos, and the way back from it.

The secrets are not in it: whoever finds a backup can read neither telephones nor identity numbers. Keep
`secrets.json` apart; without it the encrypted numbers are lost.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone
from psycopg import sql

from gongzhi import __version__
from gongzhi.core.definitions.install import new_epoch
from gongzhi.project import database, embedded, ledger
from gongzhi.project.doctor import LAST_BACKUP
from gongzhi.project.installing import collect_assets, console, working
from gongzhi.project.refusal import Refusal

FORMAT = 1
MANIFEST, DUMP, MEDIA = "manifest.json", "database.dump", "media.tar"
NEWER_SETTINGS = re.compile(rb"^SET transaction_timeout = 0;$")
"""What the newest pg_restore says first and older servers do not know."""


def save(target: Path) -> None:
    """Write the backup. Refuses (Refusal) when the file exists or cannot be written."""
    if target.exists():
        raise Refusal(f"{target} exists; a backup is never written over")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".gongzhi-backup-") as scratch:
        folder = Path(scratch)
        with working("Database"):
            _program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "-f", str(folder / DUMP))
        with working("Photos"), tarfile.open(folder / MEDIA, "w") as tar:
            tar.add(settings.MEDIA_ROOT, arcname=".")
        (folder / MANIFEST).write_text(json.dumps(_manifest(folder), indent=2), encoding="utf-8")
        beside = ledger.copy_beside(target)
        with tarfile.open(folder / "whole", "w") as tar:
            for name in (MANIFEST, DUMP, MEDIA):
                tar.add(folder / name, arcname=name)
        (folder / "whole").chmod(0o600)
        os.replace(folder / "whole", target)
    (Path(settings.HOME) / LAST_BACKUP).write_text(str(target.resolve().parent), encoding="utf-8")
    console.print(
        f"{target}: {target.stat().st_size / 1e6:,.1f} MB. The secrets are not in it: keep them apart."
    )
    console.print(f"{beside}: what was erased, by ids; keep it with the backups and bring it with them.")


def restore(source: Path, *, erasures: Path | None = None) -> None:
    """Bring a backup into an empty installation, and up to this release; clients will sync anew.

    What was erased after the backup is erased again, by the ledger given or the longest one at hand that fits.

    Refuses (Refusal) when the installation holds anything, the file is damaged or newer than this release,
    or the secrets at hand are not those that the backup was made with.
    """
    with tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".gongzhi-restore-") as scratch:
        folder = Path(scratch)
        _unpack(source, folder)
        manifest = _check(folder)
        found = ledger.find(source, given=erasures, wanted=manifest.get("ledger", ""))
        if not settings.EXTERNAL_DATABASE:
            database.make_database(connections["owner"].settings_dict["NAME"])
        _refuse_unless_empty()
        with working("Database"):
            _load(folder / DUMP)
            _forget_transaction_ids()
            connections.close_all()
            database.prepare()
            new_epoch(using="owner", restored=True)
        with working("Photos"):
            Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True, mode=0o700)
            with tarfile.open(folder / MEDIA) as tar:
                _extract(tar, Path(settings.MEDIA_ROOT))
        _forget_again(found, made_at=manifest["made_at"])
    collect_assets()
    console.print("Restored. Whoever works offline will be asked to sync anew.")


def _forget_again(found: Path | None, *, made_at: str) -> None:
    """Erase again by the ledger at hand, or remember that it is owed; `gongzhi doctor` then says so."""
    if found is None:
        ledger.owe(made_at)
        console.print(
            "[yellow]No ledger of erasures is at hand:[/yellow] what was erased after the backup stands again."
        )
        return
    with working("Erasures"):
        done = ledger.replay(found)
    console.print(f"{done} erasures made after the backup were made again, by {found}.")


def _manifest(folder: Path) -> dict[str, Any]:
    return {
        "ledger": ledger.name_of(),
        "format": FORMAT,
        "version": __version__,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "keys": _fingerprints(),
        "sha256": {name: _digest(folder / name) for name in (DUMP, MEDIA)},
    }


def _fingerprints() -> dict[str, str]:
    """Which keys the numbers are encrypted with, told without telling the keys."""
    keys = {**settings.FIELD_KEYS, **{f"index {name}": key for name, key in settings.INDEX_KEYS.items()}}
    return {name: hashlib.sha256(f"gongzhi/{key}".encode()).hexdigest()[:16] for name, key in keys.items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source) as tar:
            _extract(tar, folder)
            for name in (MANIFEST, DUMP, MEDIA):
                tar.getmember(name)
    except (OSError, tarfile.TarError, KeyError) as error:
        raise Refusal(f"{source} is not a backup of Gongzhi: {error}") from error


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """Its files and folders, below `folder` only. tarfile's own filters are younger than Debian 12's Python."""
    root = folder.resolve()
    for member in tar:
        target = (root / member.name).resolve()
        if not target.is_relative_to(root) or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"{member.name} has no place in a backup")
        (target if member.isdir() else target.parent).mkdir(parents=True, exist_ok=True, mode=0o700)
        if found := tar.extractfile(member):
            with found, target.open("wb") as file:
                shutil.copyfileobj(found, file)
            target.chmod(0o600)


def _check(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] > FORMAT or _numbers(manifest["version"]) > _numbers(__version__):
        raise Refusal(f"the backup is of Gongzhi {manifest['version']}; this is {__version__}: upgrade first")
    for name, digest in manifest["sha256"].items():
        if _digest(folder / name) != digest:
            raise Refusal(f"{name} in the backup is damaged")
    at_hand = _fingerprints()
    if any(at_hand.get(name) != print_ for name, print_ in manifest["keys"].items()):
        raise Refusal("the secrets at hand are not those of this backup: put its secrets.json in place first")
    return manifest


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _refuse_unless_empty() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        tables = cursor.fetchone()[0]
    media = Path(settings.MEDIA_ROOT)
    if tables or (media.exists() and any(media.iterdir())):
        raise Refusal("this installation holds data; a backup is restored into an empty one only")


def _load(dump: Path) -> None:
    """Feed the dump to the server in one transaction, without words that only newer servers know."""
    script = dump.with_suffix(".sql")
    _run([embedded.binary("pg_restore"), "--no-owner", "--no-privileges", "-f", script, dump])
    with script.open("rb") as lines, script.with_suffix(".plain").open("wb") as plain:
        plain.writelines(line for line in lines if not NEWER_SETTINGS.match(line))
    _program("psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", str(plain.name))


def _forget_transaction_ids() -> None:
    """Transaction ids begin anew on another server: mark the restored events as older than all of its own."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE atttypid = 'xid8'::regtype AND relkind = 'r'"
            " AND relnamespace = current_schema()::regnamespace"
        )
        for table, column in cursor.fetchall():
            names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
            for statement in (
                "ALTER TABLE {table} DISABLE TRIGGER USER",
                "UPDATE {table} SET {column} = '1'",
                "ALTER TABLE {table} ENABLE TRIGGER USER",
            ):
                cursor.execute(sql.SQL(statement).format(**names))


def _program(name: str, *arguments: str) -> None:
    with _password() as variables:
        _run([embedded.binary(name), *_address(), *arguments], variables)


def _address() -> Iterator[str]:
    given = connections["owner"].settings_dict
    for name, flag in (("HOST", "-h"), ("PORT", "-p"), ("USER", "-U"), ("NAME", "-d")):
        if given.get(name):
            yield from (flag, str(given[name]))


@contextmanager
def _password() -> Iterator[dict[str, str]]:
    """The owner's password by file: arguments and environments of processes can be seen by others."""
    password = connections["owner"].settings_dict.get("PASSWORD") or ""
    with tempfile.NamedTemporaryFile("w", prefix="gongzhi-", suffix=".pgpass") as file:
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        file.write(f"*:*:*:*:{escaped}\n")
        file.flush()
        yield {"PGPASSFILE": file.name}


def _run(command: list[Any], variables: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own programs)
        [str(part) for part in command],
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise Refusal(f"{Path(str(command[0])).name} failed: {done.stderr.strip()[-1500:]}")
