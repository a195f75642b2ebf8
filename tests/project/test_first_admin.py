"""The first administrator of a county, and the post in whose name the platform acts there."""

import io
from typing import Any

import pytest
from django.db import connections

from gongzhi.core.people.models import Account, Post
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions import install as regions
from gongzhi.core.regions.rules import parse_code
from gongzhi.project import first
from gongzhi.project.refusal import Refusal

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
EMPTY, GOVERNED = "620722", "620724"
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _a_county_without_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    regions.install(connections["owner"], parse_code(EMPTY))


def test_it_makes_an_administrator_who_can_appoint_others_and_a_post_for_the_platform() -> None:
    first.make("chief", name="管一", county=EMPTY)
    account = Account.objects.get(username="chief")
    assert account.check_password(PASSWORD)
    with enter(person_id=account.person_id) as actor:
        assert actor.may("manage_posts", parse_code(EMPTY))
        assert Post.objects.filter(role="platform", region_code=parse_code(EMPTY)).count() == 1


@pytest.mark.parametrize(
    ("username", "county", "words"),
    [
        ("chief", GOVERNED, "administrator already"),
        ("desk", EMPTY, "taken"),
        ("chief", "620723103", "not the code of a county"),
        ("chief", "110101", "not the code of a county"),
        ("chief", "12345", "digits"),
    ],
)
def test_it_refuses_in_words(username: str, county: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        first.make(username, name="管一", county=county)


def test_it_refuses_a_weak_password(monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("12345678\n"))
    with pytest.raises(Refusal):
        first.make("chief", name="管一", county=EMPTY)
    assert not Account.objects.filter(username="chief").exists()
