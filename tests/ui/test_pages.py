"""The frames: first screen, village page, elders' mode, errors, what each shell refuses."""

from http import HTTPStatus

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings

from gongzhi import __version__
from tests import cast

VILLAGE = "620724100200"

pytestmark = pytest.mark.django_db


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == HTTPStatus.OK, path
    return response.content.decode()


def test_the_first_screen_offers_villages_elders_mode_language_and_sign_in(client: Client) -> None:
    shown = page(client, "/")
    assert f"/v/{VILLAGE}/" in shown
    assert "长辈版" in shown
    assert "English" in shown
    assert "/accounts/login/" in shown


def test_an_address_that_takes_forms_alone_says_the_way_back(client: Client) -> None:
    client.force_login(cast.Account.objects.get(username="admin"))
    with override_settings(MFA_REQUIRED_FOR_DESK=False):
        answer = client.get(f"/desk/people/{cast.find('resident').person_id}/erase/")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer["Allow"] == "POST"
    assert "再办一次" in answer.content.decode()
    assert "回到首页" in answer.content.decode()


def test_who_is_switched_off_is_told_whom_to_ask(client: Client) -> None:
    shown = page(client, "/accounts/inactive/")
    assert "请找管理员" in shown
    assert "回到首页" in shown


def test_every_frame_leads_to_the_source_of_what_runs(client: Client) -> None:
    """AGPL-3.0, section 13."""
    with override_settings(SOURCE_URL="https://example.org/our-own"):
        for username, path in (("", "/"), ("", f"/v/{VILLAGE}/"), ("desk", "/desk/"), ("worker", "/field/")):
            if username:
                client.force_login(cast.Account.objects.get(username=username))
            with override_settings(MFA_REQUIRED_FOR_DESK=False):
                shown = page(client, path)
            assert "https://example.org/our-own" in shown, path
            assert __version__ in shown, path


def test_the_foot_leads_to_ones_own_orders_and_the_first_screen_to_large_type(client: Client) -> None:
    shown = page(client, "/")
    assert '<a href="/my/">' in shown.split("<footer")[1]
    assert "?elders=1" in shown.split("<main")[1].split("</main>")[0]


def test_robots_are_told_what_is_not_theirs(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    for path in ("/r/", "/my/", "/desk/", "/field/", "/accounts/"):
        assert f"Disallow: {path}" in lines
    assert "Disallow: /" not in lines


def test_every_page_of_the_portal_names_the_emergency_numbers(client: Client) -> None:
    for path in ("/", f"/v/{VILLAGE}/", "/accounts/login/"):
        shown = page(client, path)
        assert all(f'href="tel:{number}"' in shown for number in (110, 119, 120)), path


def test_a_village_is_found_by_a_part_of_its_name_and_remembered(client: Client) -> None:
    shown = page(client, f"/v/{VILLAGE}/")
    name = shown.split("<title>")[1].split(" · ")[0]
    assert f"/v/{VILLAGE}/" in page(client, f"/?q={name[:2]}")
    assert client.cookies["places"].value == VILLAGE
    assert name in page(client, "/")


def test_an_unknown_village_is_not_there(client: Client) -> None:
    assert client.get("/v/620724999999/").status_code == HTTPStatus.NOT_FOUND
    assert client.get("/v/12/").status_code == HTTPStatus.NOT_FOUND


def test_elders_mode_is_chosen_by_the_address_and_kept(client: Client) -> None:
    assert '<html lang="zh-hans">' in page(client, "/")
    assert 'class="elders"' in page(client, "/?elders=1")
    assert 'class="elders"' in page(client, f"/v/{VILLAGE}/")
    assert 'class="elders"' not in page(client, "/?elders=0")


def test_the_same_page_stands_in_english(client: Client) -> None:
    shown = page(client, "/accounts/login/", **{"accept-language": "en"})
    assert '<html lang="en">' in shown
    assert "Sign in" in shown


@pytest.mark.parametrize("path", ["/desk/", "/field/"])
def test_the_shells_of_officers_ask_for_a_sign_in(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"].startswith("/accounts/login/")


def test_no_page_carries_script_or_style_of_its_own(client: Client) -> None:
    for path in ("/", f"/v/{VILLAGE}/", "/accounts/login/", "/accounts/signup/", "/offline/"):
        shown = page(client, path)
        assert "<style" not in shown
        assert " style=" not in shown
        assert "<script>" not in shown
        assert " onclick=" not in shown


def test_the_demo_says_so_and_names_its_accounts(client: Client) -> None:
    with override_settings(DEMO=True):
        shown = page(client, "/accounts/login/")
    assert "演示" in shown
    assert "outsider" in shown
    assert not settings.DEMO
    assert "outsider" not in page(client, "/accounts/login/")


def test_the_village_page_needs_few_statements(client: Client, django_assert_max_num_queries: object) -> None:
    page(client, f"/v/{VILLAGE}/")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        page(client, f"/v/{VILLAGE}/")
