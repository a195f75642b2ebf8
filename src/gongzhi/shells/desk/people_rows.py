"""Persons, posts and tenures as the desk's pages show them: masked, with places and roles in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import get_language

from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.people import queries
from gongzhi.core.people.cipher import decrypt
from gongzhi.core.people.models import Person, Post, Tenure
from gongzhi.core.people.rules import mask_name, mask_number
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level
from gongzhi.shells.desk.registry import open_work

FEWEST_SEALED = 2
"""Whoever handled a sealed matter never checks it."""


@dataclass(frozen=True)
class Masked:
    """A person without name and numbers."""

    id: UUID
    name: str
    phone: str
    place: str
    posts: list[str]


@dataclass(frozen=True)
class TenureLine:
    """Who holds which post: `waits` for a second person's approval; `open`: how much waits for the post."""

    tenure: Tenure
    person: str
    post: str
    place: str
    waits: bool
    may_approve: bool
    may_end: bool
    open: int


@dataclass(frozen=True)
class PostLine:
    """A post with its role and place in words, and its holders, masked."""

    post: Post
    role: str
    place: str
    holders: list[str]
    waits: bool


def masked(persons: Iterable[Person]) -> list[Masked]:
    """Persons as lists show them, with their posts; two statements."""
    known = list(persons)
    places = regions.labels({each.region_code for each in known}) if known else {}
    held: dict[UUID, list[str]] = {}
    for tenure in queries.tenures(persons=[each.id for each in known]):
        held.setdefault(tenure.person_id, []).append(tenure.post.title)
    return [
        Masked(
            id=each.id,
            name=mask_name(each.name),
            phone=mask_number(decrypt(each.phone_enc)) if each.phone_enc else "",
            place=places.get(each.region_code, ""),
            posts=held.get(each.id, []),
        )
        for each in known
    ]


def tenure_lines(actor: Actor, tenures: Iterable[Tenure]) -> list[TenureLine]:
    """Tenures with what the actor may do about each."""
    known = list(tenures)
    places = regions.labels({each.region_code for each in known}) if known else {}
    work = open_work([each.post_id for each in known]) if known else {}
    return [
        TenureLine(
            tenure=each,
            person=mask_name(each.person.name),
            post=each.post.title,
            place=places.get(each.region_code, ""),
            waits=waits(each),
            may_approve=waits(each) and _may_approve(actor, each),
            may_end=actor.may("manage_posts", each.region_code) and each.valid_to is None,
            open=work.get(each.post_id, 0),
        )
        for each in known
    ]


def post_lines(posts: Iterable[Post]) -> list[PostLine]:
    """Posts as lists show them; two statements."""
    known = list(posts)
    places = regions.labels({each.region_code for each in known}) if known else {}
    held: dict[UUID, list[Tenure]] = {}
    for tenure in queries.tenures(posts=[each.id for each in known]):
        held.setdefault(tenure.post_id, []).append(tenure)
    return [
        PostLine(
            post=each,
            role=role_name(each.role, each.region_code),
            place=places.get(each.region_code, ""),
            holders=[mask_name(tenure.person.name) for tenure in held.get(each.id, [])],
            waits=any(waits(tenure) for tenure in held.get(each.id, [])),
        )
        for each in known
    ]


def waits(tenure: Tenure) -> bool:
    """Whether a tenure waits for a second person's approval."""
    return is_sealed(tenure.post) and tenure.approved_by is None and tenure.valid_to is None


def is_sealed(post: Post) -> bool:
    """Whether the post sees sealed matters."""
    role = _role(post.role, post.region_code)
    return role is not None and role.sealed


def too_few_hold(post: Post) -> bool:
    """Whether fewer than two persons hold the sealed right of this post's place: nobody could check the work."""
    if not is_sealed(post):
        return False
    beside = Post.objects.filter(
        region_code=post.region_code, region_level=post.region_level, valid_to__isnull=True
    )
    sealed = [each.id for each in beside if is_sealed(each)]
    held = queries.tenures(posts=sealed)
    return len({each.person_id for each in held if each.approved_by is not None}) < FEWEST_SEALED


def role_name(key: str, region_code: int) -> str:
    """A role as its pack names it."""
    role = _role(key, region_code)
    return role.name.of(get_language() or "zh") if role else key


def roles_at(code: int, level: int) -> list[tuple[str, str]]:
    """The roles that a post at this place can have: key and name."""
    here = Level(level).name.lower()
    return [
        (found.key, found.body.name.of(get_language() or "zh"))
        for found in definitions.all_of(Role, region_code=code)
        if here in found.body.levels and not found.body.system
    ]


def _role(key: str, region_code: int) -> Role | None:
    try:
        return definitions.get(Role, key, region_code=region_code).body
    except LookupError:
        return None


def _may_approve(actor: Actor, tenure: Tenure) -> bool:
    return (
        actor.may("manage_posts", tenure.region_code)
        and actor.pseudonym not in {None, tenure.granted_by}
        and tenure.person_id != actor.person_id
    )
