"""Contact data of closed orders go after the pack's term, words only where the pack says so; the counts stay."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from gongzhi.capabilities.orders import retention
from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.keeping import forget_contact, forget_words
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.capabilities.orders.queries import Filters, order_shown, orders_listed
from gongzhi.capabilities.orders.retention import Retention
from gongzhi.capabilities.orders.retention_jobs import forget_after_term
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.schema import Effective
from gongzhi.core.events.models import Event
from gongzhi.core.events.reconcile import checks
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.project.doctor import _retention
from gongzhi.workflow.definitions import Deadline
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import by_receipt, lamps, placed
from tests.orders.test_erase_order import NAME, SAID, WORD

pytestmark = pytest.mark.django_db
OVERDUE = "contact data of closed orders after their term"
WORDS_OVERDUE = "words of closed orders after their term"


def closed(**more: object) -> tuple[UUID, str]:
    """An order with words and contact, withdrawn."""
    order_id, receipt = placed(**{**SAID, **more})
    by_receipt(receipt, order_id, "withdraw")
    return order_id, receipt


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """So many days pass."""
    then = timezone.now() + timedelta(days=days)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)


def contact(order_id: UUID, username: str = "county") -> OrderContact:
    with enter(person_id=cast.find(username).person_id):
        return OrderContact.objects.get(order_id=order_id)


@pytest.mark.parametrize(
    ("place", "username"), [(cast.VILLAGE, "county"), (cast.SECOND_VILLAGE, "second_desk")]
)
def test_the_contact_goes_after_the_term_and_the_rest_stays(
    place: int, username: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, _receipt = closed(region_code=place, kind=lamps(place))
    with enter(person_id=cast.find(username).person_id) as actor:
        before = orders_listed(actor, Filters()).total
    later(monkeypatch, 179.9)
    forget_after_term(timestamp=0)
    assert contact(order_id, username).name == NAME
    later(monkeypatch, 0.2)
    forget_after_term(timestamp=0)
    left = contact(order_id, username)
    assert (left.name, left.phone_enc, left.phone_index) == ("", None, None)
    with enter(person_id=cast.find(username).person_id) as actor:
        assert orders_listed(actor, Filters()).total == before
        assert WORD in OrderWords.objects.get(order_id=order_id).text
        event = Event.objects.get(thread=order_id, name="order.contact_erased")
        assert event.data == {"reason": "term_over"}
        (line,) = [
            each
            for each in order_shown(actor, Matter.objects.get(pk=order_id)).lines
            if each.event == event.name
        ]
        assert line.title == "保存期满，平台删除了联系方式"
    forget_after_term(timestamp=0)
    with enter(person_id=cast.find(username).person_id):
        assert Event.objects.filter(thread=order_id, name="order.contact_erased").count() == 1


def test_open_orders_keep_their_contact_however_old(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = placed(**SAID)
    later(monkeypatch, 1000)
    forget_after_term(timestamp=0)
    assert contact(order_id).name == NAME


def test_sealed_orders_are_kept_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = closed(sealed=True)
    later(monkeypatch, 181)
    forget_after_term(timestamp=0)
    assert contact(order_id, "sealed").name == ""


def test_words_go_only_where_the_pack_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = closed()
    sealed_id, _receipt = closed(sealed=True)
    kept = Retention(contact_days=180, words_days=400, made_up=True)
    for module in ("retention_jobs", "commands.keeping"):
        monkeypatch.setattr(f"gongzhi.capabilities.orders.{module}.retention", lambda _code: kept)
    later(monkeypatch, 399)
    forget_after_term(timestamp=0)
    with enter(person_id=cast.find("county").person_id):
        assert WORD in OrderWords.objects.get(order_id=order_id).text
    later(monkeypatch, 2)
    forget_after_term(timestamp=0)
    for username, each in (("county", order_id), ("sealed", sealed_id)):
        with enter(person_id=cast.find(username).person_id):
            assert OrderWords.objects.get(order_id=each).text == ""
            event = Event.objects.get(thread=each, name="order.erased")
            assert event.data == {"reason": "term_over"}


def test_nobody_forgets_before_the_term_nor_a_person_by_this_way(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = closed()
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        for command in (forget_contact, forget_words):
            with pytest.raises(Refused, match="within_term"):
                command(actor=actor, asked=Asked(order_id))
    later(monkeypatch, 181)
    for username, code in (("county", "no_right"), ("outsider", "not_found")):
        with enter(person_id=cast.find(username).person_id) as actor, pytest.raises(Refused, match=code):
            forget_contact(actor=actor, asked=Asked(order_id))


def test_the_platform_of_another_county_sees_nothing_to_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = closed()
    later(monkeypatch, 181)
    other = platform_posts(cast.SECOND_VILLAGE)[0].id
    with enter_as_system(other) as actor, pytest.raises(Refused, match="not_found"):
        forget_contact(actor=actor, asked=Asked(order_id))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_reconcile_tells_of_what_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = closed()
    later(monkeypatch, 181)
    left = contact(order_id)
    assert str(left.id) not in [each.row for each in checks()[OVERDUE]()]
    later(monkeypatch, 2)
    assert str(left.id) in [each.row for each in checks()[OVERDUE]()]
    forget_after_term(timestamp=0)
    assert str(left.id) not in [each.row for each in checks()[OVERDUE]()]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_reconcile_tells_of_words_that_are_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, _receipt = closed()
    with enter(person_id=cast.find("county").person_id):
        words = OrderWords.objects.get(order_id=order_id)
    later(monkeypatch, 403)
    assert [each.row for each in checks()[WORDS_OVERDUE]()] == []
    kept = Retention(contact_days=180, words_days=400, made_up=True)
    for module in ("retention_jobs", "commands.keeping", "reconcile"):
        monkeypatch.setattr(f"gongzhi.capabilities.orders.{module}.retention", lambda _code: kept)
    assert str(words.id) in [each.row for each in checks()[WORDS_OVERDUE]()]
    forget_after_term(timestamp=0)
    assert str(words.id) not in [each.row for each in checks()[WORDS_OVERDUE]()]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_doctor_tells_when_retention_last_ran() -> None:
    assert "never erased" in _retention().words
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)"
            " VALUES ('default', 'orders.forget_after_term', 0, '{}', 'succeeded') RETURNING id"
        )
        job = cursor.fetchone()[0]
        done = "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'succeeded', now() - %s::interval)"
        cursor.execute(done, [job, "3 days"])
        assert (_retention().state, "3 days ago" in _retention().words) == ("look", True)
        cursor.execute(done, [job, "6 hours"])
        assert _retention().state == "good"


def test_a_pack_keeps_contacts_while_an_order_can_be_reopened() -> None:
    term = {"name": {"zh": "一", "en": "one"}, "made_up": True}
    term |= {each: {"amount": 1, "unit": "working_days"} for each in ("response", "solution")}
    deadline = Deadline.model_validate({**term, "rating_days": 7, "reopen_days": 60})
    effective = Effective({"deadline": {"slow": deadline}})
    short = Retention(contact_days=60, words_days=50, made_up=True)
    problems = list(retention.retention_problems(short, effective))
    assert ["can be reopened" in problems[0], "words would go" in problems[1]] == [True, True]
