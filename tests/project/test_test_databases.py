"""What the other tests rely on."""

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction

from gongzhi.core.people.models import Account
from gongzhi.core.permissions.actor import enter


def scope() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('gz.actor', true)")
        return cursor.fetchone()[0] or ""


def actor_is(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gz.actor', %s, true)", [value])


@pytest.mark.django_db
def test_a_test_is_the_web_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("gongzhi_web",)


@pytest.mark.django_db
def test_the_scope_ends_with_its_transaction() -> None:
    with transaction.atomic():
        actor_is("somebody")
        with transaction.atomic():
            pass
        assert scope() == "somebody"
    assert scope() == ""
    with enter():
        pass


@pytest.mark.django_db
def test_deferred_constraints_are_checked_where_a_commit_would_check_them() -> None:
    def note_an_address_of_nobody() -> None:
        with transaction.atomic():
            EmailAddress.objects.create(email="a@example.com", user_id="00000000-0000-7000-8000-000000000000")
            assert EmailAddress.objects.exists()

    with pytest.raises(IntegrityError):
        note_an_address_of_nobody()
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize("turn", [1, 2])
def test_real_commits_leave_nothing_behind(real_commits: None, turn: int) -> None:
    assert not Account.objects.filter(username="somebody").exists()
    Account.objects.create(username="somebody")
