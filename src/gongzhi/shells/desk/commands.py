"""What somebody changes of his own desk. Nobody else reads these rows, nor the events that tell of them."""

import secrets
from uuid import UUID

from django.utils.translation import gettext as _

from gongzhi.core.command.running import Answer, Refused, change, no_such_row
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import Actor
from gongzhi.shells.desk.models import LONGEST_QUERY, CalendarFeed, PostReply, SavedView
from gongzhi.shells.desk.queries import feed_hash, feed_of, replies_of, views_of
from gongzhi.shells.desk.rules import LONGEST, names_somebody, unknown_placeholders

WRITER = "desk_write"
MOST_VIEWS = 9
"""As many as the keys 1 to 9 open."""
MOST_REPLIES = 50


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


def save_reply(*, actor: Actor, post_id: UUID, step: str, name: str, words: str) -> Answer:
    """Keep words that a post often says with a step; the same name again takes the new words.

    Refuses a post that the actor does not hold, words without a name, too many or too long, placeholders that nobody
    knows, and words with a mobile or identity number.
    """
    with change(actor, "desk.reply_saved") as c:
        c.through(WRITER)
        if post_id not in actor.post_ids:
            raise no_such_row()
        name, words = _named(name), _sayable(words)
        own = replies_of([post_id])
        same = next((each for each in own if each.step == step and each.name == name), None)
        if same is not None:
            reply = c.update(c.lock(PostReply, same.id), words=words)
        elif len(own) >= MOST_REPLIES:
            raise Refused("replies", _("最多存五十条常用答复，请先去掉一条。"))
        else:
            post = Post.objects.get(pk=post_id)
            reply = c.create(PostReply(post=post, step=step[:40], name=name, words=words))
        return c.answer(reply, id=reply.id)


def remove_reply(*, actor: Actor, reply_id: UUID) -> Answer:
    """Take a post's kept words away. Refuses those of a post not held; done again nothing changes."""
    with change(actor, "desk.reply_removed") as c:
        c.through(WRITER)
        reply = c.lock(PostReply, reply_id)
        if reply.removed_at is not None:
            return c.unchanged(id=reply.id)
        c.update(reply, name="", words="", removed_at=c.now)
        return c.answer(reply, id=reply.id)


def open_feed(*, actor: Actor) -> Answer:
    """Make the private address of one's calendar: the answer tells its token once. An earlier address ends with it.

    Refuses whoever is not signed in.
    """
    with change(actor, "desk.feed_opened") as c:
        c.through(WRITER)
        if actor.pseudonym is None:
            raise Refused("nobody", _("请先登录。"))
        standing = feed_of()
        if standing is not None:
            c.update(c.lock(CalendarFeed, standing.id), revoked_at=c.now)
        token = secrets.token_urlsafe(32)
        c.create(CalendarFeed(owner=actor.pseudonym, token_hash=feed_hash(token), made_at=c.now))
        return c.answer(token=token)


def close_feed(*, actor: Actor) -> Answer:
    """End the private address of one's calendar. Where there is none, nothing changes."""
    with change(actor, "desk.feed_closed") as c:
        c.through(WRITER)
        standing = feed_of()
        if standing is None:
            return c.unchanged()
        c.update(c.lock(CalendarFeed, standing.id), revoked_at=c.now)
        return c.answer()


def _sayable(words: str) -> str:
    kept = words.strip()
    if not kept or len(kept) > LONGEST:
        raise Refused("words", _("请写答复，最多一千字。"))
    unknown = unknown_placeholders(kept)
    if unknown:
        raise Refused("placeholder", _("没有这样的占位：{%(name)s}。") % {"name": unknown[0]})
    if names_somebody(kept):
        raise Refused("private", _("常用答复里不能有个人的手机号或身份证号。"))
    return kept


def _named(name: str) -> str:
    kept = " ".join(name.split())[:40]
    if not kept:
        raise Refused("name", _("请起个名字。"))
    return kept
