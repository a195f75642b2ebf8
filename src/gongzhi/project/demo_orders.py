"""The demo's orders, each taken through its course by the people whom the demo made up."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import commands
from gongzhi.capabilities.orders.commands import Asked, NewOrder
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.definitions.demo import DemoOrder
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Post, Tenure
from gongzhi.core.permissions.actor import Actor, enter, enter_as_system
from gongzhi.core.regions.rules import Level, lineage, parse_code
from gongzhi.workflow.clock import deadline_of
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter, Task

AsOf = Callable[[datetime], AbstractContextManager[None]]

COURSES: dict[str, list[str]] = {
    "received": [],
    "dispatched": ["dispatch"],
    "accepted": ["dispatch", "accept"],
    "in_hand": ["dispatch", "accept", "start"],
    "paused": ["dispatch", "accept", "start", "pause"],
    "fulfilled": ["dispatch", "accept", "fulfil"],
    "sent_back": ["dispatch", "accept", "fulfil", "send_back"],
    "checked": ["dispatch", "accept", "fulfil", "check"],
    "rated": ["dispatch", "accept", "fulfil", "check", "rate", "close"],
    "unrated": ["dispatch", "accept", "fulfil", "check", "close_unrated"],
    "reopened": ["dispatch", "accept", "fulfil", "check", "rate"],
    "returned": ["dispatch", "return"],
    "taken": ["take"],
    "withdrawn": ["withdraw"],
    "declined": ["decline"],
    "void": ["void"],
}
WHO = {
    "accept": "handler",
    "start": "handler",
    "fulfil": "handler",
    "return": "handler",
    "pause": "desk",
    "check": "desk",
    "send_back": "desk",
    "decline": "desk",
    "void": "desk",
    "withdraw": "resident",
    "rate": "resident",
    "close": "platform",
    "close_unrated": "platform",
    "dispatch": "platform",
}
REASONS = {
    "pause": "weather",
    "return": "cannot",
    "decline": "not_ours",
    "void": "test",
    "send_back": "not_done",
}


def load_orders(orders: list[DemoOrder], person_ids: dict[str, UUID], *, as_of: AsOf) -> None:
    """Place each order on its day and take it through its course."""
    for number, told in enumerate(orders):
        Course(told, person_ids, as_of=as_of, number=number).run()


@dataclass
class Course:
    """One order on its way."""

    told: DemoOrder
    person_ids: dict[str, UUID]
    as_of: AsOf = field(kw_only=True)
    number: int = field(kw_only=True)
    receipt: str = field(default_factory=receipt_code)

    def run(self) -> None:
        """Place it, then take its steps, the later ones nearer to now."""
        steps = COURSES[self.told.course]
        began = self._began()
        gap = min(timedelta(hours=5), (timezone.now() - began) / (len(steps) + 2))
        with self.as_of(began):
            self.order_id = self._place()
        for count, step in enumerate(steps, start=1):
            moment = self._rating_over() if step == "close_unrated" else began + gap * count
            with self.as_of(min(moment, timezone.now())):
                self._step(step)

    def _began(self) -> datetime:
        now = timezone.localtime()
        if not self.told.days_ago:
            return now - timedelta(hours=1, minutes=7 * (self.number % 9))
        least = 30 if self.told.course == "unrated" else 0  # the days for rating must be over
        day = now - timedelta(days=max(self.told.days_ago, least))
        return day.replace(hour=8 + self.number % 9, minute=self.number * 7 % 60)

    def _rating_over(self) -> datetime:
        with self._platform():
            due = Task.objects.get(matter=self.order_id, what="rate").due_at
        return (due or timezone.now()) + timedelta(hours=1)

    def _platform(self) -> AbstractContextManager[Actor]:
        return enter_as_system(platform_posts(parse_code(self.told.region))[0].id)

    def _place(self) -> UUID:
        reporter = self.person_ids.get(self.told.by or "")
        with enter(person_id=reporter, receipt=hash_receipt(self.receipt)) as actor:
            new = NewOrder(
                kind=self.told.kind,
                region_code=parse_code(self.told.region),
                region_level=Level.VILLAGE,
                receipt=self.receipt,
                text=self.told.words,
                place_text=self.told.place,
                sealed=self.told.sealed,
                open_to_helpers=self.told.open_to_helpers,
            )
            return UUID(commands.place_order(actor=actor, new=new, client_id=uuid7())["id"])

    def _step(self, step: str) -> None:
        if step == "take":
            with enter(person_id=self.person_ids["volunteer"]) as actor:
                commands.take_open_order(actor=actor, order_id=self.order_id)
            return
        who = "sealed" if self.told.sealed else WHO[step]
        given = self._given(step)
        if who == "platform":
            with self._platform() as actor:
                if step == "dispatch":
                    commands.consider_order(actor=actor, order_id=self.order_id)
                    if Matter.objects.filter(pk=self.order_id, holder__isnull=False).exists():
                        return
                commands.take_step(actor=actor, asked=Asked(self.order_id), step=step, given=given)
            return
        self._as_person(who, step, given=given)

    def _as_person(self, who: str, step: str, *, given: Given) -> None:
        person, receipt = self._person(who), None
        if who == "resident" and person is None:
            receipt = hash_receipt(self.receipt)
        with enter(person_id=person, receipt=receipt) as actor:
            asked = Asked(self.order_id)
            if step == "rate":
                commands.rate_order(actor=actor, asked=asked, given=given)
            else:
                commands.take_step(actor=actor, asked=asked, step=step, given=given)

    def _person(self, who: str) -> UUID | None:
        if who == "resident":
            return self.person_ids.get(self.told.by or "")
        if who == "sealed":
            return self.person_ids["sealed1"]
        if who == "desk":
            return self.person_ids["county"]
        with self._platform():
            holder = Matter.objects.values_list("holder_id", flat=True).get(pk=self.order_id)
        with enter(person_id=self.person_ids["admin"]):
            return Tenure.objects.filter(post_id=holder, valid_to__isnull=True).values_list(
                "person_id", flat=True
            )[0]

    def _given(self, step: str) -> Given:
        told = self.told
        words = {
            "fulfil": told.done,
            "decline": told.done,
            "rate": told.said,
        }
        return Given(
            words=words.get(step, "") or (_("没有具体内容，请重新反映。") if step == "void" else ""),
            reason=self._pause_reason() if step == "pause" else REASONS.get(step, ""),
            outcome=told.outcome if step in {"fulfil", "decline"} else "",
            holder=self._holder() if step == "dispatch" else None,
            stars=told.stars or 0,
            solved=told.solved or "",
        )

    def _pause_reason(self) -> str:
        """A reason that the order's deadline allows: each pack names its own."""
        with self._platform():
            pauses = deadline_of(Matter.objects.get(pk=self.order_id)).pauses
        return "weather" if "weather" in pauses else next(iter(pauses), "")

    def _holder(self) -> Post | None:
        if self.told.sealed:
            return Post.objects.get(role="county_sealed", region_code=parse_code(self.told.region[:6]))
        codes = [code for code, _level in lineage(parse_code(self.told.region), Level.VILLAGE)]
        posts = Post.objects.filter(region_code__in=codes, role__in=["grid_worker", "village_officer"])
        return posts.order_by("role", "-region_level").first()
