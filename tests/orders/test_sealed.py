"""A sealed order leaves no trace outside its own post: not in jobs, in the log of readings, in counts; and it ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from gongzhi.capabilities.orders import jobs
from gongzhi.capabilities.orders.commands import Asked, rate_order, read_contact, release_order
from gongzhi.capabilities.orders.models import Intake
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command import people
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter
from gongzhi.workflow.queries import tasks_for
from tests import cast
from tests.orders.acting import placed, step
from tests.orders.at_desk import desk, page

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


# -- whoever handled a sealed order never checks it; another who holds the sealed right of the county does


def left_alone() -> None:
    """One person holds the county's sealed post, and nobody else."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        checker = cast.find("sealed_checker").person_id
        tenure = people.Tenure.objects.get(person=checker, post__role="county_sealed", valid_to=None)
        people.end_tenure(actor=actor, tenure_id=tenure.id)


def second_post() -> None:
    """The resident's neighbour holds another sealed post of the county."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        made = people.create_post(actor=actor, role="county_sealed", place=(cast.COUNTY, 3), title="密办二岗")
        person = cast.find("neighbour").person_id
        tenure = people.grant_post(actor=actor, post_id=UUID(made["id"]), person_id=person)
    with enter(person_id=cast.find("second").person_id) as actor:
        people.approve_tenure(actor=actor, tenure_id=UUID(tenure["id"]))


def sealed_and_fulfilled() -> tuple[UUID, str]:
    """A sealed order that the one officer handled alone, and its receipt."""
    order_id, receipt = placed(sealed=True)
    with enter():
        post = Post.objects.get(role="county_sealed", region_code=cast.COUNTY, title="密办岗")
    step("sealed", order_id, "dispatch", holder=post)
    step("sealed", order_id, "accept")
    step("sealed", order_id, "fulfil", outcome="solved", words="已处理")
    return order_id, receipt


def waits_for(username: str, order_id: UUID) -> bool:
    """Whether a task of the order waits for this person."""
    with enter(person_id=cast.find(username).person_id) as actor:
        return tasks_for(actor).filter(matter=order_id).exists()


def test_another_sealed_post_of_the_county_checks_what_one_person_alone_handled() -> None:
    left_alone()
    second_post()
    order_id, receipt = sealed_and_fulfilled()
    assert waits_for("neighbour", order_id)
    for step_not_theirs in ("note", "message"):
        with pytest.raises(Refused, match="step"):
            step("neighbour", order_id, step_not_theirs, words="看看")
    step("neighbour", order_id, "check")
    assert state(receipt) == "checked"
    for username in OUTSIDE:
        assert not waits_for(username, order_id), username
        with enter(person_id=cast.find(username).person_id):
            assert not Matter.objects.filter(pk=order_id).exists(), username


def test_where_nobody_can_check_it_waits_and_says_why() -> None:
    left_alone()
    order_id, receipt = sealed_and_fulfilled()
    with enter(person_id=cast.find("sealed").person_id):
        number = Matter.objects.get(pk=order_id).number
    words = "现在没有人能查"
    assert words in page(desk("sealed"), f"/desk/orders/{number}/")
    assert "等另一位专人核查" in page(Client(), f"/r/{receipt}/")
    second_post()
    assert words not in page(desk("sealed"), f"/desk/orders/{number}/")
    assert "等另一位专人核查" not in page(Client(), f"/r/{receipt}/")


def test_the_administrator_is_warned_where_one_person_alone_holds_the_sealed_right() -> None:
    with enter():
        post = Post.objects.get(role="county_sealed", region_code=cast.COUNTY)
    warning = "能办保密事项的人不到两个"
    assert warning not in page(desk("admin"), f"/desk/posts/{post.id}/")
    left_alone()
    assert warning in page(desk("admin"), f"/desk/posts/{post.id}/")
    resident = cast.find("resident").person_id
    answer = desk("admin").post(f"/desk/posts/{post.id}/give/", {"person": resident}, follow=True)
    assert warning in answer.content.decode()
