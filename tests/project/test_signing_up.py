"""A resident opens an account: he is in the register, reports under his own name, and has no power."""

import pytest
from django.test import Client

from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Account, Person
from gongzhi.core.permissions.actor import enter

pytestmark = pytest.mark.django_db
FIELDS = {"username": "limei", "password1": "a-long-enough-word-7", "password2": "a-long-enough-word-7"}


def test_a_resident_who_signs_up_is_a_person_without_posts(client: Client) -> None:
    answer = client.post("/accounts/signup/", FIELDS)
    assert answer.status_code == 302
    account = Account.objects.get(username="limei")
    with enter(person_id=account.person_id) as actor:
        assert actor.pseudonym is not None
        assert actor.posts == ()
        assert Person.objects.get().name == "limei"
        assert not Event.objects.filter(data__icontains="limei").exists()


def test_a_taken_name_leaves_nobody_behind(client: Client) -> None:
    answer = client.post("/accounts/signup/", {**FIELDS, "username": "desk"})
    assert answer.status_code == 200
    assert Account.objects.filter(username="desk").count() == 1
