"""Notices on their way: routed by the pack, gathered, held at night, stopped by a link, settled, sent again."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from gongzhi.capabilities.orders.commands import notifying
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Delivery, NoticeChoice
from gongzhi.capabilities.orders.notices import Outcome, Outgoing, jobs, rules
from gongzhi.capabilities.orders.notices.routing import hours_of, reach_by, read_token, token
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter, enter_as_system
from tests import cast
from tests.architecture.probes import written
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import page

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


class Post:
    """An adapter that keeps what it was given, and answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.outcome = Outcome("sent", "", "p-1")
        self.knows = False

    def knows_keys(self, channel: str) -> bool:
        return self.knows

    def send(self, message: Outgoing) -> Outcome:
        self.sent.append(message)
        return self.outcome

    def forget(self, mark: str) -> None:
        """Nothing is kept."""


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    """The installation's adapter of this test."""
    made = Post()
    monkeypatch.setattr(jobs, "adapter", lambda: made)
    return made


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the hours; without anything said it is never quiet and nothing is gathered."""

    def set_hours(**more: Any) -> None:
        def hours(region_code: int) -> Any:
            base = {"quiet_from": "00:00", "quiet_until": "00:00", "gather_minutes": 0}
            return hours_of(region_code).model_validate(hours_of(region_code).model_dump() | base | more)

        monkeypatch.setattr(notifying, "hours_of", hours)

    set_hours()
    return set_hours


def accepted(**more: Any) -> tuple[UUID, str]:
    """An order with a telephone that the worker accepted."""
    order_id, receipt = placed(**{"phone": PHONE, **more})
    dispatched(order_id)
    step("worker", order_id, "accept")
    return order_id, receipt


def cause_of(order_id: UUID, name: str = "order.accepted") -> UUID:
    with enter(person_id=cast.find("county").person_id):
        return Event.objects.filter(thread=order_id, name=name).latest("id").id


def told(order_id: UUID, key: str = "accept", name: str = "order.accepted") -> list[Delivery]:
    """Let the platform make the deliveries of a step."""
    jobs.tell(str(order_id), str(cast.VILLAGE), step=key, cause=str(cause_of(order_id, name)))
    return deliveries(order_id)


def deliveries(order_id: UUID) -> list[Delivery]:
    with enter(person_id=cast.find("county").person_id):
        return list(Delivery.objects.filter(order_id=order_id).order_by("id"))


def deliver(row: Delivery) -> Delivery:
    jobs.deliver(str(row.id), str(cast.VILLAGE))
    return deliveries(row.order_id)[-1]


def waiting_jobs(name: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
        return [json.loads(row[0]) for row in cursor.fetchall()]


def test_a_step_defers_one_job_that_names_no_telephone_and_no_words() -> None:
    order_id, _receipt = accepted()
    mine = [args for args in waiting_jobs("orders.tell") if str(order_id) in str(args)]
    assert [args["step"] for args in mine] == ["accept"]
    assert PHONE not in str(mine)
    assert "路灯" not in str(mine)


def test_a_step_is_told_once_however_often_its_job_runs(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    (row,) = told(order_id)
    assert len(told(order_id)) == 1
    assert (row.state, row.channel, row.notice, row.audience) == ("queued", "sms", "accepted", "reporter")
    assert deliver(row).state == "sent"
    assert deliver(row).tries == 1
    (message,) = post.sent
    assert message.to == PHONE
    assert "经办人接单了" in message.text
    assert "路灯" not in message.text
    sent = deliveries(order_id)[0]
    assert (sent.key, sent.provider_id) == (message.key, "p-1")


def test_no_event_job_or_row_keeps_the_telephone_or_the_text(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    deliver(told(order_id)[0])
    with enter(person_id=cast.find("county").person_id):
        events = list(Event.objects.filter(thread=order_id).values_list("data", flat=True))
        rows = list(Delivery.objects.filter(order_id=order_id).values())
    kept = f"{events}{rows}{waiting_jobs('orders.deliver')}{waiting_jobs('orders.tell')}"
    assert PHONE not in kept
    assert post.sent[0].text not in kept


def test_a_notice_is_no_step_in_the_history_that_the_resident_reads(post: Post, by_day: Any) -> None:
    order_id, receipt = accepted()
    before = page(Client(), f"/r/{receipt}/").count("经办人接单了")
    deliver(told(order_id)[0])
    assert page(Client(), f"/r/{receipt}/").count("经办人接单了") == before
    with enter(person_id=cast.find("county").person_id):
        about = Event.objects.filter(thread=order_id, name__contains="notice")
        assert about.count() == 3
        assert not any("step" in each.data or "state" in each.data for each in about)


def test_who_left_no_telephone_is_not_told() -> None:
    order_id, _receipt = accepted(phone="")
    assert told(order_id) == []


def test_several_orders_of_one_telephone_become_one_message(post: Post, by_day: Any) -> None:
    first, _receipt = accepted()
    second, _receipt = accepted(text="村东头的路灯也不亮了")
    other, _receipt = accepted(phone="13787654321")
    rows = [told(each)[0] for each in (first, second, other)]
    deliver(rows[0])
    (message,) = post.sent
    assert message.text.startswith("您反映的2件事有了新进展")
    assert matter(first).number in message.text
    assert matter(second).number in message.text
    mine = [deliveries(each)[0] for each in (first, second)]
    assert {each.state for each in mine} == {"sent"}
    assert {each.key for each in mine} == {message.key}
    assert deliveries(other)[0].state == "queued"
    deliver(rows[1])
    assert len(post.sent) == 1


def test_an_ordinary_notice_waits_and_an_urgent_order_does_not(post: Post, by_day: Any) -> None:
    by_day(gather_minutes=30)
    order_id, _receipt = accepted()
    (row,) = told(order_id)
    assert timedelta(minutes=29) < row.due_at - timezone.now() <= timedelta(minutes=30)
    before = len(waiting_jobs("orders.deliver"))
    assert deliver(row).state == "queued"
    assert post.sent == []
    assert len(waiting_jobs("orders.deliver")) == before + 1
    order_id, _receipt = placed(phone=PHONE, text="路灯倒了，砸伤了人，快救命")
    assert matter(order_id).urgent
    step("desk", order_id, "message", words="马上就到")
    (urgent,) = told(order_id, "message", "order.answered")
    assert urgent.urgent
    assert deliver(urgent).state == "sent"


def test_what_became_due_in_quiet_hours_waits_for_the_morning(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    (row,) = told(order_id)
    now = timezone.localtime()
    start, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    by_day(quiet_from=start, quiet_until=end)
    assert deliver(row).state == "queued"
    assert post.sent == []


def test_a_sealed_order_has_no_job_and_no_row() -> None:
    order_id, _receipt = placed(phone=PHONE, sealed=True)
    with enter(person_id=cast.find("sealed").person_id) as actor:
        from gongzhi.capabilities.orders.commands import Asked, take_step
        from gongzhi.workflow.engine import Given

        take_step(actor=actor, asked=Asked(order_id), step="message", given=Given(words="已收到"))
    assert not any(str(order_id) in str(args) for args in waiting_jobs("orders.tell"))
    now = timezone.now().isoformat()
    row = {"id": uuid7(), "version": 1, "matter_id": order_id, "cause": uuid7(), "notice": "x", "step": "x"}
    row |= {
        "audience": "reporter",
        "channel": "sms",
        "urgent": False,
        "state": "queued",
        "reason": "",
        "tries": 0,
    }
    row |= {"provider_id": "", "queued_at": now, "due_at": now, "at": now}
    with enter(person_id=cast.find("sealed").person_id) as actor:
        assert written(actor, [{"op": "insert", "table": "orders_delivery", "row": row}]) == "42501"


def test_what_may_have_arrived_is_shown_and_not_repeated(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    post.outcome = Outcome("uncertain", "no_answer")
    row = deliver(told(order_id)[0])
    assert (row.state, row.reason) == ("uncertain", "no_answer")
    assert deliver(row).tries == 1
    assert len(post.sent) == 1


def test_with_a_key_that_the_provider_knows_it_is_tried_again_under_the_same(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    post.knows, post.outcome = True, Outcome("uncertain", "no_answer")
    row = deliver(told(order_id)[0])
    assert row.state == "queued"
    assert row.due_at > timezone.now() + timedelta(seconds=50)
    _due_now(row)
    post.outcome = Outcome("sent")
    assert deliver(row).state == "sent"
    assert post.sent[0].key == post.sent[1].key


def test_after_enough_tries_it_failed(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    post.outcome = Outcome("again", "unreachable")
    row = told(order_id)[0]
    for _each in range(rules.MOST_TRIES):
        _due_now(row)
        row = deliver(row)
    assert (row.state, row.reason, row.tries) == ("failed", "unreachable", rules.MOST_TRIES)


def _due_now(row: Delivery) -> None:
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor, notifying.change(actor, "x.due") as c:
        kept = c.lock(Delivery, row.id)
        c.about(cast.VILLAGE, thread=kept.order_id)
        c.update(kept, due_at=timezone.now() - timedelta(seconds=1))


def test_whoever_is_stopped_in_the_middle_leaves_it_uncertain(post: Post, by_day: Any) -> None:
    order_id, _receipt = accepted()
    (row,) = told(order_id)
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        assert isinstance(notifying.begin_sending(actor=actor, delivery_id=row.id), notifying.Ready)
    assert deliver(row).state == "uncertain"
    assert post.sent == []


def test_an_erased_telephone_is_told_nothing(post: Post, by_day: Any) -> None:
    order_id, receipt = accepted()
    (row,) = told(order_id)
    from gongzhi.capabilities.orders.commands import Asked, erase_contact
    from gongzhi.capabilities.orders.rules import hash_receipt

    with enter(receipt=hash_receipt(receipt)) as actor:
        erase_contact(actor=actor, asked=Asked(order_id))
    assert (deliver(row).state, post.sent) == ("dropped", [])


# -- stopping


def test_the_link_stops_the_messages_of_a_number_without_signing_in(
    post: Post, by_day: Any, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://gz.example"]
    first, receipt = accepted()
    row = told(first)[0]
    deliver(row)
    assert f"https://gz.example/n/{token(first, 'sms')}/" in post.sent[0].text
    client = Client()
    link = f"/n/{token(first, 'sms')}/"
    assert "不再收到" in page(client, link)
    settings_page = f"/r/{receipt}/notices/"
    assert f'href="{settings_page}"' in page(client, f"/r/{receipt}/")
    assert f'href="{link}"' in page(client, settings_page)
    assert client.post(link, {"wanted": "no"}).status_code == 302
    assert "重新接收" in page(client, link)
    second, _receipt = accepted()
    assert told(second) == []
    with enter(person_id=cast.find("county").person_id):
        (choice,) = NoticeChoice.objects.filter(order_id=first)
        assert (choice.channel, choice.wanted) == ("sms", False)
        assert Event.objects.filter(thread=first, name="order.channel_refused").count() == 1
    client.post(link, {"wanted": "yes"})
    third, _receipt = accepted()
    assert len(told(third)) == 1


def test_a_link_that_was_not_signed_here_opens_nothing() -> None:
    order_id, _receipt = accepted()
    good = token(order_id, "sms")
    assert read_token(good) == (order_id, "sms")
    for forged in (good[:-2] + "AA", token(uuid7(), "sms"), "x", "é", ""):
        if forged:
            assert Client().get(f"/n/{forged}/").status_code == 404
        assert forged == token(order_id, "sms") or read_token(forged) != (order_id, "sms")


def test_only_the_platform_keeps_a_choice_or_makes_deliveries() -> None:
    order_id, _receipt = accepted()
    with enter(person_id=cast.find("desk").person_id) as actor:
        with pytest.raises(notifying.Refused):
            notifying.choose_channel(actor=actor, order_id=order_id, channel="sms", wanted=False)
        with pytest.raises(notifying.Refused):
            notifying.queue_notices(actor=actor, order_id=order_id, step="accept", cause=uuid7())


# -- other channels


def test_a_channel_that_a_room_above_brings_is_used(
    post: Post, by_day: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongzhi.capabilities.orders.notices import routing

    monkeypatch.setattr(routing, "_addresses", dict(routing._addresses))
    reach_by("wechat", lambda order_id: ("openid-1", b"w"))
    found = routing.definitions.get(routing.Notice, "accepted", region_code=cast.VILLAGE)
    template = {"template_id": "T1", "fields": {"thing1": "{told}", "character_string2": "{number}"}}
    body = found.body.model_validate(found.body.model_dump() | {"channels": ["wechat"], "wechat": template})
    changed = type(found)(found.id, found.kind, found.key, found.pack, found.number, body)
    order_id, _receipt = accepted(phone="")
    route = [(changed, "wechat")]
    monkeypatch.setattr(notifying, "routes", lambda step, region_code: route)
    monkeypatch.setattr(notifying, "notice_of", lambda key, region_code: body)
    (row,) = told(order_id)
    assert deliver(row).state == "sent"
    (message,) = post.sent
    assert (message.channel, message.to, message.template) == ("wechat", "openid-1", "T1")
    assert message.values == {"thing1": "经办人接单了", "character_string2": matter(order_id).number}
