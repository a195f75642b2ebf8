"""What is one's own is not one's own to change at will: PostgreSQL lets through what the commands mean, and no more.

Every test speaks to the database as the web role, past the commands, with the settings of the member it enters as.
"""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from gongzhi.core.command import forgetting, people
from gongzhi.core.command.running import _Encoder
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Household, Person, Post, RosterEntry, Tenure
from gongzhi.workflow.models import Matter
from tests import cast
from tests.architecture.probes import as_, entering, found, written
from tests.architecture.test_refusals import insert, update
from tests.orders.acting import dispatched, placed, step

pytestmark = pytest.mark.django_db
REFUSED = "42501"
LATER = timezone.now().isoformat()


def told(name: str, *, rows: list[dict[str, Any]] = [], **event: Any) -> str:  # noqa: B006 - never changed
    """What the database says to an event once its transaction ends: its answer, or the SQLSTATE."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NULLIF(current_setting('gz.actor', true), '')")
        actor = cursor.fetchone()[0]
        now = timezone.now()
        document = {
            "id": uuid7(),
            "name": name,
            "actor": actor,
            "occurred_at": now,
            "recorded_at": now,
            "data": {},
        }
        document |= event
        given = [each | {"row": each["row"] | {"event_id": document["id"]}} for each in rows]
        sent = json.dumps({"event": document, "rows": given}, cls=_Encoder)
        try:
            with transaction.atomic():
                cursor.execute("SELECT command_write(%s::jsonb)", [sent])
                answer: str = cursor.fetchone()[0]
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
                transaction.set_rollback(True)
        except DatabaseError as error:
            return str(error.__cause__.sqlstate)  # type: ignore[union-attr]
    return answer


# -- events


@pytest.mark.parametrize(
    "who", ["none", "rcpt", "resid", "work", "owork", "desk", "superv", "seal", "plat", "vol"]
)
def test_nobody_tells_of_a_place_where_he_keeps_no_register(who: str) -> None:
    with entering(who):
        for name in ("post.granted", "account.opened", "person.erased", "person.registered"):
            assert told(name, region_code=cast.VILLAGE) in {REFUSED, "GZ003"}, name
            assert told(name) in {REFUSED, "GZ003"}, name


@pytest.mark.parametrize("who", ["vill", "admin"])
def test_who_keeps_a_register_tells_of_his_own_places_alone(who: str) -> None:
    with entering(who):
        assert told("account.invited", region_code=cast.VILLAGE) == ""
        assert told("account.invited", region_code=cast.SECOND_VILLAGE) == REFUSED
        assert told("account.invited") == REFUSED


def test_nobody_tells_of_a_case_that_is_none() -> None:
    with as_("resident"):
        assert told("order.placed", thread=uuid7(), region_code=cast.VILLAGE) == "GZ003"


def test_an_event_claims_no_row_that_it_did_not_make() -> None:
    with as_("admin"):
        region = found("region", f"code = {cast.VILLAGE} AND level = 5").columns["id"]
    with as_("village") as actor, connection.cursor() as cursor:
        event = uuid7()
        cursor.execute(
            "INSERT INTO events_event (id, name, region_code, actor, occurred_at, recorded_at, data)"
            " VALUES (%s, 'region.renamed', %s, %s, now(), now(), '{}')",
            [event, cast.VILLAGE, actor.pseudonym],
        )
        cursor.execute(
            "INSERT INTO events_eventsubject (table_name, row_id, version, event_id)"
            " VALUES ('regions_region', %s, 1, %s)",
            [region, event],
        )
        with pytest.raises(DatabaseError, match="did not happen"), transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


# -- one's row in the register

ERASED = {
    "name": "",
    "pseudonym": None,
    "phone_enc": None,
    "phone_index": None,
    "idno_enc": None,
    "idno_index": None,
    "erased_at": LATER,
}


@pytest.mark.parametrize("who", ["resident", "worker", "desk", "sealed", "volunteer"])
def test_a_person_changes_nothing_of_his_own_row(who: str) -> None:
    with as_(who) as actor:
        me = Person.objects.get(pk=actor.person_id)
        changes: list[dict[str, Any]] = [
            {"name": "别人"},
            {"region_code": cast.SECOND_VILLAGE},
            {"pseudonym": str(uuid7())},
            {"pseudonym": None},
            {"phone_enc": None, "phone_index": None},
            {"idno_index": "\\x00"},
            {"erased_at": LATER},
            ERASED | {"region_code": cast.SECOND_VILLAGE},
            ERASED | {"pseudonym": str(uuid7())},
            {},
        ]
        answers = [written(actor, [update("people_person", me, **each)]) for each in changes]
        assert answers == [REFUSED] * len(changes)


def test_a_person_may_be_forgotten_at_his_own_wish() -> None:
    with as_("resident") as actor:
        me = Person.objects.get(pk=actor.person_id)
        erasure = [update("people_person", me, **ERASED)]
        assert told("person.erased", rows=erasure, region_code=me.region_code) == ""
        assert told("person.renamed", rows=erasure, region_code=me.region_code) == REFUSED


def test_nobody_is_given_anothers_past() -> None:
    with as_("village") as actor:
        one, other = Person.objects.filter(erased_at=None).order_by("id")[:2]
        assert written(actor, [update("people_person", one, pseudonym=str(uuid7()))]) == REFUSED
        assert written(actor, [update("people_person", one, pseudonym=None)]) == REFUSED
        assert written(actor, [update("people_person", one, name="甲")]) == ""
        swap = [
            update("people_person", other, **ERASED),
            update("people_person", one, pseudonym=str(other.pseudonym)),
        ]
        assert written(actor, swap) == REFUSED


def test_who_was_erased_stays_erased() -> None:
    with as_("village") as actor:
        made = people.add_person(actor=actor, name="试者", region_code=cast.VILLAGE)
        forgetting.erase_person(actor=actor, person_id=UUID(made["id"]))
        gone = Person.objects.get(pk=made["id"])
        for values in (
            {"erased_at": None},
            {"name": "试者"},
            {"phone_index": "\\x00"},
            {"pseudonym": str(uuid7())},
        ):
            assert written(actor, [update("people_person", gone, **values)]) == REFUSED


def test_nobody_is_put_into_a_household_or_on_a_roster_of_elsewhere() -> None:
    with as_("second_admin") as actor:
        made = people.add_household(actor=actor, region_code=cast.SECOND_VILLAGE, number="1")
        foreign = Household.objects.get(pk=made["id"])
        stranger = Person.objects.filter(region_code=cast.SECOND_VILLAGE).first()
    assert stranger is not None
    with as_("village") as actor:
        me = Person.objects.get(pk=actor.person_id)
        assert written(actor, [update("people_person", me, household_id=foreign.id)]) == REFUSED
        assert (
            written(actor, [insert("people_person", me, pseudonym=uuid7(), household_id=foreign.id)])
            == REFUSED
        )
        row = RosterEntry(
            roster="volunteers", person=stranger, region_code=cast.VILLAGE, valid_from=timezone.localdate()
        )
        assert written(actor, [insert("people_rosterentry", row)]) == REFUSED
        row.person = me
        assert written(actor, [insert("people_rosterentry", row)]) == ""


# -- posts


def test_a_post_keeps_its_role_and_its_place() -> None:
    with as_("admin") as actor:
        post = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)
        for values in (
            {"role": "desk"},
            {"role": "county_sealed"},
            {"region_code": cast.NEXT_VILLAGE},
            {"region_level": 6},
            {"valid_from": "2020-01-01"},
        ):
            assert written(actor, [update("people_post", post, **values)]) == REFUSED
        assert written(actor, [update("people_post", post, title="网格员", on_duty=False)]) == ""
        ended = [update("people_post", post, valid_to="2026-01-01")]
        assert written(actor, ended) == ""


def test_the_platforms_post_is_held_by_nobody() -> None:
    with as_("admin") as actor:
        tenure = Tenure.objects.get(post__role="grid_worker", region_code=cast.VILLAGE)
        platform = Post.objects.get(role="platform", region_code=cast.COUNTY)
        place = {"post_id": platform.id, "region_code": cast.COUNTY, "granted_by": actor.pseudonym}
        given = [insert("people_tenure", tenure, **place, person_id=cast.find("neighbour").person_id)]
        assert written(actor, given) == REFUSED


# -- one's own order

REPORTED: dict[str, Any] = {
    "region_code": cast.SECOND_VILLAGE,
    "region_level": 4,
    "kind": "x",
    "kind_id": str(uuid7()),
    "family": "service",
    "flow_id": str(uuid7()),
    "deadline_id": str(uuid7()),
    "urgent": True,
    "quarantined": True,
    "fulfilled_by": str(uuid7()),
}
NEVER: dict[str, Any] = {
    "number": "X1",
    "source": "hotline",
    "subject": "x",
    "recorded_at": "2020-01-01T00:00:00Z",
    "occurred_at": "2020-01-01T00:00:00Z",
    "reporter": str(uuid7()),
    "receipt_hash": "0" * 64,
    "assisted_by": str(uuid7()),
    "sealed_to": str(uuid7()),
}


def test_who_reported_an_order_says_neither_what_nor_where_nor_whose_it_is() -> None:
    order_id, _receipt = placed("resident")
    dispatched(order_id)
    with as_("desk"):
        other = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE)
    with as_("resident") as actor:
        mine = Matter.objects.get(pk=order_id)
        for column, value in (REPORTED | NEVER | {"holder_id": other.id}).items():
            answer = told(
                "order.added_to", rows=[update("workflow_matter", mine, **{column: value})], thread=order_id
            )
            assert answer in {REFUSED, "GZ409"}, column
        assert actor.pseudonym == mine.reporter
    step("resident", order_id, "withdraw")


def test_where_and_when_an_order_came_from_never_changes() -> None:
    order_id, _receipt = placed("resident")
    with as_("desk") as actor:
        matter = Matter.objects.get(pk=order_id)
        for column, value in NEVER.items():
            assert written(actor, [update("workflow_matter", matter, **{column: value})]) == REFUSED, column
        assert written(actor, [update("workflow_matter", matter, urgent=True)]) == ""
        forgotten = update("workflow_matter", matter, reporter=None, receipt_hash=None)
        assert written(actor, [forgotten]) == ""
