"""Every read of the register. Row-level security decides which rows are seen; names leave here as they are stored,
so a page masks them until `read_personal_data` has written down why they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gongzhi.core.people.cipher import blind_index
from gongzhi.core.people.models import Account, Person, Post, Tenure
from gongzhi.core.regions.models import Region

PAGE = 50
MOST_FOUND = 20
STRANDED = 200

PersonKey = tuple[int, UUID]


@dataclass(frozen=True)
class People:
    """One page of persons, and the key of the next."""

    rows: list[Person]
    next: PersonKey | None


def persons(interval: tuple[int, int], *, after: PersonKey | None = None, limit: int = PAGE) -> People:
    """The persons entered for a place, in order of the place."""
    found = Person.objects.filter(region_code__range=interval, erased_at__isnull=True)
    if after is not None:
        code, person_id = after
        found = found.filter(Q(region_code__gt=code) | Q(region_code=code, id__gt=person_id))
    rows = list(found.order_by("region_code", "id")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return People(rows[:limit], (last.region_code, last.id) if last else None)


def persons_exactly(*, name: str = "", phone: str = "") -> list[Person]:
    """The persons of exactly this name, or this telephone. The caller writes down that they were looked for."""
    if not name and not phone:
        return []
    found = Person.objects.filter(erased_at__isnull=True)
    found = found.filter(phone_index=blind_index(phone)) if phone else found.filter(name=name)
    return list(found.order_by("region_code", "id")[:MOST_FOUND])


def person(person_id: UUID) -> Person | None:
    """One person, if the reader may see him."""
    return Person.objects.filter(pk=person_id, erased_at__isnull=True).first()


def persons_of(pseudonyms: Iterable[UUID]) -> dict[UUID, Person]:
    """The persons behind pseudonyms, as far as the reader may see them."""
    found = Person.objects.filter(pseudonym__in=set(pseudonyms))
    return {each.pseudonym: each for each in found if each.pseudonym}


def account_of(person_id: UUID) -> Account | None:
    """The sign-in of a person."""
    return Account.objects.filter(person_id=person_id).first()


def posts(
    interval: tuple[int, int], *, role: str = "", after: PersonKey | None = None, limit: int = PAGE
) -> list[Post]:
    """The standing posts of a place, in order of the place; one more than `limit` where there are more."""
    found = Post.objects.filter(region_code__range=interval, valid_to__isnull=True)
    if role:
        found = found.filter(role=role)
    if after is not None:
        code, post_id = after
        found = found.filter(Q(region_code__gt=code) | Q(region_code=code, id__gt=post_id))
    return list(found.order_by("region_code", "id")[: limit + 1])


def stranded_posts(*intervals: tuple[int, int]) -> list[Post]:
    """The standing posts whose place was merged, divided or renumbered, in order of the place; at most STRANDED."""
    standing = Region.objects.standing(timezone.localdate())
    here = standing.filter(code=OuterRef("region_code"), level=OuterRef("region_level"))
    inside = Q(pk__in=[])
    for low, high in intervals:
        inside |= Q(region_code__range=(low, high))
    found = Post.objects.filter(inside, ~Exists(here), valid_to__isnull=True)
    return list(found.order_by("region_code", "id")[:STRANDED])


def tenures(*, posts: Iterable[UUID] = (), persons: Iterable[UUID] = ()) -> list[Tenure]:
    """Who holds these posts, or what these persons hold, now."""
    wanted = Q(post__in=list(posts)) | Q(person__in=list(persons))
    return list(_standing().filter(wanted).order_by("valid_from", "id"))


def past_tenures(post_id: UUID) -> list[Tenure]:
    """Who held a post before, the last first."""
    ended = Tenure.objects.filter(post=post_id, valid_to__isnull=False).select_related("person")
    return list(ended.order_by("-valid_to", "-id")[:MOST_FOUND])


def _standing(on_date: date | None = None) -> QuerySet[Tenure]:
    day = on_date or timezone.localdate()
    standing = Tenure.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
    return standing.select_related("post", "person")
