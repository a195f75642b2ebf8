"""The installation's secrets: one file that only its owner reads, apart from the database and its dumps."""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongzhi.project.refusal import Refusal


@dataclass(frozen=True)
class Secrets:
    """What must never stand in the database.

    `field_keys` (base64 of 32 bytes each) encrypt telephones and identity numbers: the one with the last id
    encrypts, every one decrypts. `index_keys` make the blind index by which they are found again: the one
    with the last id writes, look-ups try every one.
    """

    secret_key: str
    secret_key_fallbacks: list[str]
    field_keys: dict[str, str]
    index_keys: dict[str, str]
    web_password: str


class SecretsError(Refusal):
    """The secrets file cannot be used; the message says why in words."""


def read_or_make(path: Path) -> Secrets:
    """The secrets in `path`; makes the file (mode 0600) on first use.

    Refuses (SecretsError) when the file is there but cannot be read or understood.
    """
    if not path.exists():
        _write_new(path, _fresh())
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except PermissionError as error:
        raise SecretsError(f"{path} cannot be read by this user: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SecretsError(f"{path} is not a secrets file of Gongzhi: {error!r}") from error


class LiveKeys(Mapping[str, str]):
    """The keys of one kind (id to key) as the secrets file has them now.

    A key that is added, or dropped, reaches every process that runs on this machine at its next use.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self._path, self._kind = path, kind
        self._held: tuple[tuple[int, int], dict[str, str]] = ((0, 0), {})

    def __getitem__(self, key_id: str) -> str:
        """The key with this id."""
        return self._now()[key_id]

    def __iter__(self) -> Iterator[str]:
        """The ids."""
        return iter(self._now())

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._now())

    def _now(self) -> dict[str, str]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            found = None
        mark = (found.st_mtime_ns, found.st_ino) if found else (0, 0)
        if mark != self._held[0] or not self._held[1]:
            self._held = (mark, getattr(read_or_make(self._path), self._kind))
        return self._held[1]


def add_keys(path: Path) -> str:
    """Add a field key and an index key, which write from now on; the older ones keep reading. Returns the id.

    Refuses (SecretsError) when the file cannot be used.
    """
    held = read_or_make(path)
    key_id = f"k{int(max(held.field_keys)[1:]) + 1:04}"
    keys = {
        "field_keys": {**held.field_keys, key_id: _random_key()},
        "index_keys": {**held.index_keys, key_id: _random_key()},
    }
    _replace(path, keys)
    return key_id


def drop_old_keys(path: Path) -> list[str]:
    """Keep the newest field key and index key alone. Returns the ids that are gone.

    What stands under the others can never be read again: `gongzhi rotate-keys --drop-old` looks first.
    """
    held = read_or_make(path)
    newest_field, newest_index = max(held.field_keys), max(held.index_keys)
    keys = {
        "field_keys": {newest_field: held.field_keys[newest_field]},
        "index_keys": {newest_index: held.index_keys[newest_index]},
    }
    _replace(path, keys)
    return sorted(set(held.field_keys) - {newest_field})


def _replace(path: Path, keys: dict[str, Any]) -> None:
    body = json.loads(path.read_text(encoding="utf-8")) | keys
    body.pop("index_key", None)
    os.replace(_scratch(path, body), path)


def _fresh() -> dict[str, Any]:
    return {
        "secret_key": secrets.token_urlsafe(48),
        "secret_key_fallbacks": [],
        "field_keys": {"k0001": _random_key()},
        "index_keys": {"k0001": _random_key()},
        "web_password": secrets.token_urlsafe(24),
    }


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _parse(body: dict[str, Any]) -> Secrets:
    field_keys = dict(body["field_keys"])
    index_keys = dict(
        body.get("index_keys") or {min(field_keys): body["index_key"]}
    )  # once there was but one
    keys = [*field_keys.values(), *index_keys.values()]
    if not field_keys or any(len(base64.b64decode(key)) != 32 for key in keys):
        raise ValueError("keys must be 32 bytes in base64")
    return Secrets(
        secret_key=body["secret_key"],
        secret_key_fallbacks=list(body["secret_key_fallbacks"]),
        field_keys=field_keys,
        index_keys=index_keys,
        web_password=body["web_password"],
    )


def _scratch(path: Path, body: dict[str, Any]) -> str:
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(body, file, indent=2)
    return scratch


def _write_new(path: Path, body: dict[str, Any]) -> None:
    """Two processes may come here at once: the first link wins, the other reads it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    scratch = _scratch(path, body)
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(scratch)
