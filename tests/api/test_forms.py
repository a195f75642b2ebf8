"""The forms of the pages, filled with nonsense: whatever is sent, it ends in no fault of the server.

Each form of each page that a member of the cast may open is sent back with some of its fields spoilt, as a browser or
as htmx sends it. What a page would not let one type is sent too.
"""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.architecture.test_views import CAST, PART, expected, parts
from tests.orders.at_desk import desk

pytestmark = pytest.mark.django_db
EXAMPLES = 3
FORMS_A_PAGE = 4
"""A page repeats its forms; so many different ones of each are filled."""
NOT_SENT = ("/accounts/logout/", "/accounts/password/", "/accounts/2fa/", "/accounts/reauthenticate/")
"""These end the session with which the rest is asked; allauth has its own tests."""
AWKWARD = [
    "", " ", "\x00", "a\x00b", "0", "-1", "1e9", "NaN", "9" * 40, "2026-02-30", "9999-12-31", "0000-00-00T00:00",
    "99:99", "null", "[]", "{}", "on", "\ud7ff", "\u202e字", "字" * 5000, "<script>", "' OR 1=1 --", "%", "_",
    "620724", "620724103201000000", "99999999999999999999", "a@b", "13912345678", "+8613912345678",
    "00000000-0000-0000-0000-000000000000", "g0000000-0000-0000-0000-000000000000",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(max_size=30).filter(lambda said: said.isprintable()),
    st.integers().map(str),
    st.uuids().map(str),
    st.lists(st.sampled_from(AWKWARD), min_size=2, max_size=3),
)


class Forms(HTMLParser):
    """The forms of a page: where each is sent, and its fields with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], set[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("method", "").lower() == "post"
            if self._inside:
                self.found.append((said.get("action", ""), {}, set()))
        elif self._inside and said.get("name") and tag in {"input", "select", "textarea", "button"}:
            _action, fields, files = self.found[-1]
            fields.setdefault(said["name"], said.get("value", ""))
            if said.get("type") == "file":
                files.add(said["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def forms(client: Client, address: str) -> dict[str, tuple[dict[str, str], set[str]]]:
    """The different forms of a page by their whole address; none where there is no page."""
    answer = client.get(address)
    if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
        return {}
    parser = Forms()
    parser.feed(answer.getvalue().decode())
    found: dict[str, tuple[dict[str, str], set[str]]] = {}
    for action, fields, files in parser.found:
        whole = urljoin(address, action)
        if len(found) < FORMS_A_PAGE and not whole.startswith(NOT_SENT) and not urlsplit(whole).netloc:
            found.setdefault(whole, (fields, files))
    return found


def filled(client: Client, address: str, fields: dict[str, str], *, files: set[str]) -> list[str]:
    """The faults of a form whose fields are spoilt again and again."""
    faults: list[str] = []
    names = sorted(fields) or ["nothing"]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(spoilt=st.dictionaries(st.sampled_from([*names, "more"]), VALUES), by_htmx=st.booleans())
    def send(spoilt: dict[str, Any], by_htmx: bool) -> None:
        said: dict[str, Any] = {**fields, **spoilt}
        for each in files:
            said[each] = SimpleUploadedFile("x.jpg", str(said.get(each, "")).encode(), "image/jpeg")
        headers = {"HX-Request": "true"} if by_htmx else {}
        status = client.post(address, said, headers=headers).status_code
        if status >= 500:
            faults.append(f"{status} {address} {spoilt}"[:300])

    send()
    return faults


@pytest.mark.parametrize("who", ["none", "res", "work", "desk", "cnty", "adm"])
def test_no_form_however_filled_ends_in_a_fault(who: str, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_DESK = False
    made, faults, sent = parts(), list[str](), set[str]()
    client = desk(CAST[who]) if CAST[who] else Client()
    client.raise_request_exception = False
    for route, (how, _answers) in expected().items():
        address = "/" + PART.sub(lambda part: str(made[part[1]]), route)
        if address.startswith(NOT_SENT):
            continue
        found = forms(client, address) if how == "get" else {address: ({}, set())}
        for whole, (fields, files) in found.items():
            if whole not in sent:
                sent.add(whole)
                faults += filled(client, whole, fields, files=files)
    assert faults == []
    assert len(sent) > 5
