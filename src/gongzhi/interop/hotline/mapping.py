"""What the columns of a hotline's file mean, as a YAML file says it."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field, ValidationError, field_validator

from gongzhi.core.definitions.reading import Document, read
from gongzhi.core.definitions.reading import Unreadable as NoYaml
from gongzhi.core.definitions.schema import Body
from gongzhi.interop.hotline.reader import Cell, Unreadable

USUAL_TIMES = [
    f"{day}{clock}"
    for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")
    for clock in (" %H:%M:%S", " %H:%M", "T%H:%M:%S", "")
]


class Columns(Body):
    """Which column is what. A column that is not named here is not read: names of users stay outside."""

    number: str = Field(min_length=1)
    at: str = Field(min_length=1)
    text: str = Field(min_length=1)
    title: str = ""
    place: str = ""
    kind: str = ""
    answer: str = ""
    answered_at: str = ""

    def named(self) -> dict[str, str]:
        """What is asked for, by the column that has it."""
        given = {name: str(getattr(self, name)) for name in type(self).model_fields}
        return {name: column for name, column in given.items() if column}


class Mapping(Body):
    """How to read one source. `source` and the number together name a message once and for all.

    `kind` is the kind of order where the words speak for none; `kinds` reads it from the column `kind` instead.
    """

    source: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    columns: Columns
    kind: str = "other_report"
    kinds: dict[str, str] = Field(default_factory=dict)
    times: list[str] = Field(default_factory=lambda: list(USUAL_TIMES))
    zone: str = ""
    sheet: str = ""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                raise ValueError("no such time zone; Asia/Shanghai is one") from None
        return zone

    def time_of(self, cell: Cell) -> datetime | None:
        """The moment that a cell tells; None where it tells none."""
        zone = ZoneInfo(self.zone) if self.zone else timezone.get_default_timezone()
        if isinstance(cell, datetime):
            return cell if cell.tzinfo else cell.replace(tzinfo=zone)
        for layout in self.times:
            try:
                found = datetime.strptime(cell, layout)  # noqa: DTZ007 - its zone follows
            except ValueError:
                continue
            return found if found.tzinfo else found.replace(tzinfo=zone)
        return None

    def missing(self, columns: list[str]) -> list[str]:
        """The columns that the mapping names and the file has not."""
        return sorted({column for column in self.columns.named().values() if column not in columns})


def load(file: Path) -> Mapping:
    """Read a mapping. Refuses (Unreadable) a file that is none, each fault with its line."""
    try:
        document = read(file)
        return Mapping.model_validate(document.data)
    except OSError as error:
        raise Unreadable(_("没有找到文件 %(file)s。") % {"file": file}) from error
    except NoYaml as error:
        raise Unreadable(f"{file.name}:{error.line}: {error}") from error
    except ValidationError as error:
        raise Unreadable("\n".join(_faults(document, error))) from error


def _faults(document: Document, error: ValidationError) -> list[str]:
    return [
        f"{document.file.name}:{document.line(fault['loc'])}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        for fault in error.errors()
    ]
