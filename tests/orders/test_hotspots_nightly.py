"""Hot spots by night: what changed is written, nothing where nothing did, and the same as doing it all anew."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked, erase_order, merge_orders
from gongzhi.capabilities.orders.commands.hotspots import Placed, keep_hot_spots
from gongzhi.capabilities.orders.commands.neighbours import stop_following
from gongzhi.capabilities.orders.hotspot_jobs import gather_hot_spots
from gongzhi.capabilities.orders.models import HotOrder, HotRun
from gongzhi.capabilities.orders.queries.hotspots import heat_of
from gongzhi.capabilities.orders.rules import hash_receipt
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.events.reconcile import checks
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import by_receipt, matter, placed
from tests.orders.test_hotspots import MIXER, OTHERS, gather, spots
from tests.orders.test_neighbours import as_, follows, released

pytestmark = pytest.mark.django_db


def kept() -> dict[UUID, UUID]:
    """Each order of a hot spot with its spot, as it is kept."""
    with as_("county"):
        return dict(HotOrder.objects.filter(spot__isnull=False).values_list("order_id", "spot"))


def told() -> int:
    with as_("admin"):
        return Event.objects.filter(name="hotspots.gathered").count()


def test_where_nothing_changed_nothing_is_written() -> None:
    orders = [placed(text=text)[0] for text in MIXER]
    assert gather() == len(MIXER)
    events = told()
    assert gather() is None
    assert gather(anyway=True) == 0
    assert told() == events + 1  # asked for all the same, it is told
    assert set(kept()) == set(orders)
    assert set(kept().values()) == {orders[0]}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_reconcile_finds_nothing_amiss_with_it() -> None:
    orders = [placed(text=text) for text in MIXER]
    gather()
    by_receipt(orders[0][1], orders[0][0], "withdraw")
    gather()
    assert [each.words for check in checks().values() for each in check()] == []


def test_a_new_an_erased_and_a_withdrawn_order_move_their_own_spot_alone() -> None:
    orders = [placed(text=text) for text in MIXER]
    lamps = [placed(text=f"{where}村口路灯坏了不亮")[0] for where in ("", "利丰", "我们", "这边")]
    gather()
    before = kept()
    newest, _receipt = placed(text=MIXER[0])
    assert gather() == 1
    assert kept() == before | {newest: orders[0][0]}
    by_receipt(orders[1][1], orders[1][0], "withdraw")
    with enter(receipt=hash_receipt(orders[1][1])) as actor:
        erase_order(actor=actor, asked=Asked(orders[1][0]))
    assert spots("desk")[0] >= {orders[0][0], newest}
    assert orders[1][0] not in kept()
    assert {kept()[each] for each in lamps} == {lamps[0]}


def test_before_the_night_an_order_that_went_is_shown_no_more() -> None:
    orders = [placed(text=text) for text in MIXER]
    gather()
    by_receipt(orders[3][1], orders[3][0], "withdraw")
    with as_("desk") as actor:
        (hot,) = heat_of(actor, days=30).spots
    assert {each.id for each in hot.matters} == {each for each, _receipt in orders[:3]}
    assert hot.spot.people == 3


def test_followers_make_a_hot_spot_of_one_order_and_stop() -> None:
    order_id, _receipt = placed()
    summary = released(order_id)
    receipts = [follows(summary), follows(summary, "neighbour")]
    with as_("desk"):
        gather()
    with as_("desk") as actor:
        (hot,) = heat_of(actor, days=30).spots
    assert (hot.spot.people, hot.spot.followers, hot.spot.heat) == (3, 2, 3.0)
    assert [each.id for each in hot.matters] == [order_id]
    with enter(receipt=hash_receipt(receipts[0])) as actor:
        stop_following(actor=actor)
    assert spots("desk") == []
    assert kept() == {}


def test_a_follower_who_reported_it_too_counts_once() -> None:
    order_id, _receipt = placed()
    summary = released(order_id)
    follows(summary, "neighbour")
    follows(summary, "neighbour")
    follows(summary)
    gather()
    with as_("desk") as actor:
        (hot,) = heat_of(actor, days=30).spots
    assert (hot.spot.people, hot.spot.followers) == (3, 2)


def test_what_is_older_than_the_window_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in MIXER:
        placed(text=text)
    gather()
    then = timezone.now() + timedelta(days=91)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    assert gather() == len(MIXER)
    assert kept() == {}


@pytest.mark.parametrize("seed", range(4))
def test_night_after_night_comes_to_the_same_as_all_at_once(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history made up
    standing: list[tuple[UUID, str]] = []
    for _night in range(4):
        for _order in range(chance.randint(1, 5)):
            text = f"{chance.choice(['', '今天', '昨晚'])}{chance.choice([*MIXER, *OTHERS])}"
            standing.append(placed(text=text, region_code=chance.choice([cast.VILLAGE, cast.OTHER_VILLAGE])))
        if chance.random() < 0.6:
            gone, receipt = standing.pop(chance.randrange(len(standing)))
            if matter(gone).closed_at is None:
                by_receipt(receipt, gone, "withdraw")
        if chance.random() < 0.6 and len(standing) > 2:
            one, two = standing[0][0], standing[1][0]
            if matter(one).closed_at is None and matter(two).closed_at is None:
                try:
                    with as_("county") as actor:
                        merge_orders(actor=actor, asked=Asked(two), leading=Asked(one))
                except Refused:
                    pass  # that one leads others
        gather()
        step_by_step = kept()
        assert gather(anyway=True) == 0
        assert kept() == step_by_step


def test_sealed_orders_are_never_gathered_and_only_the_platform_writes() -> None:
    sealed = [placed(text=text, sealed=True)[0] for text in MIXER]
    gather()
    for username in ("county", "sealed"):
        with as_(username):
            assert not HotOrder.objects.exists()
    order_id, _receipt = placed()
    row = Placed(order_id, order_id, cast.VILLAGE, timezone.now())
    for username in ("desk", "county", "admin", "sealed", "resident", "outsider"):
        with as_(username) as actor, pytest.raises(Refused):
            keep_hot_spots(actor=actor, county=cast.COUNTY, placed=[row])
    assert sealed


def test_the_job_gathers_every_county_and_each_sees_its_own() -> None:
    for text in MIXER:
        placed(text=text)
    gather_hot_spots(timestamp=0)
    with as_("desk"):
        assert HotRun.objects.get().region_code == cast.COUNTY
    with as_("second_desk"):
        assert HotRun.objects.get().region_code == cast.OTHER_COUNTY
        assert not HotOrder.objects.exists()
    with as_("neighbour"):
        assert not HotRun.objects.exists()
