"""What was erased stays erased: the ledger outlives the backup, and a restore is made to forget again."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked, erase_contact
from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.replaying import Erasure
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from gongzhi.project import demo_home, ledger
from gongzhi.project.refusal import Refusal
from tests import cast
from tests.orders.acting import placed
from tests.project.installations import Installation
from tests.settling import settle

MADE = """
from uuid import UUID
from django.core.files.base import ContentFile
from gongzhi.core.command import people
from gongzhi.core.command.bootstrap import first_admin
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.capabilities.orders.commands import place_order, take_step, Asked, NewOrder
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.capabilities.orders.pictures import Picture
first = first_admin(username="admin", password="x", name="管丽", place=(620724 * 10**12, 3), title="管理")
with enter(person_id=first) as actor:
    people.create_post(actor=actor, role="platform", place=(620724 * 10**12, 3), title="平台")
    made = people.add_person(actor=actor, name="居民甲", region_code=620724101200 * 10**6,
                             numbers=people.Numbers(phone="13912345678"))
for receipt, withdrawn in (("AAAABBBBCCCCDDDD", True), ("EEEEFFFFGGGGHHHH", False)):
    with enter(receipt=hash_receipt(receipt)) as actor:
        new = NewOrder(kind="street_light", region_code=620724101200 * 10**6, region_level=5, receipt=receipt,
                       text="路灯坏了，井盖松动", phone="13755501234", name="贺兰",
                       photos=[Picture(b"jpeg" * 9, 1, 1)])
        done = place_order(actor=actor, new=new, client_id=uuid7())
    if withdrawn:
        with enter(receipt=hash_receipt(receipt)) as actor:
            take_step(actor=actor, asked=Asked(UUID(done["id"]), client_id=uuid7()), step="withdraw")
"""
ERASE = """
from django.db import connections
from gongzhi.core.command.forgetting import erase_person
from gongzhi.core.people.models import Account, Person
from gongzhi.core.permissions.actor import enter
from gongzhi.capabilities.orders.commands import Asked, erase_contact, erase_order
from gongzhi.capabilities.orders.queries import order_by_receipt
from gongzhi.capabilities.orders.rules import hash_receipt
for receipt, command in (("AAAABBBBCCCCDDDD", erase_order), ("EEEEFFFFGGGGHHHH", erase_contact)):
    with enter(receipt=hash_receipt(receipt)) as actor:
        command(actor=actor, asked=Asked(order_by_receipt(actor).id))
admin = Account.objects.get(username="admin").person_id
person = Person.objects.using("owner").get(name="居民甲").id
with enter(person_id=admin) as actor:
    erase_person(actor=actor, person_id=person)
"""
LEFT = (
    "SELECT (SELECT count(*) FROM orders_orderwords WHERE text <> ''),"
    " (SELECT count(*) FROM orders_ordercontact WHERE name <> '' OR phone_enc IS NOT NULL),"
    " (SELECT count(*) FROM people_person WHERE name = '居民甲'),"
    " (SELECT count(*) FROM orders_photo WHERE path <> ''),"
    " (SELECT count(*) FROM command_commandkey k WHERE digest <> '' AND subject_id IN"
    "   (SELECT matter_id FROM orders_orderwords WHERE erased_at IS NOT NULL))"
)
ERASED = (
    "SELECT md5(string_agg(id::text || name || coalesce(data->>'reason', ''), ',' ORDER BY id)) FROM events_event"
    " WHERE name LIKE '%erased'"
)


def run(where: Installation, script: str) -> str:
    return where.run("django", "shell", "--no-imports", "-c", script)


@pytest.fixture
def original(folder: Path) -> Iterator[Installation]:
    made = Installation(folder / "original")
    made.make_database()
    made.run("init", "--pack", "gaotai")
    run(made, MADE)
    yield made
    made.drop_database()


@pytest.fixture
def copy(folder: Path, original: Installation) -> Iterator[Installation]:
    made = Installation(folder / "copy")
    made.home.mkdir()
    made.make_database()
    shutil.copy(original.home / "secrets.json", made.home) if (
        original.home / "secrets.json"
    ).exists() else None
    yield made
    made.drop_database()


def test_a_restore_forgets_again_what_was_erased_after_the_backup(
    original: Installation, copy: Installation, folder: Path
) -> None:
    file = folder / "backup.tar"
    original.run("backup", str(file))
    (beside,) = folder.glob("erasures-*.jsonl")
    run(original, ERASE)
    assert original.query(LEFT)[0] == [1, 0, 0, 1, 0]
    settle(lambda statement: original.query(statement)[0][0])
    run(original, "from gongzhi.project import ledger; print(ledger.follow(), ledger.follow())")
    told = (original.home / "erasures.jsonl").read_text(encoding="utf-8")
    assert told.count("\n") == 1 + 3
    for words in ("贺兰", "居民甲", "井盖"):
        assert words not in told

    assert beside.read_text(encoding="utf-8") == told
    said = copy.run("restore", str(file))
    assert "3 erasures" in said
    assert copy.query(LEFT)[0] == [1, 0, 0, 1, 0]
    assert copy.query(ERASED) == original.query(ERASED)
    assert len(list((copy.home / "media" / "orders").glob("*/*.jpg"))) == 1
    assert "up to date" in copy.run("doctor")
    assert "0 erasures" in copy.run("replay-erasures", str(beside))
    assert "Nothing has drifted" in copy.run("reconcile")


IN_PROCESS = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def an_erased() -> UUID:
    order_id, receipt = placed(phone="13755501234", name="贺兰")
    with enter(receipt=hash_receipt(receipt)) as actor:
        erase_contact(actor=actor, asked=Asked(order_id))
    settle()
    return order_id


def said() -> str:
    return "; ".join(f"{state} {words}" for state, words in ledger.findings())


@IN_PROCESS
def test_each_erasure_is_written_down_once(home: Path) -> None:
    assert "no ledger" in said()
    an_erased()
    assert (ledger.follow(), ledger.follow()) == (1, 0)
    an_erased()
    (home / ledger.BOOKMARK).unlink()
    assert ledger.follow() == 1
    told = ledger.read(ledger.path())
    assert [each.name for each in told.erasures] == ["order.contact_erased"] * 2
    assert ledger.path().stat().st_mode & 0o777 == 0o600
    assert said().startswith("good")


@IN_PROCESS
def test_what_was_torn_off_is_written_again_and_what_was_changed_is_refused(home: Path) -> None:
    an_erased()
    ledger.follow()
    with ledger.path().open("a") as file:
        file.write('{"event": "torn')
    assert len(ledger.read(ledger.path()).erasures) == 1
    an_erased()
    assert ledger.follow() == 1
    assert len(ledger.read(ledger.path()).erasures) == 2
    body = ledger.path().read_text(encoding="utf-8")
    ledger.path().write_text(body.replace("own_wish", "term_over", 1), encoding="utf-8")
    with pytest.raises(Refusal, match="changed at line 2"):
        ledger.replay(ledger.path())
    assert said().startswith("bad")
    ledger.path().write_text(body.replace(body.splitlines(keepends=True)[1], ""), encoding="utf-8")
    with pytest.raises(Refusal, match="changed at line 2"):
        ledger.read(ledger.path())


@IN_PROCESS
def test_the_doctor_sees_a_database_that_went_back_and_a_restore_without_a_ledger(home: Path) -> None:
    order_id, _receipt = placed(phone="13755501234", name="贺兰")
    contact = OrderContact.objects.using("owner").get(order_id=order_id)
    ledger.follow()
    rows = (("orders_ordercontact", contact.id), ("no_such_table", uuid7()))
    gone = Erasure(uuid7(), "order.contact_erased", timezone.now(), order_id, cast.VILLAGE, "own_wish", rows)
    ledger._append([gone])
    assert "bad 1 erasures stand in the ledger and not in the database" in said()
    ledger.owe("2026-11-22T10:00:00+08:00")
    assert "replay-erasures FILE" in said()
    assert (ledger.replay(ledger.path()), ledger.replay(ledger.path())) == (1, 0)
    contact.refresh_from_db(using="owner")
    assert (contact.name, contact.phone_enc, contact.version) == ("", None, 2)
    event = Event.objects.using("owner").get(pk=gone.event)
    assert event.data == {"reason": "own_wish", "replayed": True}
    assert said().startswith("good")


@IN_PROCESS
def test_a_ledger_that_lags_is_told_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.follow()
    an_erased()
    ledger._begin()
    assert said().startswith("good")
    monkeypatch.setattr(ledger, "MINUTES_BEHIND", -1)
    assert "look 1 erasures are not in the ledger yet" in said()


@IN_PROCESS
def test_a_backup_takes_its_own_ledger_and_the_longest(home: Path, tmp_path: Path) -> None:
    an_erased()
    backup = tmp_path / "there" / "backup.tar"
    backup.parent.mkdir()
    beside = ledger.copy_beside(backup)
    own = ledger.name_of()
    (home / ledger.LAST_BACKUP).write_text(str(backup.parent), encoding="utf-8")
    an_erased()
    ledger.follow()
    assert len(ledger.read(beside).erasures) == 2
    foreign = backup.parent / "erasures-0.jsonl"
    foreign.write_bytes(ledger._line({"ledger": "0" * 32}, ledger._digest("", {"ledger": "0" * 32})))
    ledger.path().unlink()
    assert ledger.find(backup, given=None, wanted=own) == beside
    assert ledger.find(backup, given=foreign, wanted=own) == foreign
    beside.unlink()
    assert ledger.find(backup, given=None, wanted=own) is None


def test_a_demo_that_is_forgotten_leaves_no_ledger_and_no_file_of_a_person(tmp_path: Path) -> None:
    with demo_home.making(tmp_path, pack="gaotai"):
        pass
    for name in (ledger.NAME, ledger.BOOKMARK, ledger.OWED, ledger.LOCK):
        (tmp_path / name).touch()
    (tmp_path / "exports" / "of-somebody").mkdir(parents=True)
    demo_home.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []
