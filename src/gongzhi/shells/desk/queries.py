"""Reading what belongs to those who sit at the desk; row-level security shows each his own alone."""

from collections.abc import Iterable
from uuid import UUID

from gongzhi.shells.desk.models import PostReply, SavedView


def views_of(page: str) -> list[SavedView]:
    """The actor's own views of a list, in their order."""
    return list(SavedView.objects.filter(page=page, removed_at__isnull=True).order_by("position", "id"))


def replies_of(posts: Iterable[UUID]) -> list[PostReply]:
    """The words that these posts keep, as far as the actor holds them, by step and name."""
    kept = PostReply.objects.filter(post__in=list(posts), removed_at__isnull=True)
    return list(kept.order_by("step", "name", "id"))
