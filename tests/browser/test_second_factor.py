"""A second factor as its owner meets it: set up, asked for, a wrong code, a recovery code, the phone lost for good."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from gongzhi.core.command.accounts import recover_access
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.browser.conftest import PHONE, Open
from tests.browser.test_pages import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STEP = 30


def six_digits(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // STEP))


def sign_in(page: Any, *, password: str = cast.PASSWORD) -> None:
    page.goto("/accounts/login/?next=/desk/")
    page.locator("input[name=login]").fill("desk")
    page.locator("input[name=password]").fill(password)
    page.locator("main form button").first.click()


def prove(page: Any, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("main form button").first.click()


def set_up(page: Any) -> tuple[str, list[str]]:
    """Set the factor up where the desk leads one to it: its secret, and the recovery codes."""
    page.wait_for_url("**/2fa/totp/activate/")
    secret = re.sub(r"\s", "", page.locator("main .gz-code").inner_text())
    prove(page, "000000")
    assert page.locator(".gz-errors, [role=alert], .gz-error").first.is_visible()
    prove(page, six_digits(secret))
    page.goto("/accounts/2fa/recovery-codes/")
    return secret, page.locator(".gz-codes li").all_inner_texts()


def test_from_the_first_code_to_the_last_resort(open_window: Open, settings: Any) -> None:
    page = open_window(size=PHONE)
    settings.MFA_REQUIRED_FOR_DESK = True
    sign_in(page)
    secret, codes = set_up(page)
    assert len(secret) == 32
    assert len(codes) == 10
    found = faults(page, "recovery codes")
    page.goto("/desk/")
    assert page.locator("main h1").is_visible()

    again = open_window(size=PHONE)
    settings.MFA_REQUIRED_FOR_DESK = True
    sign_in(again)
    again.wait_for_url("**/2fa/authenticate/**")
    found += faults(again, "asked for the code")
    prove(again, "123456")
    found += faults(again, "a wrong code")
    assert "123456" not in again.locator("main").inner_text()
    assert again.locator("[aria-invalid=true]").count() == 1
    again.goto("/desk/")
    assert "/accounts/" in again.url  # the password alone opens nothing
    prove(again, codes[0])
    again.wait_for_url("**/desk/")

    third = open_window(size=PHONE)
    settings.MFA_REQUIRED_FOR_DESK = True
    sign_in(third)
    prove(third, codes[0])
    assert third.locator("[aria-invalid=true]").count() == 1  # each works once
    assert found == []

    admin, person_id = cast.find("admin").person_id, cast.find("desk").person_id
    with enter(person_id=admin) as actor:
        token = recover_access(actor=actor, person_id=person_id)["token"]
    page.goto("/desk/")
    assert "/accounts/login/" in page.url  # where he was signed in, that has ended
    page.goto(f"/desk/invitation/{token}/")
    for field in page.locator("main input[type=password]").all():
        field.fill("another-long-password")
    page.locator("main form button").first.click()
    sign_in(page, password="another-long-password")
    page.wait_for_url("**/2fa/totp/activate/")  # the lost phone's factor is void; a new one is made
    assert re.sub(r"\s", "", page.locator("main .gz-code").inner_text()) != secret
