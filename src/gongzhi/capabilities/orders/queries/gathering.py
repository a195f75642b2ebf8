"""All that belongs to one matter, from several tables, in one statement: round trips cost more than rows."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
MOST_ROWS = 300
"""The most rows of one table that a page shows."""


class Gathered:
    """What was found, by model, in order of the ids."""

    def __init__(self, rows: Mapping[type[models.Model], list[models.Model]]) -> None:
        self._rows = rows

    def all(self, model: type[Row]) -> list[Row]:
        """The rows of one model."""
        return cast("list[Row]", self._rows[model])

    def one(self, model: type[Row]) -> Row | None:
        """The only row of a model, if there is one."""
        return next(iter(self.all(model)), None)


def gather(
    matter_id: UUID,
    columns: Mapping[type[models.Model], str],
    *,
    beside: Mapping[type[models.Model], tuple[str, list[UUID]]] | None = None,
) -> Gathered:
    """The rows of each model whose column (`columns[model]`) names the matter: MOST_ROWS of each at most.

    `beside`: rows of other models whose column names one of some ids, in the same statement.
    """
    quote = connection.ops.quote_name
    others = beside or {}
    named = {model: (column, [matter_id]) for model, column in columns.items()} | dict(others)
    wanted = list(named.items())
    parts = [
        f"(SELECT {number}, to_jsonb(t) FROM {quote(model._meta.db_table)} t "  # noqa: S608 - our own names
        f"WHERE t.{quote(column)} = ANY(%s::uuid[]) ORDER BY t.id LIMIT {MOST_ROWS})"
        for number, (model, (column, _ids)) in enumerate(wanted)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [ids for _model, (_column, ids) in wanted])
        found = cursor.fetchall()
    rows: dict[type[models.Model], list[models.Model]] = {model: [] for model in named}
    for number, document in found:
        model = wanted[number][0]
        rows[model].append(_row(model, json.loads(document) if isinstance(document, str) else document))
    for each in rows.values():
        each.sort(key=lambda row: cast(UUID, row.pk))
    return Gathered(rows)


def _row(model: type[models.Model], document: dict[str, Any]) -> models.Model:
    fields = model._meta.concrete_fields
    values = [_value(field, document[field.column or field.attname]) for field in fields]
    return model.from_db("default", [field.attname for field in fields], values)


def _value(field: Any, told: Any) -> Any:
    if told is None or isinstance(field, models.JSONField):
        return told
    if isinstance(field, models.BinaryField):
        return bytes.fromhex(told.removeprefix("\\x"))
    return field.to_python(told)
