import logging

import pytest
from django.test import Client

from gongzhi.project.logs import PrivateFormatter, masked


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Not Found: /r/7K3M-9QPT-XXXX-2222/", "Not Found: /r/*/"),
        ("GET /desk/invitation/eyJh:1vX:9_-a/ 200", "GET /desk/invitation/*/ 200"),
        ("GET /desk/?q=王小明&page=2 200", "GET /desk/?* 200"),
        ("call +8613912345678 or 13912345678.", "call (telephone) or (telephone)."),
        ("id 620724199001011234 seen", "id (id) seen"),
        ("region 620724103201000000", "region 620724103201000000"),
        ("error\nDETAIL:  Failing row contains (王小明, 1).\nmore", "error\n(detail withheld)\nmore"),
        ("error\nLINE 1: SELECT '王小明说路灯'\n        ^", "error\n(detail withheld)\n        ^"),
    ],
)
def test_a_line_points_to_nobody(written: str, kept: str) -> None:
    assert masked(written) == kept


def test_tracebacks_are_masked_too() -> None:
    try:
        raise ValueError("no such receipt at /r/7K3M-9QPT")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", None, info)
    assert "7K3M" not in PrivateFormatter("%(message)s").format(record)


@pytest.mark.django_db
def test_the_access_line_has_no_query_and_no_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gongzhi.access"):
        Client().get("/healthz?name=王小明", REMOTE_ADDR="203.0.113.9")
    (line,) = (record.getMessage() for record in caplog.records if record.name == "gongzhi.access")
    assert line.startswith("GET /healthz 200 ")
    assert "203.0.113.9" not in line
