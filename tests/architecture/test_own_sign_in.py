"""A sign-in and its second factor are their owner's; what was read of others is told truly: PostgreSQL sees to it."""

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from gongzhi.capabilities.orders.queries import orders_of_phone
from gongzhi.core.command import accounts, people
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Account, Post
from gongzhi.core.permissions.actor import ANYBODY, enter
from tests import cast
from tests.architecture.probes import as_, entering, found, written
from tests.orders.acting import placed

pytestmark = pytest.mark.django_db
REFUSED = "42501"


def refused(statement: str, values: list[Any]) -> bool:
    """Whether a statement of a row that no event guards is refused, or reaches nothing. It is undone."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            reached = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error.__cause__.sqlstate) == REFUSED  # type: ignore[union-attr]
    return reached == 0


# -- sign-ins


def account(username: str) -> Account:
    return Account.objects.get(username=username)


SIGN_IN = "UPDATE people_account SET {} WHERE username = %s"


@pytest.mark.parametrize(
    "who", ["none", "rcpt", "resid", "neigh", "work", "desk", "superv", "seal", "plat", "vill"]
)
def test_nobody_takes_a_sign_in_of_another(who: str) -> None:
    person = cast.find("resident").person_id
    with entering(who):
        for change in (
            "password = 'pbkdf2_sha256$1$x$y'",
            "password = '!'",
            "is_active = false",
            "invited_at = now()",
            "username = 'x'",
            "person_id = NULL",
        ):
            assert refused(SIGN_IN.format(change), ["admin"]), change
        assert refused(SIGN_IN.format("person_id = %s"), [person, "worker"])
        made = "INSERT INTO people_account (id, username, password, person_id, is_active, elders_mode)"
        values = [uuid7(), "sly", "x", cast.find("admin").person_id]
        assert refused(f"{made} VALUES (%s, %s, %s, %s, true, false)", values)


def test_ones_own_sign_in_takes_a_new_password_and_keeps_its_person() -> None:
    with as_("resident"):
        assert not refused(SIGN_IN.format("password = 'pbkdf2_sha256$1$x$y'"), ["resident"])
        for change in ("is_active = false", "invited_at = now()", "username = 'x'", "person_id = NULL"):
            assert refused(SIGN_IN.format(change), ["resident"]), change
    with as_("admin") as actor:
        for change in ("is_active = false", "invited_at = now()"):
            assert refused(SIGN_IN.format(change), ["admin"]), change
            assert refused(SIGN_IN.format(change), ["second_resident"]), change
        assert refused(SIGN_IN.format("password = 'pbkdf2_sha256$1$x$y'"), ["resident"])
        assert refused(SIGN_IN.format("person_id = %s"), [actor.person_id, "resident"])
        assert refused(SIGN_IN.format("username = 'x'"), ["resident"])
        assert not refused(
            SIGN_IN.format("is_active = false, password = '!x', invited_at = now()"), ["resident"]
        )


def test_a_new_sign_in_is_nobodys_until_its_person_is_registered() -> None:
    person = cast.find("admin").person_id
    with enter():
        Account.objects.create_user("newcomer", cast.PASSWORD)
        assert refused(SIGN_IN.format("person_id = %s"), [person, "newcomer"])
        accounts.register_resident(account=account("newcomer"))
        assert account("newcomer").person_id is not None


def test_only_an_invited_sign_in_is_opened_and_the_event_stands_at_its_place() -> None:
    with as_("admin") as actor:
        made = people.add_person(actor=actor, name="新人", region_code=cast.VILLAGE)
        token = accounts.invite(actor=actor, person_id=UUID(made["id"]), username="newworker")["token"]
    with enter() as nobody:
        resident = account("resident").id
        answer = written(
            nobody,
            [],
            function="command_open",
            name="account.opened",
            thread=None,
            data={"account": resident},
        )
        assert answer == REFUSED
        accounts.accept_invitation(actor=ANYBODY, token=token, password=cast.PASSWORD)
    with as_("supervisor"):
        event = found("event", "name = 'account.opened'")
        assert event.columns["region_code"] == cast.VILLAGE
    with enter():
        assert refused(SIGN_IN.format("password = 'x'"), ["newworker"])


FACTOR = "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, %s, '{}', now())"


def test_a_second_factor_is_made_and_taken_away_by_its_owner_or_whoever_manages_him() -> None:
    worker = account("worker").id
    dropped = "DELETE FROM mfa_authenticator WHERE user_id = %s"
    with as_("worker"), connection.cursor() as cursor:
        cursor.execute(FACTOR, [worker, "totp"])
        assert not refused(dropped, [worker])
        assert not refused("UPDATE mfa_authenticator SET last_used_at = now() WHERE user_id = %s", [worker])
        assert refused(
            """UPDATE mfa_authenticator SET data = '{"secret": "x"}' WHERE user_id = %s""", [worker]
        )
        own = account("desk").id
        assert refused("UPDATE mfa_authenticator SET user_id = %s WHERE user_id = %s", [own, worker])
    for who in ("none", "resid", "desk", "vill"):
        with entering(who):
            assert refused(dropped, [worker]), who
            assert refused(FACTOR, [worker, "recovery_codes"]), who
    with as_("admin"):
        assert not refused(dropped, [worker])
        assert refused(FACTOR, [worker, "recovery_codes"])


# -- readings


def test_a_reading_is_told_of_what_one_sees_by_a_post_that_one_holds() -> None:
    order_id, _receipt = placed("resident")
    insertion = (
        "INSERT INTO audit_personaldataread (id, actor, post, person, thread, region_code, fields, reason, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, '{phone}', '核对电话', now())"
    )
    with as_("admin"):
        post = Post.objects.get(role="grid_worker", region_code=cast.OTHER_VILLAGE).id
    stranger = cast.find("second_worker").person_id
    with as_("desk") as actor:
        me, place = actor.pseudonym, cast.VILLAGE
        assert not refused(insertion, [uuid7(), me, None, None, order_id, place])
        assert not refused(insertion, [uuid7(), me, actor.posts[0].id, None, None, cast.TOWN])
        assert refused(insertion, [uuid7(), me, post, None, order_id, place])
        assert refused(insertion, [uuid7(), me, None, stranger, None, place])
        assert refused(insertion, [uuid7(), me, None, None, None, cast.SECOND_VILLAGE])
    for username in ("resident", "neighbour"):
        with as_(username) as actor:
            assert refused(insertion, [uuid7(), actor.pseudonym, None, None, None, cast.VILLAGE]), username


@pytest.mark.parametrize("who", ["desk", "supervisor", "sealed", "village"])
def test_a_search_by_telephone_is_told_at_a_place_of_the_reader(who: str) -> None:
    with as_(who) as actor:
        orders_of_phone(actor, "13912345678", reason="核对来电")
        reading = found("reading", "fields = '{phone_search}' AND actor = %s", actor.pseudonym)
        assert reading.columns["region_code"] in {post.region_code for post in actor.posts}
