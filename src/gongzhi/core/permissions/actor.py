"""Who acts: one transaction, entered with the posts and places of one person, receipt or system post."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

Interval = tuple[int, int]


@dataclass(frozen=True)
class HeldPost:
    """A post that the actor holds today, with what its role may do."""

    id: UUID
    role: str
    region_code: int
    region_level: int
    title: str
    rights: frozenset[str]
    reach: tuple[Interval, ...]
    sealed: bool

    def covers(self, region_code: int) -> bool:
        """Whether the place lies in this post's reach."""
        return any(low <= region_code <= high for low, high in self.reach)


@dataclass(frozen=True)
class Actor:
    """Who acts in this transaction. Events know a person only by `pseudonym`."""

    pseudonym: UUID | None = None
    person_id: UUID | None = None
    posts: tuple[HeldPost, ...] = ()
    receipt: str | None = None
    system: bool = False

    @property
    def key(self) -> str:
        """Under which the actor's client ids are kept: the person, else the receipt, else the system post."""
        if self.pseudonym:
            return f"p:{self.pseudonym}"
        if self.receipt:
            return f"r:{self.receipt}"
        return f"s:{self.posts[0].id}" if self.posts else ""

    @property
    def post_ids(self) -> frozenset[UUID]:
        """The ids of the posts held today."""
        return frozenset(post.id for post in self.posts)

    def with_right(self, right: str) -> tuple[HeldPost, ...]:
        """The posts whose role has `right`."""
        return tuple(post for post in self.posts if right in post.rights)

    def may(self, right: str, region_code: int) -> bool:
        """Whether a post of the actor has `right` in that place. The database decides again, by row."""
        return any(post.covers(region_code) for post in self.with_right(right))

    def intervals(self, right: str) -> list[Interval]:
        """The places where the actor has `right`, as inclusive intervals of region codes."""
        return sorted({interval for post in self.with_right(right) for interval in post.reach})

    def post_for(self, right: str, region_code: int) -> HeldPost | None:
        """The post by which the actor has `right` there: the nearest to the place (the lowest level)."""
        fitting = [post for post in self.with_right(right) if post.covers(region_code)]
        return max(fitting, key=lambda post: post.region_level, default=None)


ANYBODY = Actor()


@contextmanager
def enter(*, person_id: UUID | None = None, receipt: str | None = None) -> Iterator[Actor]:
    """One transaction on the web role, scoped in one round trip to a person and, or, a presented receipt.

    `receipt` is the hexadecimal SHA-256 of a receipt code. Refuses nothing: who is unknown sees no row.
    """
    with transaction.atomic():
        found = _call("permissions_enter", [person_id, receipt or "", timezone.localdate()])
        yield _actor(found, person_id=person_id, receipt=receipt)


@contextmanager
def enter_as_system(post_id: UUID) -> Iterator[Actor]:
    """One transaction of a job, scoped to a named system post (role `platform`), or to a sealed post.

    Sealed matters are shown to their own post alone, so what time does to them is done as that post.
    Refuses (ValueError) when that post is neither, or does not stand today.
    """
    with transaction.atomic():
        found = _call("permissions_enter_system", [post_id, timezone.localdate()])
        if not found["posts"]:
            raise ValueError(f"{post_id} is no system post in force")
        yield _actor(found, system=True)


def _call(function: str, arguments: list[Any]) -> dict[str, Any]:
    marks = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({marks})", arguments)
        row = cursor.fetchone()
    found: dict[str, Any] = json.loads(row[0])
    return found


def _actor(found: dict[str, Any], **given: Any) -> Actor:
    pseudonym = UUID(found["pseudonym"]) if found["pseudonym"] else None
    return Actor(pseudonym=pseudonym, posts=tuple(_held(post) for post in found["posts"]), **given)


def _held(post: dict[str, Any]) -> HeldPost:
    return HeldPost(
        id=UUID(post["id"]),
        role=post["role"],
        region_code=post["code"],
        region_level=post["level"],
        title=post["title"],
        rights=frozenset(post["rights"]),
        reach=tuple((low, high) for low, high in post["reach"]),
        sealed=post["sealed"],
    )
