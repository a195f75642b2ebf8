"""What a post may be asked to handle, by the duty lists in force: the rule by which it may refuse an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.definitions import Category, DutyList
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.people.models import Post
from gongzhi.workflow.models import Matter


@dataclass(frozen=True)
class Outside:
    """An order that a post may refuse: the list that says so, its rule, and whose affair it is (empty: not said)."""

    key: str
    name: str
    rule: str
    whose: str = ""

    @property
    def words(self) -> str:
        """All of it in one sentence."""
        whose = _("这类事归%(whose)s。") % {"whose": self.whose} if self.whose else ""
        return _("按《%(name)s》：%(rule)s") % {"name": self.name, "rule": self.rule} + whose


def outside(matter: Matter, post: Post | None, *, category: str) -> Outside | None:
    """The list by which the post may refuse the order; None where it may not. Danger is never refused."""
    if post is None or not category or matter.urgent or matter.sealed_to is not None:
        return None
    lists = [
        each
        for each in definitions.all_of(DutyList, region_code=matter.region_code)
        if each.body.covers(post.role, post.region_level)
    ]
    parent = _parent(category, matter.region_code)
    if not lists or any(each.body.holds(category, parent) for each in lists):
        return None
    return _told(lists[0].key, lists[0].body, category=category)


def outside_among(matter: Matter, posts: Iterable[Post], *, category: str) -> dict[UUID, Outside]:
    """Those of the posts that may refuse the order, each with the list that says so."""
    found = {post.id: outside(matter, post, category=category) for post in posts}
    return {key: each for key, each in found.items() if each is not None}


def rule_words(key: str, category: str, *, region_code: int) -> str:
    """What a list said of a category, in words; empty where it is no longer in force."""
    try:
        body = definitions.get(DutyList, key, region_code=region_code).body
    except LookupError:
        return ""
    return _told(key, body, category=category).words


def _told(key: str, body: DutyList, *, category: str) -> Outside:
    language = get_language() or "zh"
    whose = body.not_asked.get(category)
    return Outside(
        key, body.name.of(language), body.rule.of(language), whose.of(language) if whose is not None else ""
    )


def _parent(category: str, region_code: int) -> str | None:
    try:
        return definitions.get(Category, category, region_code=region_code).body.parent
    except LookupError:
        return None
