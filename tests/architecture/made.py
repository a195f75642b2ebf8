"""Rows that the matrix needs and no other test makes: of the register, of places, of what was told."""

from uuid import UUID

from django.utils import timezone

from gongzhi.capabilities.orders.commands import Asked
from gongzhi.capabilities.orders.commands.hotspots import Placed, Ran, keep_hot_spots
from gongzhi.capabilities.orders.commands.learning import Trained, keep_model, use_model
from gongzhi.capabilities.orders.commands.neighbours import choose_showing, follow_order, release_summary
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import Delivery, Different, Drill, DrillRing, NoticeChoice, Ring
from gongzhi.capabilities.orders.rules import hash_receipt, receipt_code
from gongzhi.core.command import people, regions
from gongzhi.core.command.running import change
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.models import Organisation, Post, RosterEntry
from gongzhi.core.permissions.actor import Actor, enter, enter_as_system
from gongzhi.core.regions.queries import standing
from gongzhi.workflow.models import Matter
from tests import cast


def told(seer: str, order_id: UUID) -> None:
    """A notice that went outside, and the resident's word that he wants none."""
    with enter(person_id=cast.find(seer).person_id) as actor, change(actor, "order.notices_queued") as c:
        times = {"queued_at": c.now, "due_at": c.now, "at": c.now}
        routed = {"notice": "accepted", "step": "accept", "audience": "reporter", "channel": "sms"}
        c.create(Delivery(order_id=order_id, cause=uuid7(), **routed, **times))
        c.create(NoticeChoice(order_id=order_id, channel="sms", wanted=False, at=c.now))
        c.about(cast.VILLAGE, thread=order_id)


def rung(seer: str, order_id: UUID) -> None:
    """The order rang the post of whoever sees it."""
    with enter(person_id=cast.find(seer).person_id) as actor, change(actor, "order.rung") as c:
        c.create(
            Ring(
                order_id=order_id,
                number=0,
                who="township",
                post=actor.posts[0].id,
                channel="page",
                rung_at=c.now,
                until=c.now,
                at=c.now,
            )
        )
        c.about(cast.VILLAGE, thread=order_id)


def drilled(actor: Actor, code: int, *, rung: str | None) -> None:
    """A drill of a village, which rang nobody, or a post of the cast's village by its role."""
    posts = Post.objects.filter(role=rung, region_code=cast.VILLAGE).values_list("id", flat=True)
    with change(actor, "drill.rung") as c:
        drill = c.create(Drill(region_code=code, region_level=5, chain_id=uuid7(), started_at=c.now))
        c.create(
            DrillRing(
                drill=drill, region_code=code, number=0, who="handler", post=posts.first(), rung_at=c.now
            )
        )
        c.about(code)


def by_night(actor: Actor, county: int) -> None:
    """What the platform does in a county by night: it learns, and gathers hot spots."""
    trained = Trained(b"npz", None, {"texts": 0}, {})
    number = keep_model(actor=actor, county=county, trained=trained)["number"]
    use_model(actor=actor, county=county, number=number)
    keep_hot_spots(actor=actor, county=county, placed=[], ran=Ran("", 0, False))


def told_apart(seer: str, order_id: UUID) -> None:
    """The order is not the same as another one."""
    with enter(person_id=cast.find(seer).person_id) as actor, change(actor, "order.told_apart") as c:
        matter = c.lock(Matter, order_id)
        c.about(matter.region_code, thread=order_id)
        c.create(Different(order_id=order_id, other=uuid7(), at=c.now))


def shown_to_neighbours(seer: str, order_id: UUID, *, receipt: str) -> None:
    """A summary that the desk released, the reporter's consent, somebody who follows; a hot spot of one order."""
    with enter(receipt=hash_receipt(receipt)) as actor:
        choose_showing(actor=actor, asked=Asked(order_id), given=True)
    with enter(person_id=cast.find(seer).person_id) as actor:
        released = release_summary(actor=actor, asked=Asked(order_id), summary="路灯不亮，已经有人反映")
        place = Matter.objects.get(pk=order_id).region_code
    with enter_as_system(platform_posts(place)[0].id) as actor:
        hot = Placed(order_id, order_id, place, timezone.now())
        keep_hot_spots(actor=actor, county=actor.posts[0].region_code, placed=[hot])
    with enter(receipt=hash_receipt(receipt_code())) as actor:
        follow_order(actor=actor, summary_id=UUID(released["id"]), region_code=place, client_id=uuid7())


def of_people(actor: Actor, code: int) -> None:
    """A post, a household, a person on a roster, a unit."""
    people.create_post(actor=actor, role="grid_worker", place=(code, 5), title="二号网格员")
    people.add_household(actor=actor, region_code=code, number="特1号")
    made = people.add_person(actor=actor, name="甲", region_code=code, client_id=uuid7())
    today = timezone.localdate()
    with change(actor, "roster.joined") as c:
        c.create(RosterEntry(roster="volunteers", person_id=made["id"], region_code=code, valid_from=today))
        c.create(Organisation(name="小学", kind="school", region_code=code))
        c.about(code)


def of_places(actor: Actor) -> None:
    """A joint village, and a place that was renamed."""
    members = [(cast.VILLAGE, 5), (cast.NEXT_VILLAGE, 5)]
    regions.form_joint_village(actor=actor, name="联合村", members=members)
    renamed = standing(cast.NEXT_VILLAGE, 5)
    assert renamed is not None
    regions.rename_region(actor=actor, region_id=renamed.id, name="新名村")
