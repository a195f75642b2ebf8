"""Work of a post that nobody holds does not starve: it goes back to the desk; sealed posts are never left."""

from uuid import UUID

import pytest

from gongzhi.capabilities.orders import jobs
from gongzhi.core.command import people
from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Post, Tenure
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from gongzhi.workflow.queries import tasks_for
from tests import cast
from tests.orders.acting import dispatched, matter, placed, step

pytestmark = pytest.mark.django_db


def leave(role: str, region_code: int) -> UUID:
    """Everybody is taken from a post; its id."""
    with enter(person_id=cast.find("admin").person_id) as actor:
        post = Post.objects.get(role=role, region_code=region_code)
        for tenure in Tenure.objects.filter(post=post, valid_to=None):
            people.end_tenure(actor=actor, tenure_id=tenure.id)
    return post.id


def waiting_for(username: str, order_id: UUID) -> list[str]:
    """What of this order waits for a member of the cast."""
    with enter(person_id=cast.find(username).person_id) as actor:
        return [task.what for task in tasks_for(actor).filter(matter=order_id)]


@pytest.mark.parametrize("steps", [[], ["accept"], ["accept", "start"]])
def test_what_waits_for_a_post_that_nobody_holds_goes_back_to_the_desk(steps: list[str]) -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    for key in steps:
        step("worker", order_id, key)
    due = matter(order_id).due_at
    leave("grid_worker", cast.VILLAGE)
    assert waiting_for("desk", order_id) == []
    jobs.recall_unattended(timestamp=0)
    found = matter(order_id)
    assert (found.state, found.holder_id, found.due_at) == ("returned", None, due)
    assert waiting_for("desk", order_id) == ["dispatch"]


def test_work_stays_with_a_post_that_somebody_holds_or_that_was_handed_over() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    with enter(person_id=cast.find("admin").person_id) as actor:
        tenure = Tenure.objects.get(post__role="grid_worker", post__region_code=cast.VILLAGE, valid_to=None)
        people.hand_over_post(actor=actor, tenure_id=tenure.id, to_person=cast.find("neighbour").person_id)
    jobs.recall_unattended(timestamp=0)
    assert matter(order_id).state == "dispatched"
    assert waiting_for("neighbour", order_id) == ["accept"]


def test_a_sealed_post_is_never_closed_nor_given_new_orders_while_nobody_holds_it() -> None:
    order_id, _receipt = placed(sealed=True)
    post_id = leave("county_sealed", cast.COUNTY)
    with enter(person_id=cast.find("admin").person_id) as actor, pytest.raises(Refused, match="sealed_post"):
        people.close_post(actor=actor, post_id=post_id)
    with pytest.raises(Refused, match="sealed"):
        placed(sealed=True)
    with enter(person_id=cast.find("admin").person_id) as actor:
        granted = people.grant_post(actor=actor, post_id=post_id, person_id=cast.find("neighbour").person_id)
    with pytest.raises(Refused, match="sealed"):
        placed(sealed=True)
    with enter(person_id=cast.find("second").person_id) as actor:
        people.approve_tenure(actor=actor, tenure_id=UUID(granted["id"]))
    placed(sealed=True)
    with enter(person_id=cast.find("neighbour").person_id):
        assert Matter.objects.filter(pk=order_id).exists()
