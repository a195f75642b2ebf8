"""What somebody changes of his own desk. Nobody else reads these rows, nor the events that tell of them."""

from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.core.command.running import Answer, Refused, change
from gongzhi.core.permissions.actor import Actor
from gongzhi.shells.desk.models import LONGEST_QUERY, SavedView
from gongzhi.shells.desk.queries import views_of

WRITER = "desk_write"
MOST_VIEWS = 9
"""As many as the keys 1 to 9 open."""


def save_view(*, actor: Actor, page: str, name: str, query: str, client_id: UUID | None = None) -> Answer:
    """Keep the filters of a list under a name; the same name again takes the new filters.

    Refuses whoever is not signed in, a view without a name or without filters, and more than nine of one list.
    """
    payload = {"page": page, "name": name, "query": query}
    with change(actor, "desk.view_saved", client_id=client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        c.through(WRITER)
        if actor.pseudonym is None:
            raise Refused("nobody", _("请先登录。"))
        name = _named(name)
        if not query:
            raise Refused("query", _("没有筛选条件，不用存成视图。"))
        if len(query) > LONGEST_QUERY:
            raise Refused("query", _("筛选条件太长，存不下。"))
        own = views_of(page)
        same = next((view for view in own if view.name == name), None)
        if same is not None:
            view = c.update(c.lock(SavedView, same.id), query=query)
        elif len(own) >= MOST_VIEWS:
            raise Refused("views", _("最多存九个视图，请先去掉一个。"))
        else:
            last = max((view.position for view in own), default=0)
            view = c.create(
                SavedView(owner=actor.pseudonym, page=page, name=name, query=query, position=last + 1)
            )
        return c.answer(view, id=view.id)


def rename_view(*, actor: Actor, view_id: UUID, name: str) -> Answer:
    """Give a view another name. Refuses another's view, an empty name, and one that is taken."""
    with change(actor, "desk.view_renamed") as c:
        c.through(WRITER)
        view = c.lock(SavedView, view_id)
        name = _named(name)
        if any(each.name == name and each.id != view.id for each in views_of(view.page)):
            raise Refused("name", _("已经有同名的视图。"))
        c.update(view, name=name)
        return c.answer(view, id=view.id)


def move_view(*, actor: Actor, view_id: UUID, up: bool) -> Answer:
    """Let a view change places with its neighbour. Refuses another's view; at the end nothing changes."""
    with change(actor, "desk.views_ordered") as c:
        c.through(WRITER)
        view = c.lock(SavedView, view_id)
        own = views_of(view.page)
        at = next((number for number, each in enumerate(own) if each.id == view.id), 0)
        there = at - 1 if up else at + 1
        if view.removed_at is not None or not 0 <= there < len(own):
            return c.unchanged(id=view.id)
        other = c.lock(SavedView, own[there].id)
        mine, theirs = view.position, other.position
        c.update(view, position=theirs)
        c.update(other, position=mine)
        return c.answer(view, id=view.id)


def remove_view(*, actor: Actor, view_id: UUID) -> Answer:
    """Take a view away, with its name and its filters. Refuses another's view; done again nothing changes."""
    with change(actor, "desk.view_removed") as c:
        c.through(WRITER)
        view = c.lock(SavedView, view_id)
        if view.removed_at is not None:
            return c.unchanged(id=view.id)
        c.update(view, name="", query="", removed_at=c.now)
        return c.answer(view, id=view.id)


def _named(name: str) -> str:
    kept = " ".join(name.split())[:40]
    if not kept:
        raise Refused("name", _("请给视图起个名字。"))
    return kept
