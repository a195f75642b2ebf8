"""Replacing the keys under which telephones and identity numbers stand: every row again, under the newest.

A field key and an index key are added together, so the key id before a ciphertext tells for both. Rows are
changed in batches, each an ordinary change with its event `keys.rotated`; a rotation that was stopped goes on
where it stood, because a row under the newest key is not touched again.
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import BinaryField, Q, QuerySet
from django.db.models.functions import Substr

from gongzhi.core.command.running import Refused, change_as_owner
from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.people import cipher

OWNER = "owner"
ENCRYPTED, INDEXED = "_enc", "_index"
BATCH = 200

Progress = Callable[[int, int | None], None]


def rotate_keys(*, batch: int = BATCH, progress: Progress | None = None) -> dict[str, list[UUID]]:
    """Encrypt every number again under the newest key, as the owner of the database, and make its index anew.

    Answers the rows of each table that are left under an older key: those that PostgreSQL refused, because
    another row bears the same identity number. Refuses (KeyError) a row whose key is not among the keys.
    """
    total, done = sum(waiting_rows().values()), 0
    left: dict[str, list[UUID]] = {}
    for model in encrypted_models():
        for ids in _batches(model, batch):
            refused = _rotate(model, ids)
            done += len(ids)
            if refused:
                left.setdefault(model._meta.db_table, []).extend(refused)
            if progress:
                progress(done, total)
    return left


def waiting_rows() -> dict[str, int]:
    """How many rows of each table stand under a key that is not the newest."""
    return {model._meta.db_table: _waiting(model).count() for model in encrypted_models()}


def encrypted_models() -> list[type[Tracked]]:
    """Every tracked model of every room that has an encrypted column."""
    return [model for model in apps.get_models() if issubclass(model, Tracked) and encrypted_columns(model)]


def encrypted_columns(model: type[Tracked]) -> list[str]:
    """The columns of a model that hold ciphertext: binary, and named `…_enc`."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField) and field.name.endswith(ENCRYPTED)
    ]


def _waiting(model: type[Tracked]) -> QuerySet[Tracked]:
    mark = f"{cipher.newest_key()}:".encode()
    condition, prefixes = Q(), {}
    for column in encrypted_columns(model):
        prefixes[f"{column}_key"] = Substr(column, 1, len(mark), output_field=BinaryField())
        condition |= Q(**{f"{column}__isnull": False}) & ~Q(**{f"{column}_key": mark})
    return model._default_manager.using(OWNER).alias(**prefixes).filter(condition).order_by("id")


def _batches(model: type[Tracked], size: int) -> Iterator[list[UUID]]:
    waiting = _waiting(model)
    ids = list(waiting.values_list("id", flat=True)[:size])
    while ids:
        yield ids
        ids = list(waiting.filter(id__gt=ids[-1]).values_list("id", flat=True)[:size])


def _rotate(model: type[Tracked], ids: list[UUID]) -> list[UUID]:
    """Change these rows together; where one is refused, each alone. Answers those that were refused."""
    try:
        with transaction.atomic(using=OWNER), change_as_owner("keys.rotated") as c:
            rows = model._default_manager.using(OWNER).select_for_update().filter(id__in=ids).order_by("id")
            for row in rows:
                c.update(row, **_again(row))
            c.about(None)
            c.data(table=model._meta.db_table, key=cipher.newest_key(), rows=len(rows))
    except Refused:
        if len(ids) == 1:
            return ids
        return [refused for row_id in ids for refused in _rotate(model, [row_id])]
    return []


def _again(row: Tracked) -> dict[str, bytes]:
    """The row's numbers, encrypted and indexed under the newest keys."""
    names = {field.name for field in row._meta.concrete_fields}
    values: dict[str, bytes] = {}
    for column in encrypted_columns(type(row)):
        stored = getattr(row, column)
        if stored is None:
            continue
        number = cipher.decrypt(stored)
        values[column] = cipher.encrypt(number)
        index = column.removesuffix(ENCRYPTED) + INDEXED
        if index in names:
            values[index] = cipher.blind_index(number)
    return values
