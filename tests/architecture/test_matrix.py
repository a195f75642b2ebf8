"""The matrix of cast, table and row: who reads (s), changes (u) and adds (i), as PostgreSQL itself answers.

Nothing of the application stands between: each cell enters as one of the cast and asks the database. Changing and
adding go through `command_write`, with their event, as the web role; what it did is undone at once.
"""

from typing import Any

import pytest

from tests.architecture import probes
from tests.architecture.probes import Row
from tests.architecture.test_database import OPEN_TO_ALL, our_tables

pytestmark = pytest.mark.django_db

# The columns are short; `probes.CAST` says whom each means. `rcpt` presents the receipt of that very order.
# own: in the cast's village, reported by the resident, in the hands of the worker.
# town: in the other township. sealed: in the village, about its own people. county: in the county next door.
# free: open to helpers and held by nobody. taken: in the hands of the volunteer.
ORDERS = """
        none rcpt wrong resid neigh work owork vill desk odesk cnty superv admin seal plat vol
own     .    sui  .     sui   .     sui  .     sui  sui  .     sui  s      .     .    sui  .
town    .    sui  .     .     .     .    sui   .    .    sui   sui  s      .     .    sui  .
sealed  .    sui  .     .     .     .    .     .    .    .     .    .      .     sui  .    .
county  .    sui  .     .     .     .    .     .    .    .     .    .      .     .    .    .
free    .    sui  .     .     .     sui  .     sui  sui  .     sui  s      .     .    sui  .
taken   .    sui  .     .     .     sui  .     sui  sui  .     sui  s      .     .    sui  sui
"""

# own, town, county: of the village, the other township, the county next door. self: the asker's own row; a dash where
# there is none. The tenures are the worker's, the outside worker's, the sealed officer's, and one next door. Events of
# the register stand without a case, and are told by whoever keeps it there. The drill in the other township rings the
# worker's post, which answers it.
REGISTER = """
                  none rcpt wrong resid neigh work owork vill desk odesk cnty superv admin seal plat vol
person own        .    .    .     .     .     .    .     sui  s    .     s    .      sui   .    .    .
person town       .    .    .     .     .     .    .     .    .    s     s    .      sui   .    .    .
person county     .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
person self       -    -    -     s     s     s    s     sui  s    s     s    s      sui   s    -    s
household own     .    .    .     .     .     .    .     sui  s    .     s    .      sui   .    .    .
household town    .    .    .     .     .     .    .     .    .    s     s    .      sui   .    .    .
household county  .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
roster own        .    .    .     .     .     .    .     sui  s    .     s    .      sui   .    .    .
roster town       .    .    .     .     .     .    .     .    .    s     s    .      sui   .    .    .
roster county     .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
unit own          s    s    s     s     s     s    s     sui  s    s     s    s      sui   s    s    s
unit county       s    s    s     s     s     s    s     s    s    s     s    s      s     s    s    s
post own          s    s    s     s     s     s    s     s    s    s     s    s      sui   s    s    s
post county       s    s    s     s     s     s    s     s    s    s     s    s      s     s    s    s
tenure own        .    .    .     .     .     s    .     s    s    .     s    .      sui   .    .    .
tenure town       .    .    .     .     .     .    s     .    .    s     s    .      sui   .    .    .
tenure sealed     .    .    .     .     .     .    .     .    .    .     s    .      sui   s    .    .
tenure county     .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
region own        s    s    s     s     s     s    s     s    s    s     s    s      sui   s    s    s
region county     s    s    s     s     s     s    s     s    s    s     s    s      s     s    s    s
joint own         s    s    s     s     s     s    s     s    s    s     s    s      sui   s    s    s
member own        s    s    s     s     s     s    s     s    s    s     s    s      sui   s    s    s
succession own    s    s    s     s     s     s    s     s    s    s     s    s      si    s    s    s
reading own       .    .    .     s     .     .    .     .    si   .     .    s      s     .    .    .
reading county    .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
event own         .    .    .     .     .     .    .     i    .    .     .    s      si    .    .    .
event county      .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
subject own       .    .    .     .     .     .    .     .    .    .     .    s      s     .    .    .
view own          .    .    .     .     .     .    .     .    .    .     .    .      sui   .    .    .
reply own         .    .    .     .     .     .    .     .    .    .     .    .      sui   .    .    .
feed own          .    .    .     .     .     .    .     .    .    .     .    .      sui   .    .    .
wechat own        .    .    .     .     .     .    .     .    .    .     .    .      sui   .    .    .
key own           .    .    .     .     .     .    .     .    .    .     .    .      sui   .    .    .
trained own       .    .    .     .     .     s    s     s    s    s     si   s      .     .    si   .
trained county    .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
inuse own         .    .    .     .     .     s    s     s    s    s     sui  s      .     .    sui  .
drill own         .    .    .     .     .     sui  .     sui  sui  .     sui  s      .     .    sui  .
drill town        .    .    .     .     .     su   sui   .    .    sui   sui  s      .     .    sui  .
drill county      .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
drillring own     .    .    .     .     .     sui  .     sui  sui  .     sui  s      .     .    sui  .
drillring town    .    .    .     .     .     su   sui   .    .    sui   sui  s      .     .    sui  .
drillring county  .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
inuse county      .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
hotrun own        .    .    .     .     .     s    s     s    s    s     s    s      .     .    sui  .
hotrun county     .    .    .     .     .     .    .     .    .    .     .    .      .     .    .    .
"""

Cells = dict[str, dict[str, str]]


def read(table: str) -> Cells:
    """Each row's name, with the letters of each member of the cast; a dot is nothing."""
    head, *lines = table.strip("\n").splitlines()
    names = head.split()
    assert names == list(probes.CAST)
    found = {}
    for line in lines:
        words = line.split()
        label = words[: len(words) - len(names)]
        cells = [cell.strip(".-") for cell in words[len(label) :]]
        found[" ".join(label)] = dict(zip(names, cells, strict=True))
    return found


WRITTEN_BY: dict[str, set[str]] = {
    "consent": {"rcpt", "resid"},
    "summary": set(probes.CAST) - {"rcpt", "resid", "vol"},
    "follower": set(),
    "hot": {"plat"},
}
"""Consent is the reporter's alone, a summary the place's, hot spots the platform's; followers write by a function."""


def expected_of(row: Row, cells: dict[str, str]) -> dict[str, str]:
    """What belongs to an order follows the order, but for some things.

    A note among staff is not shown to whoever reported, nor who follows. A helper writes in the order that he took and
    makes none. Some rows are written by a few alone (WRITTEN_BY).
    Of events and their subjects nothing ever changes; and nothing is added to an event that is over.
    """
    if row.name == "note":
        return cells | {who: "i" for who in ("rcpt", "resid") if cells[who]}
    if row.name in WRITTEN_BY:
        writers = WRITTEN_BY[row.name]
        unseen = {"rcpt", "resid"} if row.name == "follower" else set()
        return {
            who: "" if who in unseen else cell if who in writers else cell.strip("ui")
            for who, cell in cells.items()
        }
    if row.name in {"matter", "order"}:
        return cells | {"vol": cells["vol"].strip("i")}
    never = {"event": "u", "subject": "ui"}.get(row.name, "")
    return {who: "".join(letter for letter in cell if letter not in never) for who, cell in cells.items()}


@pytest.mark.parametrize("name", read(ORDERS))
def test_an_order_and_all_that_belongs_to_it(name: str) -> None:
    case = probes.an_order(name)
    cells = read(ORDERS)[name]
    never = probes.NEVER_OF_A_SEALED if name == "sealed" else set()
    assert {row.name for row in case.rows} == probes.OF_AN_ORDER - never
    found: dict[str, dict[str, str]] = {row.name: {} for row in case.rows}
    for who in probes.CAST:
        with probes.entering(who, case.receipt) as actor:
            for row in case.rows:
                found[row.name][who] = probes.letters(actor, row)
    assert {row.name: differing(found[row.name], expected_of(row, cells)) for row in case.rows} == {
        row.name: {} for row in case.rows
    }


@pytest.mark.parametrize("name", read(REGISTER))
def test_people_posts_places_and_what_is_written_of_them(name: str) -> None:
    row = None if name.endswith(" self") else probes.of_the_register(name)
    found = {}
    for who, cell in read(REGISTER)[name].items():
        own = row or probes.own_person(who)
        if own is None:
            found[who] = cell
            continue
        with probes.entering(who) as actor:
            found[who] = probes.letters(actor, own)
    assert differing(found, read(REGISTER)[name]) == {}


def test_the_matrix_leaves_out_no_table() -> None:
    assert sorted((our_tables() - set(OPEN_TO_ALL)) ^ set(probes.TABLES.values())) == []
    rows = {name.split()[0] for name in read(REGISTER)} | probes.OF_AN_ORDER
    assert sorted(set(probes.TABLES) - rows) == []


def differing(found: dict[str, str], expected: dict[str, str]) -> dict[str, Any]:
    """Where the database answers otherwise than the matrix says."""
    return {
        who: f"{found[who] or 'nothing'}, not {cell or 'nothing'}"
        for who, cell in expected.items()
        if found[who] != cell
    }
