"""When the platform cannot take an order just now: it says so, keeps what was typed, and takes it once later."""

from contextlib import contextmanager
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.test.utils import override_settings
from procrastinate.exceptions import ConnectorException

from gongzhi.capabilities.orders import telling
from gongzhi.capabilities.orders.portal import ordering
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.at_portal import here, hidden, send, third_screen

pytestmark = pytest.mark.django_db
TEXT = "三号水渠漏水了，院子都泡了"


@contextmanager
def gone(**_given: Any) -> Any:
    raise OperationalError("connection refused")
    yield


@contextmanager
def gone_at_the_end(**given: Any) -> Any:
    with enter(**given) as actor:
        yield actor
    raise InterfaceError("connection already closed")


def orders() -> int:
    with enter(person_id=cast.find("county").person_id):
        return Matter.objects.filter(subject="orders").count()


def test_while_the_database_is_away_the_page_says_so_and_keeps_every_word(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, before = third_screen(client, text=TEXT, place_text="三社东头"), orders()
    with monkeypatch.context() as patched:
        patched.setattr(ordering, "enter", gone)
        answer = send(client, page, name="张某", phone="13912345678", share_phone="on")
        shown = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer["Cache-Control"] == "no-store"
    assert "还不能确认收到" in shown
    assert "110" in shown
    assert TEXT in shown
    kept = hidden(shown)
    assert (kept["phone"], kept["place_text"], kept["stage"]) == ("13912345678", "三社东头", "send")
    again = client.post(here(), kept)
    assert again.status_code == 302
    assert orders() == before + 1


def test_what_was_taken_though_the_answer_got_lost_is_taken_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, before = third_screen(client, text=TEXT), orders()
    with monkeypatch.context() as patched:
        patched.setattr(ordering, "enter", gone_at_the_end)
        answer = send(client, page)
    assert answer.status_code == 503
    assert orders() == before + 1
    assert client.post(here(), hidden(answer.content.decode())).status_code == 302
    assert orders() == before + 1


def test_what_breaks_while_its_job_is_made_is_said_alike(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> None:
        raise ConnectorException

    page, before = third_screen(client, text=TEXT), orders()
    with monkeypatch.context() as patched:
        patched.setattr(telling, "dispatch_soon", broken)
        answer = send(client, page)
    assert (answer.status_code, orders()) == (503, before)
    assert client.post(here(), hidden(answer.content.decode())).status_code == 302
    assert orders() == before + 1


def test_a_page_that_is_only_looked_at_says_it_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "enter", gone)
    answer = client.get(here())
    assert answer.status_code == 503
    assert f'href="{here()}"' in answer.content.decode()


def test_a_flood_is_answered_with_how_long_to_wait_and_keeps_every_word(client: Client) -> None:
    with override_settings(INTAKE_AN_HOUR=(0, 10**6)):
        answer = send(client, third_screen(client, text=TEXT))
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert TEXT in answer.content.decode()


def test_words_that_are_html_are_kept_as_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = third_screen(client)
    monkeypatch.setattr(ordering, "enter", gone)
    shown = send(client, page, text='<script>"1"</script>').content.decode()
    assert "<script>" not in shown
