"""How the tests go through the resident's pages, as a browser without JavaScript would."""

import io
import re
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests import cast
from tests.orders.acting import lamps

VILLAGE = "620724101200"
HIDDEN = re.compile(r'<input type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


def here(kind: str | None = None) -> str:
    """The second screen's address in the cast's village."""
    return f"/v/{VILLAGE}/order/{kind or lamps()}/"


def hidden(page: str) -> dict[str, str]:
    """What the page's forms carry unseen."""
    found = {}
    for tag in HIDDEN.findall(page):
        attributes = dict(ATTRIBUTE.findall(tag))
        found[attributes["name"]] = attributes.get("value", "")
    found.pop("csrfmiddlewaretoken", None)
    return found


def jpeg(colour: str = "green") -> SimpleUploadedFile:
    """A small photo."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    return SimpleUploadedFile("照片.jpg", content.getvalue(), "image/jpeg")


def third_screen(client: Client, kind: str | None = None, **said: Any) -> str:
    """The third screen, reached through the second."""
    start = client.get(here(kind)).content.decode()
    said = {"text": "村口的路灯坏了三天了", "stage": "words", **said}
    return client.post(here(kind), {**hidden(start), **said}).content.decode()


def send(client: Client, page: str, kind: str | None = None, **said: Any) -> Any:
    """Send the third screen."""
    return client.post(here(kind), {**hidden(page), "about_own": "no", **said, "stage": "send"})


def ordered(client: Client, **said: Any) -> str:
    """Place an order through all three screens; its receipt."""
    answer = send(client, third_screen(client), **said)
    assert answer.status_code == 302, answer.content.decode()
    return urlsplit(answer["Location"]).path.split("/")[2]


def sign_in(client: Client, username: str) -> None:
    """Sign a member of the cast in."""
    client.force_login(cast.Account.objects.get(username=username))
