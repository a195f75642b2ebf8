"""Windows for the browser tests: each one remembers what no page may do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests import cast

PHONE = {"width": 360, "height": 740}
SCREEN = {"width": 1440, "height": 900}


@dataclass
class Watch:
    """What went wrong in a window without a test asking for it."""

    faults: list[str] = field(default_factory=list)

    def over(self, page: Any, host: str) -> None:
        """Note faults of scripts, complaints of the console (a breach of the CSP is one), and calls to other hosts."""
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", self._said)
        page.on("request", lambda request: self._asked(request.url, host))

    def _said(self, said: Any) -> None:
        refused = "Failed to load resource: the server responded with a status of "
        known = said.text.startswith((f"{refused}4", f"{refused}503"))
        if said.type in {"error", "warning"} and not known:
            self.faults.append(f"console: {said.text}")

    def _asked(self, url: str, host: str) -> None:
        address = urlsplit(url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != host:
            self.faults.append(f"another host: {url}")


Open = Callable[..., Any]


@pytest.fixture
def open_window(chromium: Any, live_server: Any, settings: Any) -> Iterator[Open]:
    """Open a window: `open_window("desk", SCREEN)`; signed in as a member of the cast where one is named."""
    settings.MFA_REQUIRED_FOR_DESK = False
    watch, contexts = Watch(), []

    def opened(username: str = "", size: dict[str, int] | None = None, **options: Any) -> Any:
        language = options.pop("language", "zh-hans")
        context = chromium.new_context(
            base_url=live_server.url,
            viewport=size or PHONE,
            locale="zh-CN" if language == "zh-hans" else "en-GB",
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_cookies([_cookie(live_server.url, django_settings.LANGUAGE_COOKIE_NAME, language)])
        if username:
            client = Client()
            client.force_login(cast.Account.objects.get(username=username))
            session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
            context.add_cookies([_cookie(live_server.url, django_settings.SESSION_COOKIE_NAME, session)])
        page = context.new_page()
        watch.over(page, urlsplit(live_server.url).netloc)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert watch.faults == []


def _cookie(url: str, name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value, "url": url}
