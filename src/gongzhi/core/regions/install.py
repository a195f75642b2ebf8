"""Install official divisions: the whole country, or one subtree with what lies above it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from gongzhi.core.regions.divisions import Division, as_of, divisions, how_many

NAMESPACE = UUID("6b1d2f0a-4b36-5c0e-9d55-2b7a3f0e6c11")
Progress = Callable[[int, int | None], Any]

STAGE = """
CREATE TEMPORARY TABLE regions_staged (id uuid, code bigint, level smallint, name varchar(100)) ON COMMIT DROP
"""
TAKE = """
INSERT INTO regions_region (id, version, code, level, name, valid_from, official)
SELECT id, 1, code, level, name, %s, true FROM regions_staged
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Installed:
    """What an installation found in the file, by level, and how many regions it added."""

    found: dict[int, int]
    added: int


def install(
    connection: BaseDatabaseWrapper, subtree: int | None, *, progress: Progress | None = None
) -> Installed:
    """Load official divisions through the owner's connection; what is there already stays as it is.

    `progress(done, total)` is called now and then; `total` is None for a subtree.
    Refuses (LookupError) a code that no official division has.
    """
    total = how_many() if subtree is None else None
    found: Counter[int] = Counter()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy("COPY regions_staged (id, code, level, name) FROM STDIN") as copy:
            for part in divisions(subtree):
                copy.write(_lines(part).encode())
                found.update(one.level for one in part)
                if progress:
                    progress(found.total(), total)
        cursor.execute(TAKE, [as_of()])
        added = cursor.rowcount
        if added:
            cursor.execute("ANALYZE regions_region")
        cursor.execute("DROP TABLE regions_staged")
    return Installed(found=dict(sorted(found.items())), added=added)


def region_id(code: int, level: int) -> UUID:
    """The id of an official division: the same on every installation."""
    return uuid5(NAMESPACE, f"{code}/{level}/{as_of()}")


def _lines(part: list[Division]) -> str:
    """Text as COPY reads it: `official.build` lets no tab, backslash or line end into a name."""
    day = as_of()
    return "".join(
        f"{uuid5(NAMESPACE, f'{code}/{level}/{day}')}\t{code}\t{level}\t{name}\n"
        for code, level, name in part
    )
