"""What every answer owes whoever asks: headers, no forged request, no way out to elsewhere, no guessing."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from gongzhi.core.command import accounts, people
from tests import cast
from tests.architecture.probes import as_
from tests.architecture.test_views import CAST, PART, expected, parts

pytestmark = pytest.mark.django_db
ELSEWHERE = (
    "https://elsewhere.example/",
    "//elsewhere.example/",
    r"/\elsewhere.example",
    "javascript:alert(1)",
)
LOGIN = "/accounts/login/"


def signed_in(username: str, **options: Any) -> Client:
    client = Client(**options)
    if username:
        client.force_login(cast.Account.objects.get(username=username))
    return client


def addresses() -> dict[str, str]:
    """Every address of the site, filled in, with how it is asked."""
    made = parts()
    return {
        "/" + PART.sub(lambda part: str(made[part[1]]), route): how for route, (how, _) in expected().items()
    }


@pytest.mark.parametrize("who", ["", "resident", "worker", "desk", "admin"])
def test_every_answer_says_what_a_browser_may_do_with_it(who: str, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    client, wrong = signed_in(who), {}
    for address, how in {**addresses(), "/nowhere/": "get"}.items():
        answer = getattr(client, how)(address)
        policy = answer.headers.get("Content-Security-Policy", "")
        kept = answer.headers.get("Cache-Control", "")
        right = (
            "default-src 'self'" in policy
            and "unsafe" not in policy
            and "frame-ancestors 'none'" in policy
            and answer.headers.get("X-Frame-Options") == "DENY"
            and answer.headers.get("X-Content-Type-Options") == "nosniff"
            and answer.headers.get("Referrer-Policy") in {"same-origin", "no-referrer"}
            and (
                not who
                or "private" in kept
                or "no-store" in kept
                or address.endswith(("/qr.svg", "/nowhere/", "/openapi.json"))  # the same for everybody
            )
        )
        if not right:
            wrong[address] = {name: answer.headers.get(name) for name in ("Cache-Control", "Referrer-Policy")}
    assert wrong == {}


def test_no_form_is_sent_from_a_page_that_hides_where_it_is(settings: Any) -> None:
    """With `no-referrer` a browser sends `Origin: null`, and the form is refused as forged."""
    with as_("admin") as actor:
        made = people.add_person(actor=actor, name="新人", region_code=cast.VILLAGE)
        token = accounts.invite(actor=actor, person_id=UUID(made["id"]), username="newworker")["token"]
    client = Client()
    asked = {**addresses(), f"/desk/invitation/{token}/": "get", LOGIN: "get"}
    hidden = [
        address
        for address, how in asked.items()
        if b"<form" in (answer := getattr(client, how)(address)).getvalue()
        and answer.headers.get("Referrer-Policy") == "no-referrer"
    ]
    assert hidden == []


@pytest.mark.parametrize("who", ["", "resident", "worker", "desk", "admin"])
def test_no_post_is_taken_without_the_token_of_its_form(who: str, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    client, taken = signed_in(who, enforce_csrf_checks=True), {}
    for address in addresses():
        for kind in ("application/x-www-form-urlencoded", "application/json"):
            answer = client.post(address, b"{}" if "json" in kind else b"", content_type=kind)
            refused = answer.status_code in {403, 404, 405} or (not who and answer.status_code == 401)
            if not refused:
                taken[f"{address} {kind}"] = answer.status_code
    assert taken == {}


@pytest.mark.parametrize("who", CAST)
def test_who_may_not_see_a_form_may_not_send_it(who: str, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    client, made, taken = signed_in(CAST[who]), parts(), {}
    for route, (how, answers) in expected().items():
        if how != "get" or answers[who] not in {401, 403, 404} | ({302} if not who else set()):
            continue
        status = client.post("/" + PART.sub(lambda part: str(made[part[1]]), route), {}).status_code
        if status not in {answers[who], 403, 404, 405}:
            taken[route] = status
    assert taken == {}


def test_every_way_in_is_asked_with_every_verb_that_it_does_not_take(settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    client = signed_in("desk")
    failed = {
        f"{verb} {address}": answer.status_code
        for address in addresses()
        for verb in ("put", "patch", "delete", "options", "head")
        if (answer := getattr(client, verb)(address)).status_code >= 500
    }
    assert failed == {}


@pytest.mark.parametrize(
    "elsewhere", [ELSEWHERE, "//elsewhere.example/", r"/\elsewhere.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_elsewhere(elsewhere: str) -> None:
    said = {"login": "resident", "password": cast.PASSWORD, "next": elsewhere, "language": "en"}
    for address in (LOGIN, "/i18n/setlang/", "/accounts/logout/"):
        answer = signed_in("resident" if "logout" in address else "").post(address, said)
        assert answer.status_code == 302, address
        assert not {"elsewhere", "alert"} & set(re.findall(r"\w+", answer["Location"])), address


def test_a_host_that_is_not_ours_is_answered_to_by_nothing() -> None:
    for host in ("elsewhere.example", "localhost.elsewhere.example", "127.0.0.1@elsewhere.example"):
        assert Client().get("/", headers={"host": host}).status_code == 400
    assert Client().get("/", headers={"x-forwarded-host": "elsewhere.example"}).status_code == 200


def test_signing_in_makes_a_new_session() -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    client.post(LOGIN, {"login": "resident", "password": cast.PASSWORD})
    assert client.session.session_key != before
    assert Client(HTTP_COOKIE=f"sessionid={before}").get("/my/").status_code == 302


def test_a_new_password_ends_the_other_sessions() -> None:
    here, there = signed_in("resident"), signed_in("resident")
    assert there.get("/my/").status_code == 200
    fresh = "another-long-password"
    said = {"oldpassword": cast.PASSWORD, "password1": fresh, "password2": fresh}
    assert here.post("/accounts/password/change/", said).status_code == 302
    assert here.get("/my/").status_code == 200
    assert there.get("/my/").status_code == 302


def test_who_signs_in_wrongly_learns_not_whether_there_is_such_a_name() -> None:
    cache.clear()
    told = set()
    for name in ("resident", "no-such-name"):
        answer = Client().post(LOGIN, {"login": name, "password": "wrong-password-1"})
        told.add((answer.status_code, str(answer.context["form"].errors)))
    assert len(told) == 1


def test_guessing_passwords_is_slowed_down() -> None:
    cache.clear()
    for number in range(5):
        Client().post(LOGIN, {"login": "resident", "password": f"wrong-password-{number}"})
    client = Client()
    client.post(LOGIN, {"login": "resident", "password": cast.PASSWORD})
    assert client.get("/my/").status_code == 302
    cache.clear()
    client.post(LOGIN, {"login": "resident", "password": cast.PASSWORD})
    assert client.get("/my/").status_code == 200


def test_a_sign_up_is_given_nothing_but_a_name_and_a_password() -> None:
    fresh = "another-long-password"
    said = {"username": "newcomer", "password1": fresh, "password2": fresh}
    more = {"person": str(cast.find("admin").person_id), "is_active": "1", "is_staff": "1", "id": "1"}
    Client().post("/accounts/signup/", said | more)
    made = cast.Account.objects.get(username="newcomer")
    assert made.person_id not in {None, cast.find("admin").person_id}
