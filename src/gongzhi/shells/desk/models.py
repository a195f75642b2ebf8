"""What belongs to those who sit at the desk, not to a matter: how they like to look at their lists."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gongzhi.core.definitions.rows import Tracked
from gongzhi.core.people.models import Post

LONGEST_QUERY = 500


class SavedView(Tracked):
    """A set of filters of a list under a name, a person's own: `query` is what the list's address says.

    `owner` is the pseudonym. What is taken away loses its name and its filters; the row stays.
    """

    owner = models.UUIDField()
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=40, blank=True)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    position = models.SmallIntegerField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="view_named_once", condition=Q(removed_at__isnull=True)
            )
        ]


class PostReply(Tracked):
    """Words that a post often says, with placeholders; read and kept by whoever holds the post.

    `step`: the step of the flow whose words they are. What is taken away loses its words; the row stays.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=40)
    name = models.CharField(max_length=40, blank=True)
    words = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["post", "step", "name"], name="reply_named_once", condition=Q(removed_at__isnull=True)
            )
        ]


class CalendarFeed(Tracked):
    """A private address under which a person's due tasks are read by a calendar. Of the token only a digest is kept."""

    owner = models.UUIDField()
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner"], name="feed_once", condition=Q(revoked_at__isnull=True))
        ]
