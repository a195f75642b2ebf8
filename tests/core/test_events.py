"""PostgreSQL itself refuses a change without its event, an edit of an event, and a read without a setting."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections, transaction

from gongzhi.core.command.forgetting import erase_person
from gongzhi.core.command.people import add_person
from gongzhi.core.command.running import Change, _Encoder, change
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event, EventSubject
from gongzhi.core.people.models import Account, Household, Person
from gongzhi.core.permissions.actor import enter
from tests import cast

pytestmark = pytest.mark.django_db


def as_admin() -> Any:
    return enter(person_id=cast.find("admin").person_id)


def refused(statement: str, parameters: list[Any] | None = None, using: str = "default") -> str:
    """What PostgreSQL answers to a statement that it must refuse: its SQLSTATE."""
    cursor = connections[using].cursor()
    with pytest.raises(DatabaseError) as caught, transaction.atomic(using=using), cursor:
        cursor.execute(statement, parameters)
    return str(caught.value.__cause__.sqlstate)  # type: ignore[union-attr]


def a_person() -> UUID:
    with as_admin() as actor:
        return UUID(add_person(actor=actor, name="试者", region_code=cast.VILLAGE)["id"])


def test_it_sees_nothing_without_a_setting() -> None:
    with transaction.atomic():
        assert Person.objects.count() == 0
        assert Event.objects.count() == 0


def test_it_refuses_an_update_without_an_event() -> None:
    person = a_person()
    with as_admin():
        assert refused("UPDATE people_person SET name = 'x' WHERE id = %s", [person]) == "GZ001"
        sly = "UPDATE people_person SET name = 'x', version = version + 1, event_id = %s WHERE id = %s"
        assert refused(sly, [uuid7(), person]) == "GZ001"


def test_it_refuses_a_bulk_update_and_a_bulk_insert() -> None:
    a_person()
    with as_admin():
        with pytest.raises(DatabaseError), transaction.atomic():
            Person.objects.update(name="x")
        rows = [Household(region_code=cast.VILLAGE, number=str(n), event_id=uuid7()) for n in range(3)]
        with pytest.raises(DatabaseError), transaction.atomic():
            Household.objects.bulk_create(rows)


def test_it_refuses_to_reuse_an_event_of_another_transaction() -> None:
    person = a_person()
    with as_admin():
        old = Person.objects.get(pk=person).event_id
        again = "UPDATE people_person SET name = 'x', version = version + 1, event_id = %s WHERE id = %s"
        assert refused(again, [old, person]) == "GZ001"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_it_refuses_to_edit_or_delete_an_event_even_to_the_owner() -> None:
    a_person()
    event = Event.objects.using("owner").order_by("-id").first()
    assert event is not None
    for statement in (
        "UPDATE events_event SET name = 'x' WHERE id = %s",
        "DELETE FROM events_event WHERE id = %s",
    ):
        assert refused(statement, [event.id], using="owner") == "GZ002"
    for table in ("events_event", "people_person", "workflow_matter"):
        assert refused(f"TRUNCATE {table} CASCADE", using="owner") == "GZ002"
    assert refused("DELETE FROM people_person", using="owner") == "GZ001"


def test_it_refuses_the_web_role_to_delete_or_edit_events() -> None:
    with as_admin():
        assert refused("UPDATE events_event SET name = 'x'") == "42501"
        assert refused("DELETE FROM events_event") == "42501"
        assert refused("DELETE FROM people_person") == "42501"


def pretend(person: UUID) -> None:
    """Write an event that names a change of the person that does not happen."""
    with as_admin() as actor:
        with change(actor, "person.pretended") as c:
            c.about(cast.VILLAGE)
        EventSubject.objects.create(
            table_name="people_person", row_id=person, version=99, event_id=c.event_id
        )


def test_it_refuses_an_event_whose_subject_did_not_change() -> None:
    person = a_person()
    with pytest.raises(DatabaseError) as caught:
        pretend(person)
    assert caught.value.__cause__.sqlstate == "GZ003"  # type: ignore[union-attr]


def test_it_refuses_rows_of_another_county_to_the_web_role() -> None:
    with as_admin() as actor:
        row = Household(region_code=cast.OTHER_COUNTY, number="1")
        with change(actor, "household.added") as c:
            c.create(row)
            text = _written(c)
    assert text == "42501"


def _written(c: Change) -> str:
    """What the database answers to a change; nothing is left of it."""
    document = {"event": c._event, "rows": c._rows}
    with connection.cursor() as cursor:
        cursor.execute("SELECT command_write(%s::jsonb)", [json.dumps(document, cls=_Encoder)])
        answer: str = cursor.fetchone()[0]
    c._rows, c._written = [], True
    return answer


def test_erasing_a_person_leaves_the_events_whole() -> None:
    person = a_person()
    with as_admin() as actor:
        before = Event.objects.count()
        pseudonym = Person.objects.get(pk=person).pseudonym
        Account.objects.create_user("shi-zhe", "a-long-test-password", person_id=person)
        erase_person(actor=actor, person_id=person)
        account = Account.objects.get(person=person)
        assert not account.is_active
        assert "shi" not in account.username
        assert not account.has_usable_password()
        row = Person.objects.get(pk=person)
        assert (row.name, row.pseudonym, row.phone_enc) == ("", None, None)
        assert pseudonym is not None
        assert Event.objects.count() == before + 1
        assert not Event.objects.filter(data__icontains="试者").exists()


@pytest.mark.parametrize("forged", ["thread", "post", "caused_by"])
def test_registering_writes_into_no_other_history(forged: str) -> None:
    with enter() as nobody, change(nobody, "person.registered") as c:
        c.create(Person(name="甲", region_code=cast.VILLAGE))
        document = {"event": {**c._event, forged: uuid7()}, "rows": c._rows}
        c._rows, c._written = [], True
        with connection.cursor() as cursor:
            cursor.execute("SELECT command_register(%s::jsonb)", [json.dumps(document, cls=_Encoder)])
            assert cursor.fetchone()[0] == "42501"


def test_registering_takes_one_new_person_and_nothing_else() -> None:
    with enter() as nobody, change(nobody, "person.registered") as c:
        c.create(Person(name="甲", region_code=cast.VILLAGE))
        c.create(Person(name="乙", region_code=cast.VILLAGE))
        document = {"event": c._event, "rows": c._rows}
        c._rows, c._written = [], True
        with connection.cursor() as cursor:
            cursor.execute("SELECT command_register(%s::jsonb)", [json.dumps(document, cls=_Encoder)])
            assert cursor.fetchone()[0] == "42501"


def test_who_waited_for_a_row_happens_after_whom_he_waited_for() -> None:
    person = a_person()
    with as_admin() as actor, change(actor, "person.renamed") as late:
        with change(actor, "person.renamed") as soon:
            soon.update(soon.lock(Person, person), name="甲")
            soon.about(cast.VILLAGE)
        late.update(late.lock(Person, person), name="乙")
        late.about(cast.VILLAGE)
    with as_admin():
        told = Event.objects.filter(id__in=[soon.event_id, late.event_id]).order_by("id")
        assert [each.id for each in told] == [soon.event_id, late.event_id]
        assert told[0].recorded_at <= told[1].recorded_at
