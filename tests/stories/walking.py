"""How the stories walk through the site: as a browser without JavaScript, by the links and forms of its pages."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app

from gongzhi.core.definitions.ids import uuid7
from tests import cast


@dataclass
class Form:
    """A form as a browser would send it, untouched: what is typed, checked or chosen in it already."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""


class Page(HTMLParser):
    """The links, forms and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.words = ""
        self._open: Form | None = None
        self._link: str | None = None
        self._select: str | None = None
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, a form or one of its fields."""
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in has:
            self.links.append((has["href"], ""))
            self._link = has["href"]
        elif tag == "form":
            self._open = Form(has.get("action", ""))
            self.forms.append(self._open)
        elif self._open is not None:
            self._field(tag, has)

    def _field(self, tag: str, has: dict[str, str]) -> None:
        name, form = has.get("name", ""), self._open
        assert form is not None
        if tag == "button":
            form.buttons.append((name, has.get("value", "")))
        if tag == "option" and self._select is not None and "selected" in has:
            form.fields[self._select] = [has.get("value", "")]
        if not name:
            return
        form.names.add(name)
        kind = has.get("type", "text") if tag == "input" else tag
        if kind in {"radio", "checkbox"} and "checked" in has:
            form.fields.setdefault(name, []).append(has.get("value", "on"))
        elif tag == "input" and kind not in {"radio", "checkbox", "file", "submit"}:
            form.fields.setdefault(name, []).append(has.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.fields[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form":
            self._open = None
        elif tag == "a":
            self._link = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed at once."""
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        """Words stand in the page, in a link, or in a field."""
        self.words += data
        if self._link is not None:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
        if self._open is not None:
            if self._area is not None:
                self._open.fields[self._area][0] += data.removeprefix("\n")
            self._open.text += data


class Walker:
    """One person at a browser."""

    def __init__(self, username: str = "", **headers: str) -> None:
        self.client = Client(**headers)
        self.at = "/"
        self.page = Page("")
        self.status = 0
        if username:
            self.client.force_login(cast.Account.objects.get(username=username))

    def go(self, address: str, *, status: int = 200) -> "Walker":
        """Open an address, and follow where it leads."""
        return self._arrive(self.client.get(address, follow=True), status)

    def click(self, part: str, *, status: int = 200) -> "Walker":
        """Follow the first link whose address or words hold `part`."""
        for href, text in self.page.links:
            if part in href or part in text:
                return self.go(urljoin(self.at, href), status=status)
        raise AssertionError(f"no link {part!r} on {self.at}: {self.page.links}")

    def submit(self, where: str = "", *, press: str = "", status: int = 200, **said: Any) -> "Walker":
        """Fill and send the first form whose address or words hold `where`; `press`: the value of its button."""
        form = next(
            (each for each in self.page.forms if where in each.action or where in each.text), Form("")
        )
        unknown = set(said) - form.names
        assert not unknown, f"{self.at} has no field {unknown}: {form}"
        sent: dict[str, Any] = {**form.fields, **said}
        button = next((each for each in form.buttons if press in each[1]), ("", ""))
        if button[0]:
            sent[button[0]] = button[1]
        address = urljoin(self.at, form.action)
        return self._arrive(self.client.post(address, sent, follow=True), status)

    def sees(self, *words: str) -> "Walker":
        """What stands on the page."""
        for each in words:
            assert each in self.page.words, f"{each!r} is not on {self.at}"
        return self

    def misses(self, *words: str) -> "Walker":
        """What does not stand on the page."""
        for each in words:
            assert each not in self.page.words, f"{each!r} is on {self.at}"
        return self

    def sign_in(self, username: str, password: str = cast.PASSWORD) -> "Walker":
        """Sign in by the form."""
        self.go("/accounts/login/")
        return self.submit("/accounts/login/", login=username, password=password)

    # -- the field app's door

    def today(self) -> dict[str, Any]:
        """What the field app shows first."""
        found: dict[str, Any] = self.client.get("/field/api/today").json()
        return found

    def command(self, name: str, order: str, *, client_id: str = "", **data: Any) -> dict[str, Any]:
        """One command of the field app, with the version that it saw."""
        seen = self.client.get(f"/field/api/matters/{order}").json().get("version")
        given = {
            "client_id": client_id or str(uuid7()),
            "name": name,
            "subject": order,
            "seen": seen,
            "data": data,
        }
        answer = self.client.post(
            "/field/api/commands", json.dumps({"commands": [given]}), content_type="application/json"
        )
        (found,) = answer.json()["answers"]
        return dict(found)

    def _arrive(self, answer: Any, status: int) -> "Walker":
        steps = getattr(answer, "redirect_chain", [])
        self.at = urlsplit(steps[-1][0]).path if steps else answer.wsgi_request.get_full_path()
        self.status = answer.status_code
        assert answer.status_code == status, f"{self.at}: {answer.status_code}"
        self.page = Page(answer.content.decode() if "html" in answer["Content-Type"] else "")
        return self


def work_off() -> list[str]:
    """Do every job that waits and is due, one after another, as a worker would; their names in order."""
    done = []
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' "
                "AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT 1"
            )
            job = cursor.fetchone()
        if job is None:
            return done
        arguments = json.loads(job[2]) if isinstance(job[2], str) else job[2]
        app.tasks[job[1]].func(**arguments)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job[0]])
        done.append(job[1])


@dataclass(frozen=True)
class Placed:
    """An order as its resident holds it."""

    receipt: str

    @property
    def page(self) -> str:
        """Where the resident follows it."""
        return f"/r/{self.receipt}/"


def place(
    walker: Walker, *, village: str = "620724101200", about: str = "路灯", text: str, **said: Any
) -> Placed:
    """Place an order from the village's page, which its QR code opens, to the receipt."""
    walker.go(f"/v/{village}/").click(said.pop("family", "/report/")).click(about)
    walker.submit("order", text=text, place_text=said.pop("place_text", ""), press="words")
    asked = {"about_own": "no"} if "about_own" in walker.page.forms[-1].names else {}
    walker.submit("order", press="send", **asked | said)
    assert walker.at.endswith("/receipt/"), walker.at
    return Placed(walker.at.split("/")[2])
