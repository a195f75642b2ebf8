"""What residents, the field and the desk see of what time did, of urging and of oversight; and what devices claim."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.capabilities.orders.watching import watch
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Account
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter, Round
from gongzhi.workflow.reconcile import Case, Told, watch_faults
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import address, desk, page
from tests.orders.at_portal import hidden

pytestmark = pytest.mark.django_db


def long_overdue(monkeypatch: pytest.MonkeyPatch, order_id: UUID) -> datetime:
    """Everything that time does about an order is done; now is long after."""
    later = timezone.now() + timedelta(days=60)
    with monkeypatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: later)
        watch(timestamp=0)
    return later


def field(username: str) -> Client:
    """A telephone on which a member of the cast is signed in."""
    client = Client()
    client.force_login(Account.objects.get(username=username))
    return client


def tasks(client: Client) -> list[dict[str, Any]]:
    """What waits today."""
    found: list[dict[str, Any]] = client.get("/field/api/today").json()["tasks"]
    return found


def give(client: Client, name: str, order_id: UUID, **more: Any) -> dict[str, Any]:
    """One command from the field; `sent_at` is the device's time."""
    sent_at = more.pop("sent_at", None)
    occurred_at = more.pop("occurred_at", None)
    command = {
        "client_id": str(uuid7()),
        "name": name,
        "subject": str(order_id),
        "occurred_at": occurred_at.isoformat() if occurred_at else None,
        "data": more,
    }
    body = {"commands": [command], "sent_at": sent_at.isoformat() if sent_at else None}
    response = client.post("/field/api/commands", body, content_type="application/json")
    answer: dict[str, Any] = response.json()["answers"][0]
    assert answer["status"] == "done", answer
    return answer


def happened(order_id: UUID, name: str) -> Event:
    """The last event of that name."""
    with enter(person_id=cast.find("county").person_id):
        return Event.objects.filter(thread=order_id, name=name).latest("id")


def test_a_resident_urges_once_and_sees_what_came_of_it() -> None:
    order_id, receipt = placed()
    dispatched(order_id)
    client = Client()
    followed = page(client, f"/r/{receipt}/")
    assert "催一催" in followed
    asked = page(client, f"/r/{receipt}/urge/")
    assert "每天一次" in asked
    done = client.post(f"/r/{receipt}/urge/", {**hidden(asked), "words": "灯还没亮"}, follow=True)
    shown = done.content.decode()
    assert "经办人和受理员都看得到" in shown
    assert "1 次" in shown
    assert "催一催" not in shown
    seen = page(desk(), address(order_id))
    assert "反映人催了 1 次" in seen
    assert "灯还没亮" in seen
    assert tasks(field("worker"))[0]["marks"] == ["urged"]


def test_the_desk_finds_what_was_called_on_and_reads_why(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = placed()
    other_id, _receipt = placed()
    dispatched(order_id)
    dispatched(other_id)
    step("worker", other_id, "accept")
    step("county", other_id, "oversee", words="请说明")
    number, other = matter(order_id).number, matter(other_id).number
    assert number not in page(desk(), "/desk/?list=all&raised=on")
    listed = page(desk(), "/desk/?list=all&overseen=on")
    assert other in listed
    assert number not in listed
    long_overdue(monkeypatch, order_id)
    assert number in page(desk(), "/desk/?list=all&raised=on")
    assert number in page(desk(), "/desk/?list=all&raised=on&q=路灯")
    assert number not in page(desk("outsider"), "/desk/?list=all&raised=on")
    seen = page(desk(), address(order_id))
    assert "这一轮已请县级督促" in seen
    assert "办理期限已过，请县级督促" in seen
    assert "（已做）" in seen


def test_a_worker_sees_marks_and_answers_an_oversight_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    worker = field("worker")
    give(worker, "accept", order_id)
    step("county", order_id, "oversee", words="请说明为什么没有办")
    marks = {each["what"]: each["marks"] for each in tasks(worker)}
    assert marks == {"fulfil": [], "answer_oversight": ["overseen"]}
    actions = worker.get(f"/field/api/matters/{order_id}").json()["actions"]
    assert "answer_oversight" in [each["key"] for each in actions]
    give(worker, "answer_oversight", order_id, words="材料明天到")
    long_overdue(monkeypatch, order_id)
    assert [each["marks"] for each in tasks(worker)] == [["raised", "reminded"]]


def test_a_device_is_believed_only_after_it_last_heard_from_us() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    worker, wrong = field("worker"), timedelta(hours=3)
    assert len(tasks(worker)) == 1
    session = worker.session
    session["field_synced_at"] = (timezone.now() - timedelta(hours=5)).isoformat()
    session.save()
    device = timezone.now() + wrong
    give(worker, "accept", order_id, occurred_at=device - timedelta(hours=6), sent_at=device)
    unbelieved = happened(order_id, "order.accepted")
    assert unbelieved.occurred_at == unbelieved.recorded_at
    give(
        worker, "fulfil", order_id, occurred_at=device - timedelta(hours=2), sent_at=device, outcome="solved"
    )
    believed = happened(order_id, "order.fulfilled")
    assert abs(believed.recorded_at - timedelta(hours=2) - believed.occurred_at) < timedelta(seconds=30)
    shown = page(desk(), address(order_id))
    assert shown.count("当时没有信号") == 1
    assert "办理期限：按期" in shown


def test_without_the_devices_time_its_claim_is_left_alone() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    worker = field("worker")
    assert len(tasks(worker)) == 1
    give(worker, "accept", order_id, occurred_at=timezone.now() - timedelta(hours=1))
    accepted = happened(order_id, "order.accepted")
    assert accepted.occurred_at == accepted.recorded_at


def test_a_matter_for_which_nothing_waits_is_found() -> None:
    order_id, _receipt = placed()
    with enter(person_id=cast.find("county").person_id):
        events = Event.objects.filter(thread=order_id).order_by("id")
        case = Case(
            Matter.objects.get(pk=order_id),
            [Told(*each) for each in events.values_list("data", "region_code", "recorded_at")],
            [],
            list(Round.objects.filter(matter=order_id)),
        )
        (words,) = watch_faults(case)
    assert "nothing waits for anybody" in words
