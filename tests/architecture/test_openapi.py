"""The document of the interface for programs: whole, valid, committed, and served to everybody."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client

from gongzhi.project.openapi import document
from tests.architecture.test_views import expected

ROOT = Path(__file__).resolve().parent.parent.parent
FOR_PROGRAMS = re.compile(r"^(field/api/.+|hooks/.+|openapi\.json|.*\.ics)$")
PART = re.compile(r"<(?:\w+:)?(\w+)>")
BY_MIDDLEWARE = {"/healthz"}
BESIDE = re.compile("^/(live|hooks)/")
"""`gongzhi live` answers there, a process of its own; hooks are there as far as a gateway is."""


def _tool() -> ModuleType:
    found = importlib.util.spec_from_file_location("openapi_tool", ROOT / "tools" / "openapi.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_every_address_for_programs_is_told_and_none_that_is_not_there() -> None:
    routes = {"/" + PART.sub(r"{\1}", each) for each in expected() if FOR_PROGRAMS.match(each)}
    told = set(document()["paths"])
    assert sorted(routes - told) == []
    assert sorted(each for each in told - routes if not BESIDE.match(each)) == sorted(BY_MIDDLEWARE)


def test_every_operation_says_what_it_is_and_has_a_name_of_its_own() -> None:
    operations = [each for path in document()["paths"].values() for each in path.values()]
    assert all(each.get("summary") and each["responses"] for each in operations)
    names = [each["operationId"] for each in operations]
    assert sorted(set(names)) == sorted(names)


def test_the_committed_document_is_the_one_that_is_served() -> None:
    tool = _tool()
    assert tool.TARGET.read_text(encoding="utf-8") == tool.text(), "run: python tools/openapi.py"


@pytest.mark.django_db
def test_everybody_reads_it() -> None:
    answer = Client().get("/openapi.json")
    assert answer.json() == document()
    assert answer.json()["openapi"].startswith("3.1")
