"""By night what closed orders hold of a person goes once its term is over, one order a transaction."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.capabilities.orders.commands.keeping import forget_contact, forget_words
from gongzhi.capabilities.orders.commands.neighbours import forget_follower
from gongzhi.capabilities.orders.commands.steps import Asked
from gongzhi.capabilities.orders.commands.wechat import forget_wechat_after
from gongzhi.capabilities.orders.jobs import BATCH, platform_posts, sealed_posts
from gongzhi.capabilities.orders.models import Follower, OrderContact, OrderWords
from gongzhi.capabilities.orders.retention import NEVER, limits, retention
from gongzhi.core.command.running import Answer, Refused
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.workflow.models import Matter

MOST_BATCHES = 20
"""So many batches of a post in one night: what is left waits for the next one, the oldest first."""


@app.periodic(cron="37 2 * * *", periodic_id="orders.forget_after_term")
@app.task(name="orders.forget_after_term", lock="orders.forget_after_term")
def forget_after_term(timestamp: int) -> None:
    """Erase the contact data of closed orders after the pack's term, and their words where the pack says so."""
    for post in [*platform_posts(), *sealed_posts()]:
        forget_as(post)
    for post in platform_posts():
        forget_addresses_as(post)


def forget_as(post: Post) -> int:
    """What is over its term among the orders that one post sees; how many it was."""
    last = limits(retention(post.region_code), timezone.now())
    done = _forget(post, OrderWords.objects.all(), until=last.words, command=forget_words)
    done += _forget(post, OrderContact.objects.all(), until=last.contact, command=forget_contact)
    return done + _forget_followers(post, until=last.contact)


def _forget_followers(post: Post, *, until: datetime) -> int:
    """Who followed orders that have been closed for as long as contact data are kept."""
    closed = Matter.objects.filter(pk=OuterRef("order_id"), closed_at__lte=until)
    done, after = 0, UUID(int=0)
    for _batch in range(MOST_BATCHES):
        with enter_as_system(post.id):
            over = Follower.objects.filter(Exists(closed), stopped_at__isnull=True, id__gt=after)
            batch = list(over.order_by("id").values_list("id", flat=True)[:BATCH])
        for follower_id in batch:
            with enter_as_system(post.id) as actor:
                try:
                    forget_follower(actor=actor, follower_id=follower_id)
                except Refused:
                    continue  # he stopped by himself, or the order was reopened
                done += 1
        if len(batch) < BATCH:
            break
        after = batch[-1]
    return done


def forget_addresses_as(post: Post) -> int:
    """Where residents are reached by WeChat goes once their orders' contact data are past the term; how many it was."""
    last = limits(retention(post.region_code), timezone.now()).contact
    done = 0
    for _batch in range(MOST_BATCHES):
        with enter_as_system(post.id):
            forgotten = forget_wechat_after(last)
        done += forgotten
        if not forgotten:
            break
    return done


def _forget(
    post: Post,
    rows: "QuerySet[OrderWords] | QuerySet[OrderContact]",
    *,
    until: datetime,
    command: Callable[..., Answer],
) -> int:
    done = 0
    if until <= NEVER:
        return done
    for batch in _over(post, rows, until=until):
        for order_id in batch:
            with enter_as_system(post.id) as actor:
                try:
                    command(actor=actor, asked=Asked(order_id))
                except Refused:
                    continue  # reopened or erased meanwhile
                done += 1
    return done


def _over(
    post: Post, rows: "QuerySet[OrderWords] | QuerySet[OrderContact]", *, until: datetime
) -> Iterator[list[UUID]]:
    """The orders whose term is over, batch by batch; a merged one ends with the leading one."""
    leader = Matter.objects.filter(pk=OuterRef("leading"), closed_at__lte=until)
    over = Matter.objects.filter(
        Q(leading__isnull=True) | Exists(leader), pk=OuterRef("order_id"), closed_at__lte=until
    )
    after = UUID(int=0)
    for _batch in range(MOST_BATCHES):
        with enter_as_system(post.id):
            found = rows.filter(Exists(over), erased_at__isnull=True, order_id__gt=after)
            batch = list(found.order_by("order_id").values_list("order_id", flat=True)[:BATCH])
        yield batch
        if len(batch) < BATCH:
            return
        after = batch[-1]
