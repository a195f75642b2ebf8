"""`gongzhi rotate-keys`: new keys for what is encrypted, while people work; then the old ones go."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from gongzhi.core.command import keys
from gongzhi.core.people import cipher
from gongzhi.project.installing import console, counting
from gongzhi.project.refusal import Refusal
from gongzhi.project.secrets import add_keys, drop_old_keys

OWNER = "owner"


def rotate() -> int:
    """Add new keys and bring everything under them; where a rotation was begun before, go on with it.

    The exit code says whether anything is left under an older key.
    """
    if len(settings.FIELD_KEYS) == 1:
        console.print(f"Keys {add_keys(settings.SECRETS_PATH)} are added.")
    _authenticators()
    with counting("Numbers") as progress:
        left = keys.rotate_keys(progress=progress)
    for table, ids in left.items():
        shown = ", ".join(map(str, ids[:10]))
        console.print(f"[red]{table}[/red]: {len(ids)} rows bear an identity number twice, first {shown}")
    if left:
        console.print("Correct or erase one of each pair, then run `gongzhi rotate-keys` again.")
        return 1
    console.print(
        f"Everything stands under {cipher.newest_key()}. Older backups need the old keys: keep a copy of the "
        "secrets with them. `gongzhi rotate-keys --drop-old` drops the old keys here."
    )
    return 0


def drop_old() -> None:
    """Drop the old keys. Refuses (Refusal) while anything still needs them."""
    waiting = {table: count for table, count in {**keys.waiting_rows(), **_waiting()}.items() if count}
    if waiting:
        found = ", ".join(f"{count} in {table}" for table, count in waiting.items())
        raise Refusal(f"rows still stand under older keys ({found}): run `gongzhi rotate-keys` first")
    dropped = drop_old_keys(settings.SECRETS_PATH)
    console.print(f"Dropped: {', '.join(dropped)}." if dropped else "There is no old key.")


def _authenticators() -> None:
    """Second factors are no one's record but the sign-in's: they change without an event."""
    newest = cipher.newest_key()
    with transaction.atomic(using=OWNER):
        for found in Authenticator.objects.using(OWNER).select_for_update():
            renewed = _renewed(found.data, newest)
            if renewed != found.data:
                found.data = renewed
                found.save(using=OWNER, update_fields=["data"])


def _waiting() -> dict[str, int]:
    newest = cipher.newest_key()
    every = Authenticator.objects.using(OWNER)
    return {"mfa_authenticator": sum(_renewed(each.data, newest) != each.data for each in every)}


def _renewed(data: dict[str, Any], newest: str) -> dict[str, Any]:
    """The secrets of a second factor (allauth's `secret`, `seed`, `migrated_codes`) under the newest key."""
    single = {name: _again(data[name], newest) for name in ("secret", "seed") if data.get(name)}
    several = [_again(code, newest) for code in data.get("migrated_codes", [])]
    return {**data, **single, **({"migrated_codes": several} if several else {})}


def _again(text: str, newest: str) -> str:
    stored = bytes.fromhex(text)
    return text if cipher.key_of(stored) == newest else cipher.encrypt(cipher.decrypt(stored)).hex()
