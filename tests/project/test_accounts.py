from uuid import UUID, uuid4

import pytest
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from gongzhi.core.people.models import Account
from gongzhi.core.permissions.actor import Actor, HeldPost
from gongzhi.project import accounts

pytestmark = pytest.mark.django_db


def holding(role: str) -> Actor:
    county = 620724 * 10**12
    post = HeldPost(
        id=uuid4(),
        role=role,
        region_code=county,
        region_level=3,
        title="",
        rights=frozenset(),
        reach=((county, county + 10**12 - 1),),
        sealed=False,
    )
    return Actor(pseudonym=UUID(int=1), posts=(post,))


def asked(path: str, actor: Actor, *, methods: tuple[str, ...] = ()) -> HttpRequest:
    request = RequestFactory().get(path)
    request.actor = actor
    request.user = Account(username="somebody")
    request.session = {
        "account_authentication_methods": [{"method": method} for method in methods],
        "account_authentication_methods_user": user_id_to_str(request.user),
    }
    return request


def answer(request: HttpRequest) -> HttpResponse:
    return accounts._second_factor_first(lambda request: HttpResponse("in"))(request)


@pytest.fixture(autouse=True)
def _no_factor_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "is_mfa_enabled", lambda user: False)


@pytest.mark.parametrize("role", ["desk", "county_desk", "county_sealed", "admin", "supervisor", "leader"])
def test_a_desk_without_a_second_factor_is_led_to_set_one_up(role: str) -> None:
    led = answer(asked("/desk/", holding(role)))
    assert led.status_code == 302
    assert led["Location"] == "/accounts/2fa/totp/activate/"


def test_a_program_is_told_so_instead() -> None:
    assert answer(asked("/field/api/today", holding("desk"))).status_code == 403


def test_whoever_proved_himself_twice_gets_in() -> None:
    assert answer(asked("/desk/", holding("desk"), methods=("password", "mfa"))).content == b"in"


@pytest.mark.parametrize("actor", [Actor(), holding("grid_worker"), holding("volunteer")])
def test_residents_and_field_workers_need_one_factor(actor: Actor) -> None:
    assert answer(asked("/field/", actor)).content == b"in"


def test_the_secret_of_the_second_factor_is_encrypted() -> None:
    adapter = get_adapter()
    stored = adapter.encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DP" not in stored
    assert adapter.decrypt(stored) == "JBSWY3DPEHPK3PXP"
