"""Whose hands a matter is in beside its holder's, and what was said of whose affair it is.

First-receiver duty (首问负责): whoever let a matter go stays responsible for it until another has accepted. That is a
task of the part `hand`; the posts that have one stand in `Matter.hands`, so that they see what they answer for.
A post that says "not mine" disowns it; when a second says so in the same round, the level above decides, and its
decision binds (`Round.decided_for`).
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.events.models import Event
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.workflow.models import Matter, Round, Task

if TYPE_CHECKING:
    from gongzhi.workflow.engine import Run

HAND = "hand"
"""The part of a post that has a task of its own in a matter that another holds."""
STAND_BY = "stand_by"
DECISION = "decide_competence"
HELP = "help_out"
SENDING = ("dispatch", "transfer", "pass_on")


def hand_for(run: "Run", what: str) -> UUID | None:
    """The post that a task of the part `hand` waits for; None where nobody owes it.

    First-receiver duty is the first one's alone, and no duty of whoever helps of his own will.
    """
    if what == HELP:
        return _helper(run)
    before, after = run.matter.holder_id, run.values.get("holder_id", run.matter.holder_id)
    if before is None or before == after or run.matter.sealed_to is not None:
        return None
    if any(task.what == what and task.done_at is None for task in [*run.tasks, *run.opened]):
        return None
    post = Post.objects.filter(pk=before).first()
    role = _role_of(post) if post is not None else None
    if role is None or "handler" not in role.acts_as:
        return None
    run.c.data(hand=str(before))
    return before


def _helper(run: "Run") -> UUID | None:
    """The post that is asked to do a part of the work. Refuses the one that leads it, and one asked already."""
    helper = run.given.helper
    if helper is None:
        return None
    if helper.id == run.matter.holder_id:
        raise Refused("helper", _("这个岗位就是主办，请另选协办的岗位。"))
    if any(task.what == HELP and task.holder_id == helper.id for task in run.tasks):
        raise Refused("helping", _("已经请这个岗位协办，正在等它办好。"))
    run.c.data(hand=str(helper.id))
    return helper.id


def own_parts(actor: Actor, tasks: list[Task]) -> list[Task]:
    """The parts of the work that wait for posts of the actor."""
    return [
        each
        for each in tasks
        if each.what == HELP and each.done_at is None and each.holder_id in actor.post_ids
    ]


def leads(actor: Actor, matter: Matter) -> bool:
    """Whether the actor stands as a desk where the matter is led."""
    place = floor_code(matter.region_code, matter.lead_level or Level.TOWNSHIP)
    return any("act_desk" in post.rights and post.covers(place) for post in actor.posts)


def keep_lead(run: "Run") -> None:
    """A handling post of the township or the county leads what it was given; a volunteer's does not."""
    given = run.given.holder
    if given is None or given.region_level > Level.TOWNSHIP or run.matter.sealed_to is not None:
        return
    role = _role_of(given)
    if role is not None and "handler" in role.acts_as:
        _lead(run, min(given.region_level, run.matter.lead_level or Level.TOWNSHIP))


def _lead(run: "Run", level: int) -> None:
    run.values["lead_level"] = level
    run.c.data(lead=level)


def keep_hands(run: "Run") -> None:
    """The posts that have a hand in the matter are those for which a task of that part is open."""
    mine = [task for task in [*run.tasks, *run.opened] if task.part == HAND]
    if not mine:
        return
    hands = sorted({str(task.holder_id) for task in mine if task.done_at is None and task.holder_id})
    if hands != sorted(str(each) for each in run.matter.hands or ()):
        run.values["hands"] = [UUID(each) for each in hands] or None


# -- whose affair it is


def contested(round_row: Round | None) -> bool:
    """Whether a post said in this round, since the last decision, that it is not its affair."""
    return round_row is not None and any(each["disowned"] for each in round_row.let_go)


def decided(matter: Matter, round_row: Round | None) -> bool:
    """Whether the level above decided in this round that its present holder handles it."""
    return (
        round_row is not None and matter.holder_id is not None and round_row.decided_for == matter.holder_id
    )


def decides(actor: Actor, tasks: list[Task]) -> bool:
    """Whether a dispute waits for a post of the actor: it stands above whoever disagrees."""
    return any(
        post.covers(task.region_code) and f"act_{task.part}" in post.rights
        for task in tasks
        if task.what == DECISION and task.done_at is None
        for post in actor.posts
    )


def took_part(actor: Actor, matter: Matter) -> bool:
    """Whether the actor himself, by whatever post, let this matter go as not his affair."""
    said = Event.objects.filter(thread=matter.id, data__has_key="let_go", actor=actor.pseudonym)
    return actor.pseudonym is not None and said.exists()


def let_go_by(round_row: Round | None) -> set[UUID]:
    """The posts that let a matter go in this round, since the last decision."""
    return {UUID(each["post"]) for each in round_row.let_go} if round_row is not None else set()


def disputes(run: "Run") -> bool:
    """Whether this step makes a dispute of it: a second post disowns it, or the same one once more."""
    return run.given.reason in run.transition.disowns and contested(run.round_row)


def level_above(run: "Run") -> Level:
    """One level above the highest of those who disagree: who disowned it, and who sent it to them; the county at most.

    The platform is no party: it sends by rule.
    """
    parties = let_go_by(run.round_row)
    since = run.round_row.started_at if run.round_row is not None else run.matter.recorded_at
    sent = Event.objects.filter(thread=run.matter.id, data__step__in=SENDING, recorded_at__gte=since)
    parties |= {post for post in sent.values_list("post", flat=True) if post is not None}
    posts = Post.objects.filter(pk__in=parties)
    roles = {post: _role_of(post) for post in posts}
    levels = [post.region_level for post, role in roles.items() if role is None or not role.system]
    highest = min(levels, default=int(Level.VILLAGE))
    return Level(min(max(highest - 1, int(Level.COUNTY)), int(Level.TOWNSHIP)))


# -- the effects of a flow


def lead_up(run: "Run", _argument: str) -> None:
    """One level above leads it now: the township after the village, the county after the township."""
    _lead(run, Level.TOWNSHIP if run.matter.lead_level is None and _from_below(run) else Level.COUNTY)


def _from_below(run: "Run") -> bool:
    holder = next((post for post in run.c.actor.posts if post.id == run.matter.holder_id), None)
    return holder is not None and holder.region_level > Level.TOWNSHIP


def lead_down(run: "Run", _argument: str) -> None:
    """The township leads it again; in this round it does not hand it up once more."""
    _lead(run, Level.TOWNSHIP)
    if run.round_row is not None:
        run.c.update(run.round_row, sent_down=True)


def close_own(run: "Run", _argument: str) -> None:
    """The actor's part of the work is done."""
    own = own_parts(run.c.actor, run.tasks)
    for task in own:
        run.c.update(task, done_at=run.c.now, result="done")
    run.c.data(parts=len(own))


def close_helper(run: "Run", _argument: str) -> None:
    """A post is no longer asked to help. Refuses one that was not."""
    helper = run.given.helper
    asked = [each for each in run.tasks if each.what == HELP and helper and each.holder_id == helper.id]
    if not asked:
        raise Refused("helper", _("没有请这个岗位协办，或者它已经办好。"))
    for task in asked:
        run.c.update(task, done_at=run.c.now, result="let_go")
    run.c.data(parts=len(asked), helper=str(asked[0].holder_id))


def let_go(run: "Run", _argument: str) -> None:
    """The round remembers which post let it go, and whether it said that it is not its affair."""
    row, post = run.round_row, run.matter.holder_id
    if row is None or post is None:
        return
    disowned = run.given.reason in run.transition.disowns
    run.c.update(row, let_go=[*row.let_go, {"post": str(post), "disowned": disowned}])
    run.c.data(let_go=str(post), disowned=disowned)


def decide(run: "Run", _argument: str) -> None:
    """The level above says whose it is: what was said before is settled, and the holder cannot disown it."""
    if run.round_row is not None and run.given.holder is not None:
        run.c.update(run.round_row, let_go=[], decided_for=run.given.holder.id)


def _role_of(post: Post) -> Role | None:
    try:
        role: Role = definitions.get(Role, post.role, region_code=post.region_code).body
    except LookupError:
        return None
    return role
