"""Following a neighbour's order: what the desk releases, what the reporter consents to, and what a follower learns."""

from uuid import UUID

import pytest
from django.test import Client

from gongzhi.capabilities.orders.commands import Asked, erase_order, merge_orders
from gongzhi.capabilities.orders.commands.neighbours import (
    choose_showing,
    follow_order,
    release_summary,
    revoke_summary,
    stop_following,
)
from gongzhi.capabilities.orders.models import Follower, Photo
from gongzhi.capabilities.orders.neighbours import Writing
from gongzhi.capabilities.orders.pictures import read_picture
from gongzhi.capabilities.orders.queries.neighbours import followed, offered_near, shown_photo
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import by_receipt, checked, dispatched, lamps, matter, placed, step
from tests.orders.at_portal import jpeg

pytestmark = pytest.mark.django_db
SUMMARY = "村口路灯不亮，已经有人反映"
SECRET = "琥珀亭张家"


def as_(username: str):  # type: ignore[no-untyped-def]
    return enter(person_id=cast.find(username).person_id)


def released(order_id: UUID, summary: str = SUMMARY, username: str = "desk", **shown: bool) -> UUID:
    """The desk lets neighbours know of the order."""
    with as_(username) as actor:
        asked = Asked(order_id, client_id=uuid7())
        return UUID(release_summary(actor=actor, asked=asked, summary=summary, **shown)["id"])


def consented(receipt: str, order_id: UUID, *, given: bool = True) -> None:
    with enter(receipt=hash_receipt(receipt)) as actor:
        choose_showing(actor=actor, asked=Asked(order_id, client_id=uuid7()), given=given)


def offers(text: str = "村口的路灯坏了三天了", username: str = "", **more: object) -> list:
    person = cast.find(username).person_id if username else None
    with enter(person_id=person) as actor:
        return offered_near(
            actor, Writing(**{"text": text, "kind": lamps(), "region_code": cast.VILLAGE, **more})
        )  # type: ignore[arg-type]


def follows(summary: UUID, username: str = "") -> str:
    """Somebody follows; the receipt by which he does."""
    receipt = receipt_code()
    person = cast.find(username).person_id if username else None
    with enter(person_id=person, receipt=hash_receipt(receipt)) as actor:
        follow_order(actor=actor, summary_id=summary, region_code=cast.VILLAGE, client_id=uuid7())
    return receipt


def seen_by(receipt: str):  # type: ignore[no-untyped-def]
    with enter(receipt=hash_receipt(receipt)) as actor:
        return followed(actor)


def people_of(order_id: UUID) -> int:
    with as_("desk"):
        return Follower.objects.filter(order_id=order_id, stopped_at__isnull=True).count()


# -- what is offered


def test_only_what_the_desk_released_is_offered_with_kind_place_age_and_summary_alone() -> None:
    order_id, _receipt = placed(
        text=f"{SECRET}门口路灯坏了", point=(99.123456, 39.654321), phone="13912345678"
    )
    assert offers() == []
    released(order_id)
    (found,) = offers(point=(99.1235, 39.6565))
    assert (found.summary, found.kind, found.region_code) == (SUMMARY, lamps(), cast.VILLAGE)
    assert (found.words, found.photos, found.metres) == ("", (), 300)
    assert SECRET not in repr(found)
    assert "39.654321" not in repr(found)


def test_what_has_other_words_or_lies_elsewhere_is_not_offered() -> None:
    order_id, _receipt = placed()
    released(order_id)
    assert offers("自来水停了两天") == []
    assert offers(region_code=cast.OTHER_VILLAGE) == []
    assert len(offers("村口路灯不亮了", region_code=cast.NEXT_VILLAGE)) == 1


def test_the_hidden_words_of_the_order_find_nothing() -> None:
    order_id, _receipt = placed(text=f"{SECRET}门口有人倒垃圾")
    released(order_id, "三社水渠边有垃圾")
    assert offers(f"{SECRET}门口有人") == []


def test_sealed_quarantined_merged_closed_and_private_orders_are_never_offered() -> None:
    sealed, _receipt = placed(sealed=True)
    for username in ("sealed", "desk", "county"):
        with pytest.raises(Refused):
            released(sealed, username=username)
    gone, receipt = placed()
    released(gone)
    by_receipt(receipt, gone, "withdraw")
    one, _receipt = placed()
    two, _receipt = placed()
    released(two)
    with as_("desk") as actor:
        merge_orders(actor=actor, asked=Asked(two), leading=Asked(one))
    assert offers() == []
    with pytest.raises(Refused, match="closed"):
        released(gone)
    with pytest.raises(Refused, match="closed"):
        released(two)


def test_one_is_not_offered_ones_own() -> None:
    order_id, _receipt = placed("resident")
    released(order_id)
    assert offers(username="resident") == []
    assert len(offers(username="neighbour")) == 1


# -- releasing


@pytest.mark.parametrize(
    ("summary", "code"),
    [
        ("", "summary"),
        ("   ", "summary"),
        ("灯坏了" * 50, "summary"),
        ("路灯坏了，电话13912345678", "private"),
        ("路灯坏了，62070219900101123X反映", "private"),
        ("张家欧阳翠微反映路灯坏了", "name"),
        ("演员0家门口路灯坏了", "name"),
        ("二社12号院门口路灯坏了", "house"),
        ("村口往东第三家门口路灯坏了", "house"),
    ],
)
def test_a_summary_names_nobody_and_no_house(summary: str, code: str) -> None:
    order_id, _receipt = placed(name="欧阳翠微", phone="13912345678")
    with pytest.raises(Refused, match=f"^{code}:"):
        released(order_id, summary)


@pytest.mark.parametrize("username", ["worker", "outsider", "resident", "supervisor", "admin", "sealed"])
def test_only_the_desk_releases_and_revokes(username: str) -> None:
    order_id, _receipt = placed("resident")
    dispatched(order_id)
    with pytest.raises(Refused):
        released(order_id, username=username)
    released(order_id)
    with as_(username) as actor, pytest.raises(Refused):
        revoke_summary(actor=actor, asked=Asked(order_id))
    assert len(offers()) == 1


def test_what_is_revoked_is_offered_no_more_and_may_be_released_again() -> None:
    order_id, _receipt = placed()
    first = released(order_id)
    with as_("desk") as actor:
        revoke_summary(actor=actor, asked=Asked(order_id, client_id=uuid7()))
    assert offers() == []
    with pytest.raises(Refused, match="gone"):
        follows(first)
    assert released(order_id, "村口路灯不亮") == first
    assert [each.summary for each in offers()] == ["村口路灯不亮"]
    with as_("desk"):
        told = Event.objects.filter(thread=order_id, name__startswith="order.summary_").order_by("id")
        assert [each.name.removeprefix("order.summary_") for each in told] == [
            "released",
            "revoked",
            "released",
        ]
        assert all(each.post for each in told)


# -- consent


def test_words_and_photos_need_consent_and_release_and_go_with_either() -> None:
    text = "村口的路灯坏了，我家孩子摔了一跤"
    order_id, receipt = placed(text=text, photos=[read_picture(jpeg("blue").read())])
    with pytest.raises(Refused, match="consent"):
        released(order_id, words=True)
    consented(receipt, order_id)
    summary = released(order_id)
    (found,) = offers()
    assert (found.words, found.photos) == ("", ())  # the desk released neither
    released(order_id, words=True, photos=True)
    (found,) = offers()
    assert found.words == text
    (photo,) = found.photos
    with enter():
        assert shown_photo(summary, photo)
        assert not Photo.objects.filter(pk=photo).exists()
    consented(receipt, order_id, given=False)
    (found,) = offers()
    assert (found.words, found.photos) == ("", ())
    with enter():
        assert shown_photo(summary, photo) is None
    consented(receipt, order_id)  # given again, it waits for the desk
    assert offers()[0].words == ""


@pytest.mark.parametrize("username", ["desk", "worker", "county", "neighbour", "outsider"])
def test_only_the_reporter_consents(username: str) -> None:
    order_id, _receipt = placed("resident")
    dispatched(order_id)
    with as_(username) as actor, pytest.raises(Refused):
        choose_showing(actor=actor, asked=Asked(order_id), given=True)
    with as_("resident") as actor:
        choose_showing(actor=actor, asked=Asked(order_id), given=True)


def test_of_a_sealed_order_no_consent_is_kept() -> None:
    order_id, receipt = placed(sealed=True)
    with pytest.raises(Refused, match="sealed"):
        consented(receipt, order_id)


# -- following


def test_a_follower_reads_the_stages_and_nothing_of_the_reporter() -> None:
    order_id, receipt = placed(text=SECRET + "门口路灯坏了", name="欧阳翠微", phone="13912345678")
    mine = follows(released(order_id))
    dispatched(order_id)
    step("worker", order_id, "accept")
    step("desk", order_id, "message", words=f"{SECRET}您好")
    found = seen_by(mine)
    assert (found.number, found.state, found.summary) == (matter(order_id).number, "accepted", SUMMARY)
    assert [each for each, _at in found.steps] == ["place", "dispatch", "accept", "message"]
    assert SECRET not in repr(found)
    page = Client().get(f"/r/{mine}/").content.decode()
    assert SUMMARY in page
    assert "经办人接单了" in page
    for word in (SECRET, "欧阳翠微", "13912345678", receipt, "您提交了", "给您的回复"):
        assert word not in page, word
    assert seen_by(receipt_code()) is None
    assert seen_by(receipt) is None


def test_a_follower_opens_no_page_of_the_order() -> None:
    order_id, _receipt = placed(photos=[read_picture(jpeg().read())])
    mine = follows(released(order_id))
    client = Client()
    for page in ("receipt/", "erase/", "photos/", "withdraw/", "neighbours/"):
        assert client.get(f"/r/{mine}/{page}").status_code == 404, page
    with enter(receipt=hash_receipt(mine)) as actor:
        with pytest.raises(Refused):
            release_summary(actor=actor, asked=Asked(order_id), summary=SUMMARY)
        with pytest.raises(Refused):
            choose_showing(actor=actor, asked=Asked(order_id), given=True)
        with pytest.raises(Refused):
            erase_order(actor=actor, asked=Asked(order_id))


def test_the_reporter_learns_nothing_of_followers_and_the_desk_counts_them() -> None:
    order_id, receipt = placed()
    follows(released(order_id), "neighbour")
    with enter(receipt=hash_receipt(receipt)):
        assert not Follower.objects.exists()
        assert not Event.objects.filter(name="order.followed").exists()
    assert people_of(order_id) == 1


def test_the_same_form_sent_twice_follows_once_and_a_receipt_follows_one() -> None:
    order_id, _receipt = placed()
    summary, receipt, key = released(order_id), receipt_code(), uuid7()
    for _again in range(2):
        with enter(receipt=hash_receipt(receipt)) as actor:
            follow_order(actor=actor, summary_id=summary, region_code=cast.VILLAGE, client_id=key)
    assert people_of(order_id) == 1
    with enter(receipt=hash_receipt(receipt)) as actor, pytest.raises(Refused):
        follow_order(actor=actor, summary_id=summary, region_code=cast.VILLAGE, client_id=uuid7())


def test_without_a_receipt_nobody_follows_and_an_orders_receipt_follows_nothing() -> None:
    order_id, receipt = placed()
    summary = released(order_id)
    with enter() as actor, pytest.raises(Refused):
        follow_order(actor=actor, summary_id=summary, region_code=cast.VILLAGE, client_id=uuid7())
    with enter(receipt=hash_receipt(receipt)) as actor, pytest.raises(Refused):
        follow_order(actor=actor, summary_id=summary, region_code=cast.VILLAGE, client_id=uuid7())


def test_an_address_that_follows_too_often_is_asked_to_wait(settings) -> None:  # type: ignore[no-untyped-def]
    settings.INTAKE_AN_HOUR = (2, 100)
    order_id, _receipt = placed()
    summary = released(order_id)
    for number in range(3):
        with enter(receipt=hash_receipt(receipt_code())) as actor:
            given = {"summary_id": summary, "region_code": cast.VILLAGE, "client_id": uuid7()}
            if number < 2:
                follow_order(actor=actor, address="10.0.0.1", **given)
            else:
                with pytest.raises(Refused, match="flood"):
                    follow_order(actor=actor, address="10.0.0.1", **given)


def test_who_stops_leaves_no_trace_and_counts_no_more() -> None:
    order_id, _receipt = placed()
    mine = follows(released(order_id))
    with enter(receipt=hash_receipt(mine)) as actor:
        stop_following(actor=actor)
    assert people_of(order_id) == 0
    assert seen_by(mine) is None
    assert Client().get(f"/r/{mine}/").status_code == 404


def test_a_follower_is_told_of_a_merger_a_withdrawal_and_an_erasure() -> None:
    one, _receipt = placed()
    two, receipt = placed()
    mine = follows(released(two))
    with as_("desk") as actor:
        merge_orders(actor=actor, asked=Asked(two), leading=Asked(one))
    dispatched(one)
    found = seen_by(mine)
    assert (found.merged_into, found.state) == (matter(one).number, "dispatched")
    assert "并入" in Client().get(f"/r/{mine}/").content.decode()
    three, receipt = placed()
    theirs = follows(released(three))
    by_receipt(receipt, three, "withdraw", words=SECRET)
    page = Client().get(f"/r/{theirs}/").content.decode()
    assert "反映人撤回了这件事" in page
    assert SECRET not in page
    with enter(receipt=hash_receipt(receipt)) as actor:
        erase_order(actor=actor, asked=Asked(three))
    page = Client().get(f"/r/{theirs}/").content.decode()
    assert "已经按要求删除" in page
    assert SUMMARY not in page


def test_a_follower_reads_how_it_ended() -> None:
    order_id, _receipt = placed()
    mine = follows(released(order_id))
    checked(order_id)
    page = Client().get(f"/r/{mine}/").content.decode()
    assert "等反映人评价" in page
    assert "请您评价" not in page
