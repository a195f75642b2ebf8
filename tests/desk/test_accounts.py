"""Sign-ins: invited by a link that works once, recovered, switched off; never a way into a sealed post."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.core.command import accounts
from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Account, Person
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.at_desk import desk, page

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://testserver(/desk/invitation/[^<\s]+)")
PASSWORD = "a-good-long-password"


def newcomer() -> str:
    with enter(person_id=cast.find("admin").person_id) as actor:
        from gongzhi.core.command.people import add_person

        return str(add_person(actor=actor, name="新人", region_code=cast.VILLAGE)["id"])


def link(client: Client, person: object, act: str, **said: str) -> str:
    shown = client.post(f"/desk/people/{person}/account/", {"act": act, **said}).content.decode()
    return LINK.search(shown).group(1)


def sign_in(username: str, password: str) -> bool:
    return Client().login(username=username, password=password)


def test_a_link_sets_the_password_once() -> None:
    person = newcomer()
    path = link(desk("admin"), person, "invite", username="Newcomer")
    shown = Client().get(path)
    assert "newcomer" in shown.content.decode()
    assert (shown["Referrer-Policy"], shown["X-Robots-Tag"]) == ("same-origin", "noindex")
    assert Client().post(path, {"password": "12345", "again": "12345"}).status_code == 422
    assert Client().post(path, {"password": PASSWORD, "again": PASSWORD + "x"}).status_code == 422
    assert Client().post(path, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert sign_in("newcomer", PASSWORD)
    assert Client().get(path).status_code == 410
    assert (
        Client().post(path, {"password": "another-password", "again": "another-password"}).status_code == 410
    )


def test_a_new_link_voids_the_old_one_and_the_old_password() -> None:
    client, worker = desk("admin"), cast.find("worker").person_id
    assert sign_in("worker", cast.PASSWORD)
    first = link(client, worker, "recover")
    assert not sign_in("worker", cast.PASSWORD)
    second = link(client, worker, "recover")
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_a_link_is_spoilt_by_time_and_by_tampering(monkeypatch: pytest.MonkeyPatch) -> None:
    path = link(desk("admin"), newcomer(), "invite", username="newcomer")
    assert Client().get(path[:-3] + "xx/").status_code == 410
    monkeypatch.setattr(accounts, "VALID_FOR", timedelta(seconds=-1))
    assert Client().get(path).status_code == 410


def test_a_sign_in_is_switched_off_at_once_and_on_again() -> None:
    worker, at_work = cast.find("worker").person_id, desk("worker")
    assert at_work.get("/field/").status_code == 200
    client = desk("admin")
    client.post(f"/desk/people/{worker}/account/", {"act": "deactivate"})
    assert at_work.get("/field/").status_code == 302
    assert not sign_in("worker", cast.PASSWORD)
    client.post(f"/desk/people/{worker}/account/", {"act": "activate"})
    assert sign_in("worker", cast.PASSWORD)


def test_a_new_link_for_the_sealed_officer_opens_nothing_until_a_second_person_approves() -> None:
    sealed = cast.find("sealed").person_id
    shown = desk("admin").post(f"/desk/people/{sealed}/account/", {"act": "recover"}).content.decode()
    assert "要由另一位管理员重新批准" in shown
    with enter(person_id=sealed) as actor:
        assert actor.posts == ()


def test_nobody_changes_his_own_sign_in_or_one_elsewhere() -> None:
    admin = cast.find("admin").person_id
    desk("admin").post(f"/desk/people/{admin}/account/", {"act": "deactivate"})
    assert Account.objects.get(username="admin").is_active
    worker = cast.find("worker").person_id
    assert desk("desk").post(f"/desk/people/{worker}/account/", {"act": "recover"}).status_code == 403
    with enter(person_id=cast.find("second_county").person_id) as actor, pytest.raises(Refused):
        accounts.recover_access(actor=actor, person_id=worker)


@pytest.mark.parametrize("username", ["", "ab", "has space", "worker", "WORKER"])
def test_a_name_that_is_taken_or_unfit_is_refused(username: str) -> None:
    person = newcomer()
    answer = desk("admin").post(
        f"/desk/people/{person}/account/", {"act": "invite", "username": username}, follow=True
    )
    assert "登录名" in answer.content.decode()
    assert not Account.objects.filter(person_id=person).exists()


def test_the_link_is_shown_once() -> None:
    person, client = newcomer(), desk("admin")
    answer = client.post(f"/desk/people/{person}/account/", {"act": "invite", "username": "newcomer"})
    assert answer["Cache-Control"] == "no-store"
    assert not LINK.search(page(client, f"/desk/people/{person}/"))
    with enter(person_id=cast.find("admin").person_id):
        assert Person.objects.filter(pk=person).exists()
    assert Account.objects.get(username="newcomer").invited_at <= timezone.now()
