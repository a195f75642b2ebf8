"""Every address that answers with a page, as the matrix of views knows them: none is left out when one is added."""

from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.architecture.test_views import CAST, PART, expected, parts
from tests.browser.conftest import PHONE, SCREEN, Open
from tests.browser.test_pages import LANGUAGES, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READERS = ("none", "res", "desk", "cnty", "adm", "work")
"""Who looks, in this order: the first whom the address answers."""


def pages(settings: Any) -> dict[str, list[str]]:
    """The addresses of all whole pages, by who looks at them; files and parts of pages are left out."""
    settings.MFA_REQUIRED_FOR_DESK = False
    made, clients, found = parts(), {who: Client() for who in READERS}, {}
    for who, client in clients.items():
        if CAST[who]:
            client.force_login(cast.Account.objects.get(username=CAST[who]))
    for route, (how, answers) in expected().items():
        who = next((each for each in READERS if answers[each] == 200), None)
        if how != "get" or who is None:
            continue
        address = "/" + PART.sub(lambda part: str(made[part[1]]), route)
        answer = clients[who].get(address)
        if not answer.streaming and b"<html" in answer.content[:400]:
            found.setdefault(who, []).append(address)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_grave_on_any_page(open_window: Open, settings: Any, language: str) -> None:
    looked_at, found = pages(settings), []
    assert sum(map(len, looked_at.values())) > 50
    for who, addresses in looked_at.items():
        window = open_window(CAST[who], PHONE, language=language)
        for address in addresses:
            assert window.goto(address).status == 200, address
            found += faults(window, f"{address} ({who})")
        window.set_viewport_size(SCREEN)
        for address in addresses:
            window.goto(address)
            wide = window.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            found += [f"{address}: {wide} px wider than a screen"] if wide > 0 else []
    assert found == []
