"""Keys are replaced while people work: numbers are found before, during and after, and none is lost."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from gongzhi.capabilities.orders.models import OrderContact
from gongzhi.core.command import keys
from gongzhi.core.command.people import Numbers, add_person, unmasked
from gongzhi.core.events.models import Event
from gongzhi.core.people import cipher
from gongzhi.core.people.models import Person
from gongzhi.core.permissions.actor import enter
from gongzhi.project.secrets import LiveKeys, add_keys, drop_old_keys, read_or_make
from tests import cast
from tests.orders.acting import placed

PHONE, IDNO = "13911112222", "11010519491231002X"

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def ring(tmp_path: Path, settings: Any) -> Path:
    """A secrets file of this test's own, with the installation's key as its first."""
    path = tmp_path / "secrets.json"
    read_or_make(path)
    held = settings.SECRETS_PATH.read_text(encoding="utf-8")
    path.write_text(held, encoding="utf-8")
    settings.SECRETS_PATH = path
    settings.FIELD_KEYS = LiveKeys(path, "field_keys")
    settings.INDEX_KEYS = LiveKeys(path, "index_keys")
    return path


def a_person(*, phone: str = PHONE, idno: str = "") -> UUID:
    with enter(person_id=cast.find("admin").person_id) as actor:
        numbers = Numbers(phone=phone, idno=idno)
        return UUID(add_person(actor=actor, name="试者", region_code=cast.VILLAGE, numbers=numbers)["id"])


def owned(model: Any, **found_by: Any) -> Any:
    return model.objects.using("owner").get(**found_by)


def test_every_number_stands_under_the_new_key_and_reads_as_before(ring: Path) -> None:
    person, (order, _) = a_person(idno=IDNO), placed(phone=PHONE)
    before = owned(Person, pk=person)
    newest = add_keys(ring)
    assert keys.rotate_keys() == {}
    after, contact = owned(Person, pk=person), owned(OrderContact, order_id=order)
    assert {cipher.key_of(stored) for stored in (after.phone_enc, after.idno_enc, contact.phone_enc)} == {
        newest
    }
    assert (unmasked(after, "phone"), unmasked(after, "idno"), unmasked(contact, "phone")) == (
        PHONE,
        IDNO,
        PHONE,
    )
    assert bytes(after.phone_index) == bytes(contact.phone_index) == cipher.blind_index(PHONE)
    assert bytes(after.phone_index) != bytes(before.phone_index)
    assert sum(keys.waiting_rows().values()) == 0


def test_each_batch_is_one_event_that_tells_no_number(ring: Path) -> None:
    a_person()
    newest = add_keys(ring)
    keys.rotate_keys(batch=5)
    events = Event.objects.using("owner").filter(name="keys.rotated")
    told = [event.data for event in events if event.data["table"] == "people_person"]
    assert {data["key"] for data in told} == {newest}
    assert sum(data["rows"] for data in told) == Person.objects.using("owner").exclude(phone_enc=None).count()
    assert max(data["rows"] for data in told) == 5
    assert not any(PHONE in str(data) for data in told)
    versions = {event.id for event in events}
    assert {row.event_id for row in Person.objects.using("owner").exclude(phone_enc=None)} <= versions


def test_a_number_is_found_while_only_half_of_the_rows_are_done(ring: Path) -> None:
    person = a_person()
    old = cipher.blind_index(PHONE)
    add_keys(ring)
    assert cipher.blind_index(PHONE) != old
    assert old in cipher.blind_indexes(PHONE)
    assert owned(Person, phone_index__in=cipher.blind_indexes(PHONE)).id == person
    assert unmasked(owned(Person, pk=person), "phone") == PHONE


def test_a_rotation_that_was_stopped_goes_on_where_it_stood(ring: Path) -> None:
    a_person()
    add_keys(ring)

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keys.rotate_keys(batch=3, progress=stop)
    half = sum(keys.waiting_rows().values())
    done = {row.id: row.version for row in Person.objects.using("owner").exclude(phone_enc=None)}
    seen: list[tuple[int, int | None]] = []
    assert keys.rotate_keys(progress=lambda *step: seen.append(step)) == {}
    assert seen[-1] == (half, half)
    assert sum(keys.waiting_rows().values()) == 0
    twice = [row for row in Person.objects.using("owner").filter(id__in=done) if row.version > 2]
    assert twice == []
    assert keys.rotate_keys() == {}


def test_it_leaves_and_names_the_row_whose_number_another_row_bears_already(ring: Path) -> None:
    first = a_person(idno=IDNO)
    add_keys(ring)
    a_person(phone="13911113333", idno=IDNO)  # under the new key the database cannot see that it is the same
    assert keys.rotate_keys() == {"people_person": [first]}
    assert keys.waiting_rows()["people_person"] == 1
    assert unmasked(owned(Person, pk=first), "idno") == IDNO


def test_old_keys_are_dropped_only_when_nothing_needs_them(ring: Path) -> None:
    from gongzhi.project import keys as command
    from gongzhi.project.refusal import Refusal

    person = a_person()
    add_keys(ring)
    with pytest.raises(Refusal, match="people_person"):
        command.drop_old()
    assert command.rotate() == 0
    command.drop_old()
    assert list(read_or_make(ring).field_keys) == [cipher.newest_key()]
    assert unmasked(owned(Person, pk=person), "phone") == PHONE
    assert owned(Person, phone_index=cipher.blind_index(PHONE)).id == person


def test_second_factors_come_under_the_new_key_too(ring: Path) -> None:
    from allauth.mfa.models import Authenticator

    from gongzhi.core.people.models import Account
    from gongzhi.project import keys as command
    from gongzhi.project.accounts import MfaAdapter

    account = Account.objects.using("owner").get(username="desk")
    secret = MfaAdapter().encrypt("JBSWY3DPEHPK3PXP")
    Authenticator.objects.using("owner").create(user=account, type="totp", data={"secret": secret})
    assert command.rotate() == 0
    data = Authenticator.objects.using("owner").get(user=account).data
    assert cipher.key_of(bytes.fromhex(data["secret"])) == max(read_or_make(ring).field_keys) != "k0001"
    assert MfaAdapter().decrypt(data["secret"]) == "JBSWY3DPEHPK3PXP"


def test_without_its_key_a_number_cannot_be_read(ring: Path) -> None:
    person = a_person()
    add_keys(ring)
    drop_old_keys(ring)
    with pytest.raises(KeyError):
        unmasked(owned(Person, pk=person), "phone")


def test_every_encrypted_column_of_the_database_is_rotated() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE a.attname LIKE '%\\_enc' AND c.relkind = 'r'"
            " AND c.relnamespace = current_schema()::regnamespace"
        )
        there = set(cursor.fetchall())
    known = {
        (model._meta.db_table, column)
        for model in keys.encrypted_models()
        for column in keys.encrypted_columns(model)
    }
    assert known == there
