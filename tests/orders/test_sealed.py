"""A sealed order leaves no trace outside its own post: not in jobs, in the log of readings, in counts; and it ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from gongzhi.capabilities.orders import jobs
from gongzhi.capabilities.orders.commands import Asked, rate_order, read_contact, release_order
from gongzhi.capabilities.orders.models import Intake
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import placed, step

pytestmark = pytest.mark.django_db
OUTSIDE = ("worker", "village", "desk", "county", "admin", "second", "supervisor", "outsider")


def sealed_and_checked() -> tuple[UUID, str]:
    """A sealed order that one officer handled and the other checked, and its receipt."""
    order_id, receipt = placed(sealed=True, phone="13912345678")
    with enter():
        post = Post.objects.get(role="county_sealed", region_code=cast.COUNTY)
    step("sealed", order_id, "dispatch", holder=post)
    step("sealed", order_id, "accept")
    step("sealed", order_id, "fulfil", outcome="solved", words="已处理")
    step("sealed_checker", order_id, "check")
    return order_id, receipt


def state(receipt: str) -> str:
    """The order's state, as its resident reads it."""
    with enter(receipt=hash_receipt(receipt)):
        return Matter.objects.get().state


def rate(order_id: UUID, receipt: str, solved: str) -> None:
    """The resident says whether it was solved."""
    with enter(receipt=hash_receipt(receipt)) as actor:
        given = Given(stars=4, solved=solved)
        rate_order(actor=actor, asked=Asked(order_id, client_id=uuid7()), given=given)


def jobs_naming(order_id: UUID) -> int:
    """How many jobs, done or waiting, name the order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE %s", [f"%{order_id}%"])
        return int(cursor.fetchone()[0])


def test_no_job_names_a_sealed_order_and_a_rated_one_is_closed_all_the_same() -> None:
    order_id, receipt = sealed_and_checked()
    rate(order_id, receipt, "yes")
    assert state(receipt) == "rated"
    jobs.close_unrated(timestamp=0)
    assert state(receipt) == "closed"
    assert jobs_naming(order_id) == 0


def test_a_sealed_order_that_nobody_rates_closes_as_not_rated(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, receipt = sealed_and_checked()
    jobs.close_unrated(timestamp=0)
    assert state(receipt) == "checked"
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    jobs.close_unrated(timestamp=0)
    assert state(receipt) == "closed"
    assert jobs_naming(order_id) == 0


def test_only_platforms_and_sealed_posts_are_entered_without_a_person() -> None:
    with enter():
        desk = Post.objects.get(role="desk", region_code=cast.TOWN)
    with pytest.raises(ValueError, match="no system post"), enter_as_system(desk.id):
        pass


def test_who_read_a_sealed_orders_contact_is_not_told_outside_its_post() -> None:
    order_id, _receipt = placed(sealed=True, phone="13912345678")
    with enter(person_id=cast.find("sealed").person_id) as actor:
        read_contact(actor=actor, order_id=order_id, reason="核实举报内容")
    for username in OUTSIDE:
        with enter(person_id=cast.find(username).person_id):
            assert not PersonalDataRead.objects.filter(thread=order_id).exists(), username
    for username in ("sealed", "sealed_checker"):
        with enter(person_id=cast.find(username).person_id):
            assert PersonalDataRead.objects.filter(thread=order_id).exists(), username


def test_the_auditor_reads_who_read_an_ordinary_orders_contact() -> None:
    order_id, _receipt = placed(phone="13912345678")
    with enter(person_id=cast.find("desk").person_id) as actor:
        read_contact(actor=actor, order_id=order_id, reason="回访核实结果")
    for username in ("admin", "supervisor"):
        with enter(person_id=cast.find(username).person_id):
            assert PersonalDataRead.objects.filter(thread=order_id).exists(), username


def test_a_sealed_order_is_not_among_the_counts_of_its_village() -> None:
    placed(sealed=True, address="203.0.113.7")
    with enter():
        assert not Intake.objects.filter(key=f"v{cast.VILLAGE}").exists()
    placed(address="203.0.113.7")
    with enter():
        assert Intake.objects.get(key=f"v{cast.VILLAGE}").count == 1


def test_releasing_a_sealed_order_starts_no_job() -> None:
    for _turn in range(11):
        order_id, receipt = placed(sealed=True, address="203.0.113.8")
    with enter(receipt=hash_receipt(receipt)):
        assert Matter.objects.get(pk=order_id).quarantined
    with enter(person_id=cast.find("sealed").person_id) as actor:
        release_order(actor=actor, asked=Asked(order_id))
    assert jobs_naming(order_id) == 0
