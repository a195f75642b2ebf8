"""Install reference data: official divisions (the whole country or a subtree), and codes of other systems."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from gongzhi.core.regions import rules
from gongzhi.core.regions.divisions import Division, as_of, divisions, how_many
from gongzhi.core.regions.models import Alias

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
ALIAS_COLUMNS = ("system", "code", "vintage", "name", "region", "level")


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


def install_aliases(connection: BaseDatabaseWrapper, lines: Iterable[str]) -> int:
    """Load codes of other systems from CSV lines with the columns of `ALIAS_COLUMNS`; tells how many are new.

    `region` is the region's code, `level` a number from 1 to 8. Refuses (ValueError, naming the line) a
    missing column and what is no code or level; then nothing is loaded.
    """
    reader = csv.DictReader(lines)
    missing = set(ALIAS_COLUMNS) - set(reader.fieldnames or ())
    if missing:
        raise ValueError(
            f"columns are missing: {', '.join(sorted(missing))}; the first line must name them all"
        )
    aliases = [_alias(row, reader.line_num) for row in reader]
    rows = Alias.objects.using(connection.alias)
    with transaction.atomic(using=connection.alias):
        before = rows.count()
        rows.bulk_create(aliases, ignore_conflicts=True, batch_size=5_000)
        return rows.count() - before


def _alias(row: dict[str, str], line: int) -> Alias:
    try:
        level = rules.Level(int(row["level"]))
        region = rules.interval(rules.parse_code(row["region"]), level)[0]
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error
    named = {column: row[column].strip() for column in ("system", "code", "vintage", "name")}
    return Alias(region_code=region, region_level=level, **named)


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
