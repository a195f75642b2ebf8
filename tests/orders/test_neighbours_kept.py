"""What is kept of followers and released summaries, how it goes, and what passes the database past the commands."""

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked, erase_order
from gongzhi.capabilities.orders.commands.neighbours import forget_follower, stop_following
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Follower, ReleasedSummary
from gongzhi.capabilities.orders.retention_jobs import forget_after_term
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.reconcile import checks
from gongzhi.core.permissions.actor import enter, enter_as_system
from tests import cast
from tests.architecture.probes import written
from tests.architecture.test_refusals import insert, update
from tests.orders.acting import by_receipt, placed
from tests.orders.leftovers import where_found
from tests.orders.test_neighbours import as_, follows, released, seen_by
from tests.stories.walking import work_off

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_nothing_of_summary_or_follower_survives_anywhere() -> None:
    order_id, receipt = placed()
    summary = "琥珀亭边上的路灯不亮了"
    mine, other = follows(released(order_id, summary)), follows(released(order_id, summary))
    traces = [hash_receipt(mine), hash_receipt(other)]
    assert {"orders_follower.receipt_hash", "orders_releasedsummary.summary"} <= set(
        where_found(connections["owner"], [*traces, "琥珀亭"])
    )
    by_receipt(receipt, order_id, "withdraw")
    with enter(receipt=hash_receipt(receipt)) as actor:
        erase_order(actor=actor, asked=Asked(order_id, client_id=uuid7()))
    work_off()
    assert where_found(connections["owner"], ["琥珀亭"]) == []
    with enter(receipt=hash_receipt(mine)) as actor:
        stop_following(actor=actor)
    assert where_found(connections["owner"], traces[:1]) == []
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor:
        row = Follower.objects.get(receipt_hash=hash_receipt(other))
        forget_follower(actor=actor, follower_id=row.id)
    assert where_found(connections["owner"], traces) == []
    assert [each.words for check in checks().values() for each in check()] == []


def test_followers_go_after_the_term(monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, receipt = placed()
    mine = follows(released(order_id))
    open_id, _receipt = placed()
    theirs = follows(released(open_id))
    by_receipt(receipt, order_id, "withdraw")
    then = timezone.now() + timedelta(days=181)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    forget_after_term(timestamp=0)
    assert seen_by(mine) is None
    assert seen_by(theirs) is not None


def test_the_platform_forgets_no_follower_of_an_open_order() -> None:
    order_id, _receipt = placed()
    follows(released(order_id))
    with as_("desk"):
        row = Follower.objects.get(order_id=order_id)
    with enter_as_system(platform_posts(cast.VILLAGE)[0].id) as actor, pytest.raises(Refused):
        forget_follower(actor=actor, follower_id=row.id)
    for username in ("desk", "county"):
        with as_(username) as actor, pytest.raises(Refused):
            forget_follower(actor=actor, follower_id=row.id)


def test_an_erased_order_is_not_released_again() -> None:
    order_id, receipt = placed()
    released(order_id)
    by_receipt(receipt, order_id, "withdraw")
    with enter(receipt=hash_receipt(receipt)) as actor:
        erase_order(actor=actor, asked=Asked(order_id))
    with as_("desk"):
        row = ReleasedSummary.objects.get(order_id=order_id)
        assert (row.summary, row.words, row.photos) == ("", False, False)
    with pytest.raises(Refused, match="closed"):
        released(order_id)


# -- past the commands


def test_following_passes_one_row_under_ones_own_receipt_and_nothing_else() -> None:
    order_id, receipt = placed()
    hidden_id, _receipt = placed()
    other_id, _receipt = placed()
    summary = released(order_id)
    theirs = follows(summary)
    with as_("desk"):
        taken = Follower.objects.get(order_id=order_id)
    mine = hash_receipt(receipt_code())
    row = Follower(order_id=order_id, receipt_hash=mine, at=timezone.now())
    told = {
        "function": "orders_follow",
        "name": "order.followed",
        "thread": None,
        "region_code": cast.VILLAGE,
    }
    good = insert("orders_follower", row)
    with enter(receipt=mine) as actor:
        assert written(actor, [good], **told) == ""
        forged = {
            "an order that is not released": insert("orders_follower", row, matter_id=hidden_id),
            "another's receipt": insert("orders_follower", row, receipt_hash=hash_receipt(theirs)),
            "another's pseudonym": insert("orders_follower", row, follower=uuid7()),
            "stopped before it began": insert("orders_follower", row, stopped_at=timezone.now()),
            "another table": insert(
                "orders_releasedsummary", ReleasedSummary(order_id=other_id, at=timezone.now())
            ),
            "another's row": update(
                "orders_follower", taken, stopped_at=timezone.now(), receipt_hash=None, follower=None
            ),
        }
        assert {name: written(actor, [each], **told) for name, each in forged.items()} == dict.fromkeys(
            forged, "42501"
        )
        assert written(actor, [good, good], **told) == "42501"
        assert written(actor, [], **told) == "42501"
        for wrong in ({"thread": order_id}, {"name": "order.placed"}, {"region_code": cast.OTHER_VILLAGE}):
            assert written(actor, [good], **told | wrong) == "42501", wrong
        assert written(actor, [good]) == "42501"  # not past the function
    with enter(receipt=hash_receipt(receipt)) as actor:  # the reporter's own receipt follows nothing
        own = insert("orders_follower", row, receipt_hash=hash_receipt(receipt))
        assert written(actor, [own], **told) == "42501"
    with enter(receipt=hash_receipt(theirs)) as actor:
        stop = {"stopped_at": timezone.now(), "receipt_hash": None, "follower": None}
        ended = told | {"name": "order.unfollowed"}
        for wrong in ({"matter_id": hidden_id}, {"receipt_hash": mine}, {"stopped_at": None}):
            assert written(actor, [update("orders_follower", taken, **stop | wrong)], **ended) == "42501", (
                wrong
            )
        assert written(actor, [update("orders_follower", taken, **stop)], **ended) == ""
    for username in ("desk", "county", "worker"):
        with as_(username) as actor:
            for name in ("order.unfollowed", "order.follower_forgotten"):
                answer = written(actor, [update("orders_follower", taken, **stop)], **told | {"name": name})
                assert answer == "42501", (username, name)
