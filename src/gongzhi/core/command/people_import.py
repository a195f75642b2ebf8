"""Entering many people from a table: all of them, or none, with every fault by row and column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from gongzhi.core.command.grids import RowError, RowsRefused, Villages
from gongzhi.core.command.people import Numbers, new_person
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.people.models import Household, Person
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import rules
from gongzhi.core.regions.models import Region

COLUMNS = ("name", "phone", "idno", "village", "household", "address")
MOST_ROWS = 2_000
LONGEST = {"name": 60, "household": 40, "address": 200}


def import_people(
    *, actor: Actor, within: tuple[int, int], rows: Sequence[Mapping[str, str]], first_row: int = 2
) -> Answer:
    """Enter the people of a table for the villages inside a region (code, level): all of them, or none.

    Each row has `name` and `village` (code or name), and may have `phone`, `idno`, `household` (a number; made where
    it is new) and `address`. An empty row is passed over. Refuses (RowsRefused) with the row and column of every
    fault, an identity number that somebody has already among them; `first_row` is the spreadsheet's number of the
    first row.
    """
    with change(actor, "people.imported") as c:
        if not actor.may("edit_people", within[0]):
            raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
        if len(rows) > MOST_ROWS:
            raise Refused("too_many", _("一次最多导入 %(n)s 行。") % {"n": MOST_ROWS})
        entry = Entry(c, Villages(rules.interval(*within)))
        for number, row in enumerate(rows, first_row):
            if any(row.values()):
                entry.take(row, number)
        entry.refuse_known()
        if entry.errors:
            raise RowsRefused(sorted(entry.errors, key=lambda error: error.row))
        if not entry.people:
            raise Refused("empty", _("表格里没有人员。"))
        c.about(within[0])
        c.data(people=len(entry.people), households=entry.made)
        return c.answer(people=len(entry.people), households=entry.made)


@dataclass
class Entry:
    """The rows taken so far, with what is wrong in them."""

    c: Change
    villages: Villages
    people: list[Person] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    made: int = 0
    _idnos: dict[bytes, int] = field(default_factory=dict)
    _households: dict[int, dict[str, Household]] = field(default_factory=dict)

    def take(self, row: Mapping[str, str], number: int) -> None:
        """Make the person of one row, or note every fault in it."""
        faults = [RowError(number, column, words) for column, words in self._faults(row)]
        if faults:
            self.errors += faults
            return
        village = self.villages.find(row["village"])[0]
        numbers = Numbers(phone=row.get("phone", ""), idno=row.get("idno", ""))
        person = new_person(
            self.c,
            name=row["name"],
            region_code=village.code,
            numbers=numbers,
            household=self._household(village, row),
        )
        self.people.append(person)
        if person.idno_index is not None:
            twin = self._idnos.setdefault(bytes(person.idno_index), number)
            if twin != number:
                words = _("与第 %(row)s 行的身份证号相同。") % {"row": twin}
                self.errors.append(RowError(number, "idno", words))

    def refuse_known(self) -> None:
        """Note every identity number that a person of the register has already."""
        known = Person.objects.filter(idno_index__in=list(self._idnos)).values_list("idno_index", flat=True)
        for index in known:
            if index is not None:
                words = _("登记册里已有这个身份证号。")
                self.errors.append(RowError(self._idnos[bytes(index)], "idno", words))

    def _faults(self, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if not row.get("name", "").strip():
            yield "name", _("请填写姓名。")
        for column, longest in LONGEST.items():
            if len(row.get(column, "")) > longest:
                yield column, _("太长了，最多 %(n)s 个字。") % {"n": longest}
        for column in ("phone", "idno"):
            try:
                Numbers(**{column: row.get(column, "")}).columns()
            except Refused as refused:
                yield column, refused.message
        found = self.villages.find(row.get("village", ""))
        if len(found) != 1:
            yield (
                "village",
                _("村名重复，请填 12 位代码。") if found else _("没有这个村，请填 12 位代码或全名。"),
            )
        elif not self.c.actor.may("edit_people", found[0].code):
            yield "village", _("您的岗位不能在这个地方办理此事。")

    def _household(self, village: Region, row: Mapping[str, str]) -> Household | None:
        number = row.get("household", "").strip()
        if not number:
            return None
        if village.code not in self._households:
            there = Household.objects.filter(region_code__range=village.interval, closed_on=None)
            self._households[village.code] = {each.number: each for each in there}
        known = self._households[village.code]
        if number not in known:
            address = row.get("address", "").strip()
            known[number] = self.c.create(Household(region_code=village.code, number=number, address=address))
            self.made += 1
        return known[number]
