"""Who could handle an order: the posts with a handling role around it, the fittest first."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gongzhi.capabilities.orders import rules
from gongzhi.capabilities.orders.definitions import OrderKind
from gongzhi.capabilities.orders.queries.duties import Outside, outside_among
from gongzhi.capabilities.orders.queries.proposing import attended_posts, returned_by
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.people.models import Post
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level, floor_code, interval
from gongzhi.workflow.models import Matter, Task

MOST_HOLDERS = 300
OPEN_TASKS = Coalesce(
    Subquery(
        Task.objects.filter(holder=OuterRef("pk"), done_at__isnull=True)
        .order_by()
        .values("holder")
        .annotate(count=Count("id"))
        .values("count")
    ),
    0,
)
"""How many open tasks a post has, as far as the reader may see them."""


@dataclass(frozen=True)
class Holder:
    """A post that could be given the order. `candidate`: how the platform weighs it; None: it only could.

    `outside`: the list of duties by which it may refuse the order.
    """

    post: Post
    attended: bool
    load: int
    candidate: rules.Candidate | None
    outside: Outside | None = None


def holders_for(
    matter: Matter, kind: OrderKind, *, spared: set[UUID] | None = None, category: str = ""
) -> list[Holder]:
    """The posts to choose from, the fittest first. A sealed order has one: the post that it is sealed to.

    `spared`: the posts that let it go, where they were read. `category`: what it is about, for the lists of duties.
    """
    line = regions.line_of(matter.region_code, matter.region_level)
    posts = list(_posts(matter, line).annotate(load=OPEN_TASKS)[:MOST_HOLDERS])
    attended = attended_posts([post.id for post in posts])
    spared = returned_by(matter) if spared is None else spared
    shut = outside_among(matter, posts, category=category)
    found = []
    for post in posts:
        candidate = None
        if post.role in kind.holders and (post.region_code, post.region_level) in line:
            candidate = rules.Candidate(
                post=post.id,
                on_duty=post.on_duty,
                attended=post.id in attended,
                open_load=post.load,
                role_rank=kind.holders.index(post.role),
                distance=matter.region_level - post.region_level,
                role=post.role,
                level=post.region_level,
                returned=post.id in spared,
            )
        found.append(Holder(post, post.id in attended, post.load, candidate, shut.get(post.id)))
    return sorted(found, key=_fitness)


def handling_roles(region_code: int) -> list[str]:
    """The roles of the packs in force that may handle an order."""
    roles = definitions.all_of(Role, region_code=region_code)
    return [role.key for role in roles if "handler" in role.body.acts_as and not role.body.sealed]


def _posts(matter: Matter, line: set[tuple[int, int]]) -> QuerySet[Post]:
    if matter.sealed_to is not None:
        return Post.objects.filter(pk=matter.sealed_to)
    around = Q(region_code__in={code for code, _level in line})
    if matter.region_level >= Level.TOWNSHIP:
        township = floor_code(matter.region_code, Level.TOWNSHIP)
        around |= Q(region_code__range=interval(township, Level.TOWNSHIP))
    roles = handling_roles(matter.region_code)
    return Post.objects.filter(around, role__in=roles, valid_to__isnull=True).order_by("region_code", "id")


def _fitness(holder: Holder) -> tuple[bool, bool, int, int, int]:
    each = holder.candidate
    away = not holder.attended or not holder.post.on_duty or bool(each and each.returned)
    if each is None:
        return (True, away, 0, 0, holder.load)
    return (away, away, each.role_rank, each.distance, each.open_load)
