"""What follows a region that was merged or divided: posts move to what it became, joint villages take it in.

Each is a command of its own, caused by the change of the region. Records keep their codes: the rights of the
successor reach them.
"""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.core.command.regions import day_of, must_manage
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries, rules
from gongzhi.core.regions.models import JointVillage, JointVillageMember

Place = tuple[int, int]
FEWEST = 2
"""A joint village of fewer members is none."""


def move_post(*, actor: Actor, post_id: UUID, to: Place, caused_by: UUID | None = None) -> Answer:
    """Move a post to what its place (code, level) became: who holds it, and what waits for it, come along.

    Refuses a closed post, a place that did not come out of the post's own by a merger, a division or a
    renumbering, and places that the actor does not manage.
    """
    with change(actor, "post.moved", caused_by=caused_by) as c:
        post = c.lock(Post, post_id)
        must_manage(actor, post.region_code)
        must_manage(actor, to[0])
        if post.valid_to is not None:
            raise Refused("ended", _("这个岗位已经撤销。"))
        left = (post.region_code, post.region_level)
        after = queries.became([left])[left]
        if to == left or to not in {(region.code, region.level) for region in after}:
            raise Refused("successor", _("岗位只能移到它原来的地方合并、拆分或换代码以后的地方。"))
        c.update(post, region_code=to[0], region_level=to[1])
        c.about(to[0])
        c.data(left=rules.code_text(left[0]), to=rules.code_text(to[0]))
        return c.answer(post, id=post.id)


def renew_joint_village(*, actor: Actor, joint_id: UUID, caused_by: UUID | None = None) -> Answer:
    """Put what its members became in their places; a joint village of which one member is left ends.

    Refuses one that has ended, one whose members all stand, and places that the actor does not manage.
    """
    with change(actor, "joint_village.renewed", caused_by=caused_by) as c:
        joint = c.lock(JointVillage, joint_id)
        if joint.valid_to is not None:
            raise Refused("ended", _("这个联村已经解散。"))
        members = list(JointVillageMember.objects.filter(joint=joint, valid_to=None).select_for_update())
        after = queries.became((one.region_code, one.region_level) for one in members)
        today = {place: {(region.code, region.level) for region in now} for place, now in after.items()}
        ended = [one for one in members if _place(one) not in today[_place(one)]]
        if not ended:
            raise Refused("unchanged", _("这个联村的成员都还在，不用更新。"))
        stay = {_place(one) for one in members if one not in ended}
        coming = {place for one in ended for place in today[_place(one)]} - stay
        if len(stay | coming) < FEWEST:
            _dissolve(c, joint, members=members)
        else:
            _replace(c, ended=ended, coming=[_member(joint, place) for place in sorted(coming)])
        c.about(joint.region_code)
        c.data(members=sorted(rules.code_text(code) for code, _level in stay | coming))
        return c.answer(joint, id=joint.id, members=len(stay | coming))


def _place(member: JointVillageMember) -> Place:
    return member.region_code, member.region_level


def _member(joint: JointVillage, place: Place) -> JointVillageMember:
    return JointVillageMember(joint=joint, region_code=place[0], region_level=place[1])


def _replace(c: Change, *, ended: list[JointVillageMember], coming: list[JointVillageMember]) -> None:
    day = day_of(c, None)
    for one in ended:
        c.update(one, valid_to=day - timedelta(days=1))
    for one in coming:
        must_manage(c.actor, one.region_code)
        one.valid_from = day
        c.create(one)


def _dissolve(c: Change, joint: JointVillage, *, members: list[JointVillageMember]) -> None:
    day = day_of(c, None)
    c.update(joint, valid_to=day)
    for one in members:
        c.update(one, valid_to=day)
