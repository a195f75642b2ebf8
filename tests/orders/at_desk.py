"""How the tests sit at the desk: signed in with a second factor, as a browser without JavaScript or with htmx."""

import time
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Account
from tests.orders.acting import matter

HTMX = {"HX-Request": "true", "HX-Target": "matter"}


def desk(username: str = "desk") -> Client:
    """A browser in which a member of the cast is signed in, proved twice."""
    client = Client()
    account = Account.objects.get(username=username)
    client.force_login(account)
    session = client.session
    session["account_authentication_methods_user"] = str(account.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session.save()
    return client


def address(order_id: UUID, more: str = "") -> str:
    """The order's page."""
    return f"/desk/orders/{matter(order_id).number}/{more}"


def page(client: Client, path: str, status: int = 200, **headers: str) -> str:
    """What a page shows."""
    response = client.get(path, headers=headers)
    assert response.status_code == status, (path, response.status_code)
    return response.content.decode()


def statements(client: Client, path: str, **headers: str) -> list[str]:
    """The SQL statements of a page once definitions are known; savepoints are the test's own.

    Whether an installation changed is asked every few seconds by a process, not by a page.
    """
    page(client, path, **headers)
    with CaptureQueriesContext(connection) as captured:
        page(client, path, **headers)
    told = [each["sql"] for each in captured.captured_queries]
    now_and_then = ("SAVEPOINT", "RELEASE", 'SELECT "definitions_installation"."epoch"')
    return [sql for sql in told if not sql.startswith(now_and_then)]


def take(client: Client, order_id: UUID, step: str, **said: Any) -> Any:
    """Send the form of a step, as the page gives it."""
    seen = said.pop("seen", None) or matter(order_id).version
    headers = said.pop("headers", {})
    data = {"seen": seen, "client_id": str(uuid7()), **said}
    return client.post(address(order_id, f"steps/{step}/"), data, headers=headers)
