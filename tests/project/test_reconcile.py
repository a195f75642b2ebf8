"""`gongzhi reconcile` says nothing of what commands did, and finds whatever went past them."""

from pathlib import Path

import pytest
from django.db import connections

from gongzhi.capabilities.orders.commands import Asked, rate_order
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.reconcile import checks
from gongzhi.core.permissions.actor import enter
from gongzhi.interop.hotline.importing import import_messages
from gongzhi.interop.hotline.mapping import Mapping
from gongzhi.project import upkeep
from gongzhi.workflow.engine import Given
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, placed, step

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def drifts() -> dict[str, list[str]]:
    """What each check finds, in words."""
    found = {name: [each.words for each in check()] for name, check in checks().items()}
    return {name: words for name, words in found.items() if words}


def lived(tmp_path: Path) -> None:
    """Orders in every sort of trouble."""
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    step("desk", order_id, "pause", reason="weather")
    step("worker", order_id, "resume")
    step("worker", order_id, "ask_extension", days=2, reason="weather")
    step("worker", order_id, "ask_help", words="要吊车")
    step("desk", order_id, "grant_extension")
    step("worker", order_id, "return", reason="cannot")
    placed(sealed=True)
    paused, _receipt = placed()
    dispatched(paused)
    step("worker", paused, "accept")
    step("desk", paused, "pause", reason="weather")
    again, receipt = placed()
    checked(again)
    with enter(receipt=hash_receipt(receipt)) as actor:
        rate_order(actor=actor, asked=Asked(again, client_id=uuid7()), given=Given(stars=1, solved="no"))
    gone, receipt = placed()
    by_receipt(receipt, gone, "withdraw")
    declined, _receipt = placed()
    step("desk", declined, "decline", reason="not_ours", outcome="not_ours", words="请找供电所")
    county_wide, _receipt = placed(region_code=cast.COUNTY, region_level=3, text="路灯坏了")
    dispatched(county_wide)
    board = tmp_path / "board.csv"
    board.write_text("号,时,文,答\n1,2020-01-02,路灯坏了,修好了\n2,2020-01-02,路灯坏了,\n", encoding="utf-8")
    columns = {"number": "号", "at": "时", "text": "文", "answer": "答"}
    import_messages(
        board, mapping=Mapping.model_validate({"source": "b", "columns": columns}), region="620724101"
    )


def tampered(statement: str) -> None:
    """The owner, with the triggers out of the way."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_what_commands_did_has_not_drifted_and_what_went_past_them_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lived(tmp_path)
    assert drifts() == {}
    assert upkeep.reconcile() == 0
    open_one = (
        "(SELECT id FROM workflow_matter WHERE due_at IS NOT NULL AND closed_at IS NULL ORDER BY id LIMIT 1)"
    )
    for statement, check, words in (
        (
            f"UPDATE workflow_matter SET due_at = due_at + interval '1 day' WHERE id = {open_one}",
            "due times",
            "it is due by",
        ),
        (
            "UPDATE workflow_round SET due_at = due_at - interval '1 s' WHERE number = 1",
            "due times",
            "its round 1 was due",
        ),
        ("UPDATE workflow_matter SET paused_at = NULL", "due times", "its events paused it"),
        (
            "UPDATE workflow_task SET done_at = now() WHERE done_at IS NULL",
            "states and tasks",
            "what waits is {}",
        ),
        (
            "UPDATE workflow_matter SET state = 'accepted' WHERE state = 'dispatched'",
            "states and tasks",
            "its state is",
        ),
        ("UPDATE workflow_matter SET version = version + 1", "versions", "its last event made version"),
        ("UPDATE orders_order SET event_id = gen_random_uuid()", "versions", "names another event"),
        (
            "DELETE FROM events_eventsubject WHERE table_name = 'orders_order'",
            "versions",
            "no event tells of it",
        ),
        ("DELETE FROM orders_message", "versions", "the row is not there"),
        ("UPDATE orders_orderwords SET region_code = 620724000000000000", "orders", "another place, time"),
        ("DELETE FROM orders_orderwords", "orders", "it has no words"),
        ("UPDATE regions_tally SET change = change + 1", "tally", "kept"),
    ):
        tampered(statement)
        told = {name: said for name, said in drifts().items() if name.startswith(check)}
        assert any(words in each for said in told.values() for each in said), (statement, drifts())
    assert upkeep.reconcile() == 1
    assert "Rows and events disagree" in capsys.readouterr().out
