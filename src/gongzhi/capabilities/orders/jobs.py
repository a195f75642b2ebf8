"""What the platform does by itself, as its named post in each county. Each job is one transaction an order."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders import notices, pictures
from gongzhi.capabilities.orders.commands.dispatching import consider_order, helpers_until, waits_for_helpers
from gongzhi.capabilities.orders.commands.steps import Asked, take_step
from gongzhi.capabilities.orders.models import Intake, Order
from gongzhi.capabilities.orders.queries.proposing import attended_posts
from gongzhi.capabilities.orders.teaching import train_county
from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter, enter_as_system
from gongzhi.core.permissions.models import RoleRight
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow.engine import Given
from gongzhi.workflow.models import Matter, Task

BATCH = 500
OURS = RetryStrategy(max_attempts=6, exponential_wait=4)
"""For faults of our own (the database away). What a job does is done once, however often it runs."""
IN_HAND = ("dispatched", "accepted", "in_hand")
"""States in which an order waits for the post that holds it."""


def platform_posts(region_code: int | None = None) -> list[Post]:
    """The platform's own posts: of the county in which a place lies, or all of them."""
    with enter():
        posts = Post.objects.filter(role="platform", valid_to__isnull=True)
        if region_code is not None:
            posts = posts.filter(region_code=floor_code(region_code, Level.COUNTY))
        return list(posts.order_by("id")[:BATCH])


def sealed_posts() -> list[Post]:
    """The posts that sealed orders are sealed to: what time does to those is done as them, by no job that names one."""
    with enter():
        roles = RoleRight.objects.filter(sealed=True).values("role")
        return list(Post.objects.filter(role__in=roles, valid_to__isnull=True).order_by("id")[:BATCH])


@app.task(name="orders.dispatch", retry=OURS)
def dispatch(order_id: str, region_code: str) -> None:
    """Look at a new order; where it waits for helpers, look again when that time has passed."""
    for post in platform_posts(int(region_code)):
        try:
            with enter_as_system(post.id) as actor:
                if consider_order(actor=actor, order_id=UUID(order_id)) is None:
                    return
                matter = Matter.objects.get(pk=order_id)
                if matter.holder_id is None and waits_for_helpers(matter, Order.objects.get(pk=order_id)):
                    again = app.configure_task("orders.dispatch", schedule_at=helpers_until(matter))
                    again.defer(order_id=order_id, region_code=region_code)
        except Refused:
            return  # an urgent order was handed out meanwhile, so that it could ring
        return


@app.task(name="orders.close_rated", retry=OURS)
def close_rated(order_id: str, region_code: str) -> None:
    """Close an order that was rated as solved or partly solved."""
    for post in platform_posts(int(region_code)):
        with enter_as_system(post.id) as actor:
            if Matter.objects.filter(pk=order_id, state="rated").exists():
                take_step(actor=actor, asked=Asked(UUID(order_id)), step="close")
        return


@app.periodic(cron="7 * * * *", periodic_id="orders.close_unrated")
@app.task(name="orders.close_unrated")
def close_unrated(timestamp: int) -> None:
    """Close as not rated what nobody rated within the days that the pack allows, and what was rated and still stands.

    For sealed orders no job is kept that would name them, so this is what closes them.
    """
    for post in [*platform_posts(), *sealed_posts()]:
        with enter_as_system(post.id):
            steps = _closing()
        for matter_id, step in steps:
            with enter_as_system(post.id) as actor:
                try:
                    take_step(actor=actor, asked=Asked(matter_id), step=step)
                except Refused:
                    continue  # rated, or closed by the desk, in the meantime


def _closing() -> list[tuple[UUID, str]]:
    """The visible orders that time closes, each with the step that does."""
    waiting = Task.objects.filter(what="rate", done_at__isnull=True, due_at__lte=timezone.now())
    unrated = waiting.order_by("due_at", "id").values_list("matter_id", flat=True)[:BATCH]
    content = Order.objects.filter(solved__in=["yes", "partly"]).values("id")
    rated = Matter.objects.filter(subject="orders", state="rated", id__in=content).order_by(
        "recorded_at", "id"
    )
    standing = rated.values_list("id", flat=True)[:BATCH]
    return [*((each, "close_unrated") for each in unrated), *((each, "close") for each in standing)]


@app.periodic(cron="17 * * * *", periodic_id="orders.recall_unattended")
@app.task(name="orders.recall_unattended")
def recall_unattended(timestamp: int) -> None:
    """Take back what a post has in hand that nobody holds any longer: it waits for the desk, its term unchanged."""
    for post in platform_posts():
        with enter_as_system(post.id):
            ids = _unattended()
        for matter_id in ids:
            with enter_as_system(post.id) as actor:
                try:
                    given = Given(reason="unattended")
                    take_step(actor=actor, asked=Asked(matter_id), step="recall", given=given)
                except Refused:
                    continue  # somebody was quicker


def _unattended() -> list[UUID]:
    """The visible orders in hand at posts that nobody holds today."""
    in_hand = Matter.objects.filter(subject="orders", state__in=IN_HAND, holder__isnull=False)
    holders = list(in_hand.order_by().values_list("holder", flat=True).distinct())
    deserted = set(holders) - attended_posts(holders)
    waiting = in_hand.filter(holder__in=deserted).order_by("recorded_at", "id")
    return list(waiting.values_list("id", flat=True)[:BATCH])


@app.task(name="orders.forget", retry=5)
def forget(paths: list[str], number: str) -> None:
    """Delete the files of erased photos and the notices that name the order. What fails is swept by night."""
    _delete_loose(paths)
    if number:
        notices.adapter().forget(number)


@app.periodic(cron="47 3 * * *", periodic_id="orders.sweep")
@app.task(name="orders.sweep")
def sweep(timestamp: int) -> None:
    """Delete the hourly counts of yesterday, and photo files that no row names (their order was never placed)."""
    with enter():
        Intake.objects.filter(hour__lt=timezone.now() - timedelta(days=1)).delete()
    root = Path(settings.MEDIA_ROOT)
    old = timezone.now().timestamp() - 2 * 24 * 3600
    files = [file for file in root.glob("orders/*/*.jpg") if file.stat().st_mtime < old]
    _delete_loose([str(file.relative_to(root)) for file in files])


def _delete_loose(paths: list[str]) -> None:
    """Delete those of the files that no row names."""
    with enter(), connection.cursor() as cursor:
        cursor.execute("SELECT orders_loose_photos(%s)", [paths])
        for path in cursor.fetchone()[0] or []:
            pictures.whole_path(path).unlink(missing_ok=True)


@app.periodic(cron="23 2 * * *", periodic_id="orders.learn")
@app.task(name="orders.learn")
def learn(timestamp: int) -> None:
    """Train each county's dispatch anew where there is enough to learn from; a worse model is kept and not used."""
    for post in platform_posts():
        if post.region_level == Level.COUNTY:
            train_county(post.id, post.region_code)


import_module("gongzhi.capabilities.orders.notices.jobs")  # its tasks are found with these
import_module("gongzhi.capabilities.orders.calling_jobs")
import_module("gongzhi.capabilities.orders.hotspot_jobs")
import_module("gongzhi.capabilities.orders.exporting")
import_module("gongzhi.capabilities.orders.retention_jobs")
import_module("gongzhi.capabilities.orders.ringing.jobs")
import_module("gongzhi.capabilities.orders.watching")
import_module("gongzhi.capabilities.orders.merging")  # its tasks are found with these
