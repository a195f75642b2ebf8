"""Forgetting a person (个人信息保护法 47): what the register keeps of him, and what the rooms above let go with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.core.command import replaying
from gongzhi.core.command.people import own_words
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.people.models import Account, Household, Person, Post, RosterEntry, Tenure
from gongzhi.core.permissions.actor import Actor

ERASURES = ("own_wish", "moved_away", "died", "entered_wrongly")
"""Why a person is forgotten: the codes that the event keeps."""

NOBODY: dict[str, Any] = {
    "name": "",
    "pseudonym": None,
    "phone_enc": None,
    "phone_index": None,
    "idno_enc": None,
    "idno_index": None,
}
"""What the register keeps of who is forgotten."""

Forgetting = Callable[..., None]
_forgetting: list[Forgetting] = []


def forget_too(forget: Forgetting) -> None:
    """Let a room forget with a person what it keeps of him: `forget(actor=…, person=…)`, before the row is emptied."""
    if forget not in _forgetting:
        _forgetting.append(forget)


def erase_person(*, actor: Actor, person_id: UUID, reason: str = "own_wish") -> Answer:
    """Forget a person (个人信息保护法 47): the row is emptied and the pseudonym's link destroyed; events stay whole.

    With him go his sign-in, his rosters from today, his place in the household (its address too, if he was the last),
    the name and telephone that his former posts show, and what the rooms above keep: name and telephone on orders.
    What he did and reported stays, told of a pseudonym that leads to nobody. Why is one of `ERASURES`.

    Refuses while the person still holds a post, when neither the person nor an editor of the place asks, and while a
    post that the actor does not manage shows the person's name or telephone.
    """
    with change(actor, "person.erased") as c:
        person = c.lock(Person, person_id)
        if person.erased_at is not None:
            return c.unchanged(id=person.id)
        if reason not in ERASURES:
            raise Refused("reason", _("请选择删除的原因。"))
        if Tenure.objects.filter(person=person, valid_to__isnull=True).exists():
            raise Refused("holds_post", _("此人仍任有岗位，请先交接或免去岗位。"))
        for forget in _forgetting:
            forget(actor=actor, person=person)
        _clear_posts(c, person)
        left: dict[str, Any] = {}
        if actor.may("edit_people", person.region_code):
            _leave_rosters_and_household(c, person)
            left = {"household": None}
        c.update(person, **NOBODY, erased_at=c.now, **left)
        c.after(lambda: _close_sign_in(person_id))
        c.about(person.region_code)
        c.data(reason=reason)
        return c.answer(person, id=person.id)


def _clear_posts(c: Change, person: Person) -> None:
    """No post shows the name or telephone of who is forgotten."""
    for post in Post.objects.filter(tenures__person=person).distinct():
        same = own_words(post, person)
        if not same:
            continue
        if not c.actor.may("manage_posts", post.region_code):
            raise Refused(
                "shown",
                _("岗位“%(post)s”还公开着此人的姓名或电话，请岗位管理员先改。") % {"post": post.title},
            )
        c.update(post, **same)


def _leave_rosters_and_household(c: Change, person: Person) -> None:
    """From today he is on no roster and in no household; one that he alone made up loses its address."""
    for entry in RosterEntry.objects.filter(person=person, valid_to__isnull=True):
        c.update(entry, valid_to=timezone.localdate(c.now))
    household = person.household
    if household is None or household.address == "":
        return
    others = Person.objects.filter(household=household, erased_at__isnull=True).exclude(pk=person.pk)
    if not others.exists() and c.actor.may("edit_people", household.region_code):
        c.update(household, address="")


def register() -> None:
    """Make known how a person who was forgotten is forgotten again after a restore."""
    replaying.erases("person.erased")
    replaying.emptied(Person, lambda _row, at: {**NOBODY, "household": None, "erased_at": at})
    replaying.emptied(Post, lambda _row, _at: {"public_name": "", "public_phone": ""})
    replaying.emptied(Household, lambda _row, _at: {"address": ""})
    replaying.emptied(RosterEntry, lambda row, at: {"valid_to": row.valid_to or timezone.localdate(at)})
    replaying.then(_close_again)


def _close_again(table: str, row_id: UUID) -> None:
    if table == Person._meta.db_table:
        _close_sign_in(row_id, using=replaying.OWNER)


def _close_sign_in(person_id: UUID, *, using: str = "default") -> None:
    """The sign-in of a person who is erased names nobody and opens nothing."""
    for account in Account.objects.using(using).filter(person=person_id):
        account.username, account.is_active = f"erased-{account.id.hex}", False
        account.invited_at = None
        account.set_unusable_password()
        account.save(using=using)
