"""Whatever is sent to the doors for programs: no fault of the server, and no answer that the document does not tell of.

schemathesis makes requests up by the document, right ones and wrong ones; they are sent to a live server by a worker
and by somebody of another place. Half of them ask for an order and a photo that are there.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import requests
import schemathesis
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as told

from gongzhi.capabilities.orders.commands import Asked, attach_photo
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import enter
from gongzhi.project.openapi import document
from tests import cast
from tests.orders.acting import dispatched, placed
from tests.orders.at_portal import jpeg

ELSEWHERE = ("/live/",)
"""Another process answers there; tests/project/test_live.py."""
EXAMPLES = {"worker": 15, "outsider": 8, "": 4}
TOKEN = "t" * 32
STEPS = ("accept", "fulfil", "note", "transfer", "extend", "pause", "return", "call", "take", "nonsense")
CHECKS = [
    checks.not_a_server_error,
    told.status_code_conformance,
    told.content_type_conformance,
    told.response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(document())
OPERATIONS = [
    (path, method)
    for path, methods in document()["paths"].items()
    for method in methods
    if not path.startswith(ELSEWHERE)
]


@dataclass
class Door:
    """The live server, an order in the worker's hands, its photo, and who asks."""

    url: str
    order: UUID
    photo: UUID
    session: requests.Session
    examples: int

    def ask(self, case: Any, *, real: bool, step: str) -> None:
        """Send one request and look at the answer."""
        if real:
            self.aim(case, step)
        answer = case.call(base_url=self.url, session=self.session, headers={"X-CSRFToken": TOKEN})
        case.validate_response(answer, checks=CHECKS)

    def aim(self, case: Any, step: str) -> None:
        """Let a request ask for what is there."""
        there = {"order_id": str(self.order), "photo_id": str(self.photo)}
        for name in case.path_parameters or {}:
            case.path_parameters[name] = there.get(name, case.path_parameters[name])
        if isinstance(case.body, dict) and isinstance(case.body.get("commands"), list):
            for command in case.body["commands"]:
                if isinstance(command, dict):
                    command |= {"subject": str(self.order), "name": step}
        if isinstance(case.body, dict) and "matter" in case.body:
            case.body["matter"] = str(self.order)


@pytest.fixture
def order(real_commits: None) -> tuple[UUID, UUID]:
    order_id, _receipt = placed("resident")
    dispatched(order_id)
    with enter(person_id=cast.find("worker").person_id) as actor:
        asked = Asked(order_id, client_id=uuid7())
        added = attach_photo(actor=actor, asked=asked, picture=read_picture(jpeg().read()))
    return order_id, UUID(added["id"])


@pytest.fixture(params=list(EXAMPLES))
def door(
    request: pytest.FixtureRequest, order: tuple[UUID, UUID], live_server: Any, settings: Any
) -> Iterator[Door]:
    settings.MFA_REQUIRED_FOR_DESK = False
    session = requests.Session()
    session.cookies.set("csrftoken", TOKEN)
    if request.param:
        client = Client()
        client.force_login(cast.Account.objects.get(username=request.param))
        name = django_settings.SESSION_COOKIE_NAME
        session.cookies.set(name, client.cookies[name].value)
    yield Door(live_server.url, *order, session, EXAMPLES[request.param])
    session.close()


def test_no_request_ends_in_a_fault_and_every_answer_is_as_the_document_says(door: Door) -> None:
    for path, method in OPERATIONS:
        operation = schema[path][method.upper()]
        _asked(door, operation, mode=GenerationMode.POSITIVE)
        if document()["paths"][path][method].get("parameters") or operation.body:
            with suppress(Unsatisfiable):  # where nothing could be wrong
                _asked(door, operation, mode=GenerationMode.NEGATIVE)


def _asked(door: Door, operation: Any, *, mode: GenerationMode) -> None:
    cases = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=door.examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, real=st.booleans(), step=st.sampled_from(STEPS))
    def send(case: Any, real: bool, step: str) -> None:
        door.ask(case, real=real, step=step)

    send()
