"""People and their posts: who may come in, by which proof, and what happens to work when a post changes hands."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from gongzhi.core.people.models import Post, Tenure
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.stories.walking import Walker, place, work_off

pytestmark = pytest.mark.django_db


def test_a_post_is_handed_over_with_what_waits_for_it() -> None:
    resident, before, after = Walker(), Walker("worker"), Walker("neighbour")
    order = place(resident, text="村口的路灯坏了")
    work_off()
    order_id = before.today()["tasks"][0]["matter"]["id"]
    before.command("accept", order_id)
    assert after.client.get(f"/field/api/matters/{order_id}").status_code == 404
    post = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)
    with enter(person_id=cast.find("admin").person_id):
        tenure = Tenure.objects.get(post=post)
    admin = Walker("admin").go(f"/desk/posts/{post.id}/")
    person = cast.find("neighbour").person_id
    admin.client.post(f"/desk/posts/{post.id}/give/", {"tenure": tenure.id, "person": person})
    assert before.today()["tasks"] == []
    assert before.client.get(f"/field/api/matters/{order_id}").status_code == 404
    assert [task["what"] for task in after.today()["tasks"]] == ["fulfil"]
    assert after.command("fulfil", order_id, outcome="solved", words="换好了")["status"] == "done"
    resident.go(order.page).sees("换好了")


def test_nobody_gives_himself_a_post() -> None:
    admin = Walker("admin")
    post = Post.objects.get(role="desk", region_code=cast.TOWN)
    with enter(person_id=cast.find("admin").person_id):
        before = Tenure.objects.count()
    admin.client.post(f"/desk/posts/{post.id}/give/", {"tenure": "", "person": cast.find("admin").person_id})
    with enter(person_id=cast.find("admin").person_id):
        assert Tenure.objects.count() == before
    admin.go(f"/desk/posts/{post.id}/").sees("不能给自己授予岗位")


def test_a_wrong_password_opens_nothing() -> None:
    stranger = Walker().sign_in("worker", "not-the-password")
    assert stranger.at.startswith("/accounts/login/")
    assert stranger.client.get("/field/api/today").status_code == 401


def test_a_desk_needs_a_second_factor_outside_the_demo(settings) -> None:  # type: ignore[no-untyped-def]
    settings.MFA_REQUIRED_FOR_DESK = True
    place(Walker(), text="村口的路灯坏了")
    desk = Walker().sign_in("desk").go("/desk/")
    assert desk.at == "/accounts/2fa/totp/activate/"  # the password was given just now
    assert desk.client.get("/field/api/today").status_code == 403
    secret = desk.client.session["mfa.totp.secret"]
    desk.submit("totp", code=_code(secret))
    desk.go("/desk/").click("/desk/orders/").sees("村口的路灯坏了")
    again = Walker().sign_in("desk")
    assert again.at == "/accounts/2fa/authenticate/"
    assert again.client.get("/desk/").status_code == 302
    for username in ("worker", "resident"):
        assert Walker().sign_in(username).client.get("/my/").status_code == 200


def test_whoever_signed_in_a_while_ago_proves_himself_anew_before_adding_a_factor(settings) -> None:  # type: ignore[no-untyped-def]
    settings.MFA_REQUIRED_FOR_DESK = True
    desk, an_hour = Walker().sign_in("desk"), 3600
    session = desk.client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= an_hour
    session.save()
    desk.go("/desk/").sees("密码")
    assert desk.at == "/accounts/reauthenticate/"
    desk.submit("reauthenticate", password=cast.PASSWORD)
    assert desk.at == "/accounts/2fa/totp/activate/"


def _code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))
