"""A person is forgotten: nothing of name, telephone and identity number is left in any column, and who may ask."""

from uuid import UUID

import pytest
from django.db import connections

from gongzhi.capabilities.orders.models import OrderContact, OrderWords
from gongzhi.core.command import people
from gongzhi.core.command.forgetting import erase_person
from gongzhi.core.command.running import Refused
from gongzhi.core.events.models import Event
from gongzhi.core.people.cipher import blind_index
from gongzhi.core.people.models import Account, Household, Person, Post, RosterEntry
from gongzhi.core.permissions.actor import enter
from tests import cast
from tests.orders.acting import dispatched, placed
from tests.orders.at_desk import desk, page
from tests.orders.leftovers import where_found

pytestmark = pytest.mark.django_db
NAME, PHONE, IDNO, ADDRESS = "端木昭华", "13766612345", "11010519491231002X", "柏杨巷九号"
TRACES = [NAME, PHONE, IDNO, ADDRESS, "duanmu"]


def a_person(*, admin: str = "admin") -> UUID:
    """A person with a household of his own, both numbers and a sign-in."""
    with enter(person_id=cast.find(admin).person_id) as actor:
        house = people.add_household(actor=actor, region_code=cast.VILLAGE, number="909", address=ADDRESS)
        made = people.add_person(
            actor=actor,
            name=NAME,
            region_code=cast.VILLAGE,
            numbers=people.Numbers(phone=PHONE, idno=IDNO),
            household=Household.objects.get(pk=house["id"]),
        )
        Account.objects.create_user("duanmu", "a-long-test-password", person_id=UUID(made["id"]))
    return UUID(made["id"])


def erase(person: UUID, username: str = "admin", reason: str = "own_wish") -> None:
    """One of the cast forgets the person."""
    with enter(person_id=cast.find(username).person_id) as actor:
        erase_person(actor=actor, person_id=person, reason=reason)


def held_and_left(person: UUID, title: str = "网格员九") -> UUID:
    """A post that showed his name and telephone, and that he holds no more."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        made = people.create_post(
            actor=actor, role="grid_worker", place=(cast.VILLAGE, 5), title=title, public=(NAME, PHONE)
        )
        tenure = people.grant_post(actor=actor, post_id=UUID(made["id"]), person_id=person)
        people.end_tenure(actor=actor, tenure_id=UUID(tenure["id"]))
        people.change_post(  # shown no more, and typed in again
            actor=actor, post_id=UUID(made["id"]), title=title, public=(NAME, PHONE), on_duty=True
        )
    return UUID(made["id"])


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_nothing_of_a_person_survives_anywhere() -> None:
    person = a_person()
    held_and_left(person)
    order_id, _receipt = placed("duanmu", name=NAME, phone=PHONE)
    sealed, _receipt = placed("duanmu", name=NAME, phone=PHONE, sealed=True)
    anonymous, _receipt = placed(phone=PHONE)
    dispatched(order_id)
    traces = [*TRACES, blind_index(PHONE), blind_index(IDNO)]
    before = where_found(connections["owner"], traces)
    assert {"people_person.name", "people_person.idno_index", "orders_ordercontact.phone_index"} <= set(
        before
    )
    assert {"people_post.public_phone", "people_household.address", "people_account.username"} <= set(before)
    with enter(person_id=cast.find("admin").person_id):
        told = Event.objects.count()
    erase(person)
    assert where_found(connections["owner"], traces) == []
    with enter(person_id=cast.find("admin").person_id):
        # of the orders, sealed or not, the administrator learns nothing by it
        assert Event.objects.count() == told + 1
    with enter(person_id=cast.find("county").person_id):
        assert OrderWords.objects.get(order_id=order_id).text
        forgotten = OrderContact.objects.filter(order_id__in=[order_id, anonymous], erased_at__isnull=False)
        assert forgotten.count() == 2
        event = Event.objects.get(thread=order_id, name="order.contact_erased")
        assert event.data == {"reason": "person_erased"}
    with enter(person_id=cast.find("sealed").person_id):
        assert OrderContact.objects.get(order_id=sealed).phone_enc is None


def test_a_person_asks_himself_to_be_forgotten() -> None:
    person = a_person()
    with enter(person_id=person) as actor:
        erase_person(actor=actor, person_id=person)
    with enter(person_id=cast.find("admin").person_id):
        assert Person.objects.get(pk=person).erased_at is not None


@pytest.mark.parametrize("username", ["neighbour", "worker", "desk", "county", "outsider", "supervisor"])
def test_who_does_not_keep_the_register_forgets_nobody_and_no_contact(username: str) -> None:
    person = a_person()
    order_id, _receipt = placed("duanmu", name=NAME, phone=PHONE)
    with pytest.raises(Refused, match="not_found"):
        erase(person, username)
    with enter(person_id=cast.find(username).person_id), connections["default"].cursor() as cursor:
        events, at = [UUID(int=1)], "2026-11-22T08:00:00Z"
        cursor.execute("SELECT orders_forget(%s, %s, %s)", [person, events, at])
        assert cursor.fetchone() == (False,)
    with enter(person_id=cast.find("county").person_id):
        assert OrderContact.objects.get(order_id=order_id).name == NAME


def test_whoever_holds_a_post_is_not_forgotten_and_his_contacts_stay() -> None:
    with pytest.raises(Refused, match="holds_post"):
        erase(cast.find("worker").person_id)


def test_a_name_that_a_post_shows_is_taken_off_first_by_who_manages_it() -> None:
    person = a_person()
    post = held_and_left(person)
    with pytest.raises(Refused, match="shown"):
        erase(person, "village")
    erase(person)
    with enter(person_id=cast.find("admin").person_id):
        shown = Post.objects.get(pk=post)
        assert (shown.public_name, shown.public_phone) == ("", "")


def test_he_is_on_no_roster_and_in_no_household_any_longer() -> None:
    person = a_person()
    with enter(person_id=cast.find("village").person_id) as actor:
        people.put_on_roster(actor=actor, person_id=person, roster="volunteers")
    erase(person, "village", "moved_away")
    with enter(person_id=cast.find("village").person_id):
        assert not RosterEntry.objects.filter(person=person, valid_to__isnull=True).exists()
        assert Person.objects.get(pk=person).household_id is None


def test_a_reason_is_one_of_the_codes_and_twice_is_once() -> None:
    person = a_person()
    with pytest.raises(Refused, match="reason"):
        erase(person, reason="he annoys me")
    erase(person, reason="died")
    with enter(person_id=cast.find("admin").person_id):
        events = Event.objects.count()
    erase(person, reason="died")
    with enter(person_id=cast.find("admin").person_id):
        assert Event.objects.count() == events


def test_the_page_asks_for_a_reason_and_a_typed_word() -> None:
    person = a_person()
    client = desk("village")
    where = f"/desk/people/{person}/"
    assert "删除此人的信息" in page(client, where)
    slip = client.post(f"{where}erase/", {"reason": "own_wish", "typed": "好"})
    assert slip.status_code == 422
    assert "没有删除" in slip.content.decode()
    done = client.post(f"{where}erase/", {"reason": "own_wish", "typed": "删除"}, follow=True)
    assert "此人的信息已删除" in done.content.decode()
    assert client.get(where).status_code == 404
    assert "删除此人的信息" not in page(desk("desk"), f"/desk/people/{cast.find('resident').person_id}/")
