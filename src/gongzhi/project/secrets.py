"""The installation's secrets: one file that only its owner reads, apart from the database and its dumps."""

import base64
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongzhi.project.refusal import Refusal


@dataclass(frozen=True)
class Secrets:
    """What must never stand in the database.

    `field_keys` (base64 of 32 bytes each) encrypt telephones and identity numbers: the one with the last id
    encrypts, every one decrypts. `index_key` makes the blind index by which they are found again.
    """

    secret_key: str
    secret_key_fallbacks: list[str]
    field_keys: dict[str, str]
    index_key: str
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


def add_field_key(path: Path) -> str:
    """Add a key that encrypts from now on; the older keys keep decrypting. Returns the new key's id.

    Refuses (SecretsError) when the file cannot be used.
    """
    read_or_make(path)
    body = json.loads(path.read_text(encoding="utf-8"))
    key_id = f"k{len(body['field_keys']) + 1:04}"
    body["field_keys"][key_id] = _random_key()
    scratch = _scratch(path, body)
    os.replace(scratch, path)
    return key_id


def _fresh() -> dict[str, Any]:
    return {
        "secret_key": secrets.token_urlsafe(48),
        "secret_key_fallbacks": [],
        "field_keys": {"k0001": _random_key()},
        "index_key": _random_key(),
        "web_password": secrets.token_urlsafe(24),
    }


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _parse(body: dict[str, Any]) -> Secrets:
    field_keys, index_key = dict(body["field_keys"]), str(body["index_key"])
    if not field_keys or any(len(base64.b64decode(key)) != 32 for key in (*field_keys.values(), index_key)):
        raise ValueError("keys must be 32 bytes in base64")
    return Secrets(
        secret_key=body["secret_key"],
        secret_key_fallbacks=list(body["secret_key_fallbacks"]),
        field_keys=field_keys,
        index_key=index_key,
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
