"""Commands on the register: persons, posts, who holds them, and the reading of masked data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.core.audit.models import PersonalDataRead
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.kinds import Role, Roster
from gongzhi.core.people import cipher, rules
from gongzhi.core.people.models import Household, Person, Post, RosterEntry, Tenure
from gongzhi.core.permissions.actor import Actor
from gongzhi.core.permissions.models import RoleRight
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level


@dataclass(frozen=True)
class Numbers:
    """A person's telephone and identity number as typed; empty where not given."""

    phone: str = ""
    idno: str = ""

    def columns(self) -> dict[str, bytes | None]:
        """The encrypted and indexed columns of the numbers that were given.

        Refuses a telephone or identity number that cannot be one (GB 11643-1999 check digit).
        """
        found: dict[str, bytes | None] = {}
        if self.phone:
            number = cipher.plain_number(self.phone)
            if not rules.is_phone(number):
                raise Refused("phone", _("电话号码不对：请填 11 位手机号，或带区号的座机号。"))
            found |= {"phone_enc": cipher.encrypt(number), "phone_index": cipher.blind_index(number)}
        if self.idno:
            number = cipher.plain_number(self.idno)
            if not rules.is_identity_number(number):
                raise Refused("idno", _("身份证号不对：末位校验不符，请核对。"))
            found |= {"idno_enc": cipher.encrypt(number), "idno_index": cipher.blind_index(number)}
        return found


def add_person(
    *,
    actor: Actor,
    name: str,
    region_code: int,
    numbers: Numbers | None = None,
    household: Household | None = None,
    client_id: UUID | None = None,
) -> Answer:
    """Enter a person in the register of a place.

    Refuses when the actor may not edit people there, the name is empty, or a number cannot be one.
    """
    payload = {"name": name, "place": region_code}
    with change(actor, "person.added", client_id=client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        _must(actor, "edit_people", at=region_code)
        person = new_person(c, name=name, region_code=region_code, numbers=numbers, household=household)
        c.about(region_code)
        return c.answer(person, id=person.id)


def new_person(
    c: Change,
    *,
    name: str,
    region_code: int,
    numbers: Numbers | None = None,
    household: Household | None = None,
) -> Person:
    """The person row of `add_person`, within another command's change."""
    if not name.strip():
        raise Refused("name", _("请填写姓名。"))
    columns = (numbers or Numbers()).columns()
    return c.create(Person(name=name.strip(), region_code=region_code, household=household, **columns))


def add_household(*, actor: Actor, region_code: int, number: str, address: str = "") -> Answer:
    """Enter a household. Refuses when the actor may not edit people there, or the number is taken."""
    with change(actor, "household.added") as c:
        _must(actor, "edit_people", at=region_code)
        household = c.create(
            Household(region_code=region_code, number=number.strip(), address=address.strip())
        )
        c.about(region_code)
        return c.answer(household, id=household.id)


def put_on_roster(*, actor: Actor, person_id: UUID, roster: str) -> Answer:
    """Put a person on a roster from today. Refuses a roster that no installed pack defines."""
    with change(actor, "roster.joined") as c:
        person = Person.objects.filter(pk=person_id, erased_at__isnull=True).first()
        if person is None:
            raise Refused("not_found", _("没有找到，或者您无权办理。"))
        _must(actor, "edit_people", at=person.region_code)
        if roster not in {found.key for found in definitions.all_of(Roster, region_code=person.region_code)}:
            raise Refused("roster", _("没有这份名册。"))
        entry = c.create(
            RosterEntry(roster=roster, person=person, region_code=person.region_code, valid_from=_today(c))
        )
        c.about(person.region_code)
        c.data(roster=roster)
        return c.answer(entry, id=entry.id)


def create_post(
    *, actor: Actor, role: str, place: tuple[int, int], title: str, public: tuple[str, str] = ("", "")
) -> Answer:
    """Set up a post: a role at a place (code, level), with the name and telephone to be shown to residents.

    Refuses when the actor does not manage posts there, no such place stands, or no installed pack knows the role.
    """
    with change(actor, "post.created") as c:
        _must(actor, "manage_posts", at=place[0])
        if regions.standing(*place) is None:
            raise Refused("place", _("没有这个地方，请从列表中选。"))
        _must_fit(role, place)
        post = c.create(
            Post(
                role=role,
                region_code=place[0],
                region_level=place[1],
                title=title.strip(),
                public_name=public[0],
                public_phone=public[1],
                valid_from=_today(c),
            )
        )
        c.about(place[0])
        c.data(role=role)
        return c.answer(post, id=post.id)


def change_post(
    *,
    actor: Actor,
    post_id: UUID,
    title: str,
    public: tuple[str, str],
    on_duty: bool,
    seen: int | None = None,
) -> Answer:
    """Change a post's title, what residents are shown of it (name, telephone), and whether work may be sent to it.

    Refuses an empty title, a closed post, (Conflict) one changed since it was seen, and places that the actor does
    not manage.
    """
    with change(actor, "post.changed") as c:
        post = c.lock(Post, post_id, seen=seen)
        _must(actor, "manage_posts", at=post.region_code)
        if post.valid_to is not None:
            raise Refused("ended", _("这个岗位已经撤销。"))
        if not title.strip():
            raise Refused("title", _("请填写岗位名称。"))
        shown = {"public_name": public[0].strip(), "public_phone": public[1].strip()}
        c.update(post, title=title.strip(), on_duty=on_duty, **shown)
        c.about(post.region_code)
        c.data(on_duty=on_duty)
        return c.answer(post, id=post.id, version=post.version)


def close_post(*, actor: Actor, post_id: UUID) -> Answer:
    """End a post from tomorrow. Refuses while somebody holds it, and a sealed post.

    What was sealed to a post is shown to no other, and nobody may be told whether there is any: so it is handed over.
    """
    with change(actor, "post.closed") as c:
        post = c.lock(Post, post_id)
        _must(actor, "manage_posts", at=post.region_code)
        if Tenure.objects.filter(post=post, valid_to__isnull=True).exists():
            raise Refused("held", _("还有人任此岗位，请先免去或交接。"))
        if RoleRight.objects.filter(role=post.role, sealed=True).exists():
            raise Refused("sealed_post", _("保密岗位不能撤销，请任命别人担任。"))
        c.update(post, valid_to=_today(c), on_duty=False)
        c.about(post.region_code)
        return c.answer(post, id=post.id)


def grant_post(*, actor: Actor, post_id: UUID, person_id: UUID, client_id: UUID | None = None) -> Answer:
    """Give a post to a person from today. A sealed post waits for a second person's approval.

    Refuses a grant to oneself, and when the actor does not manage posts there.
    """
    payload = {"post": post_id, "person": person_id}
    with change(actor, "post.granted", client_id=client_id, payload=payload) as c:
        if c.kept is not None:
            return c.kept
        tenure = _grant(c, post_id, to=person_id)
        return c.answer(tenure, id=tenure.id)


def approve_tenure(*, actor: Actor, tenure_id: UUID) -> Answer:
    """Approve another's grant of a sealed post. Refuses the person who granted it, and the one who would get it."""
    with change(actor, "post.approved") as c:
        tenure = c.lock(Tenure, tenure_id)
        _must(actor, "manage_posts", at=tenure.region_code)
        if actor.pseudonym in (None, tenure.granted_by):
            raise Refused("four_eyes", _("授予和批准必须由两个人分别进行。"))
        if tenure.person_id == actor.person_id:
            raise Refused("self", _("不能给自己授予岗位。"))
        c.update(tenure, approved_by=actor.pseudonym)
        c.about(tenure.region_code)
        return c.answer(tenure, id=tenure.id)


def end_tenure(*, actor: Actor, tenure_id: UUID) -> Answer:
    """Take a post from its holder as of today: rights end at once, the tasks stay with the post.

    His name and telephone are no longer shown to residents. The answer tells (`hidden`) whether they were.
    """
    with change(actor, "post.ended") as c:
        tenure = _end(c, tenure_id)
        return c.answer(tenure, id=tenure.id, hidden=_hide(c, tenure))


def hand_over_post(*, actor: Actor, tenure_id: UUID, to_person: UUID) -> Answer:
    """Hand a post with its open tasks to another person, in one change; `hidden` as with `end_tenure`.

    Refuses as `grant_post` and `end_tenure`.
    """
    with change(actor, "post.handed_over") as c:
        ended = _end(c, tenure_id)
        hidden = _hide(c, ended)
        tenure = _grant(c, ended.post_id, to=to_person)
        return c.answer(tenure, id=tenure.id, hidden=hidden)


def regrant(c: Change, tenure: Tenure) -> Tenure:
    """Within another command: end a tenure and grant it anew, so that a sealed one waits for approval again."""
    ended = _end(c, tenure.id)
    return _grant(c, ended.post_id, to=ended.person_id)


def read_personal_data(*, actor: Actor, person_id: UUID, fields: list[str], reason: str) -> dict[str, str]:
    """The unmasked `fields` (name, phone, idno) of a person, once the reason is written down.

    Refuses without a reason of at least four characters, and (by row-level security) outside the reader's places.
    """
    person = Person.objects.filter(pk=person_id, erased_at__isnull=True).first()
    if person is None:
        raise Refused("not_found", _("没有找到，或者您无权查看。"))
    note_reading(actor, reason=reason, fields=fields, region_code=person.region_code, person=person.id)
    return {field: unmasked(person, field) for field in fields}


def note_reading(actor: Actor, *, reason: str, fields: list[str], region_code: int, **subject: UUID) -> None:
    """Write down that the actor reads masked data, and why. Refuses an empty reason and an unknown reader."""
    if len(reason.strip()) < 4:
        raise Refused("reason", _("请写明查看原因（至少四个字），系统会留下记录。"))
    if actor.pseudonym is None:
        raise Refused("not_found", _("没有找到，或者您无权查看。"))
    post = actor.post_for("see_people", region_code)
    PersonalDataRead(
        actor=actor.pseudonym,
        post=post.id if post else None,
        region_code=region_code,
        fields=fields,
        reason=reason.strip()[:200],
        at=timezone.now(),
        **subject,
    ).save(force_insert=True)


def take_away(
    actor: Actor, persons: Sequence[Person], *, fields: list[str], reason: str
) -> list[dict[str, str]]:
    """The unmasked `fields` of some persons for a list that leaves the house; a reading of each is written down first.

    Each person learns of it among who read of him. Refuses without a reason of at least four characters, and (by
    row-level security) persons outside the reader's places.
    """
    if len(reason.strip()) < 4:
        raise Refused("reason", _("请写明导出原因（至少四个字），系统会留下记录。"))
    if actor.pseudonym is None:
        raise Refused("not_found", _("没有找到，或者您无权查看。"))
    told, now = {"actor": actor.pseudonym, "fields": fields, "reason": reason.strip()[:200]}, timezone.now()
    readings = []
    for person in persons:
        post = actor.post_for("see_people", person.region_code)
        place = {"post": post.id if post else None, "region_code": person.region_code}
        readings.append(PersonalDataRead(**told, **place, person=person.id, at=now))
    PersonalDataRead.objects.bulk_create(readings)
    return [{field: unmasked(person, field) for field in fields} for person in persons]


def unmasked(holder: Any, field: str) -> str:
    """One field of a row with encrypted numbers, in the clear."""
    if field == "name":
        return str(holder.name)
    stored = getattr(holder, f"{field}_enc")
    return cipher.decrypt(stored) if stored else ""


def _grant(c: Change, post_id: UUID, *, to: UUID) -> Tenure:
    post = Post.objects.filter(pk=post_id, valid_to__isnull=True).first()
    person = Person.objects.filter(pk=to, erased_at__isnull=True).first()
    if post is None or person is None:
        raise Refused("not_found", _("没有找到这个岗位或人员。"))
    _must(c.actor, "manage_posts", at=post.region_code)
    if person.id == c.actor.person_id:
        raise Refused("self", _("不能给自己授予岗位。"))
    role = _roles(post.region_code).get(post.role)
    if role is not None and role.system:
        raise Refused("system_role", _("这是平台自己的岗位，不由人担任。"))
    c.about(post.region_code)
    c.data(post=str(post.id), role=post.role)
    return c.create(
        Tenure(
            post=post,
            person=person,
            region_code=post.region_code,
            valid_from=_today(c),
            granted_by=c.actor.pseudonym,
        )
    )


def _end(c: Change, tenure_id: UUID) -> Tenure:
    tenure = c.lock(Tenure, tenure_id)
    _must(c.actor, "manage_posts", at=tenure.region_code)
    if tenure.valid_to is not None:
        raise Refused("ended", _("此人已不任该岗位。"))
    c.about(tenure.region_code)
    return c.update(tenure, valid_to=_today(c) - timedelta(days=1))


def own_words(post: Post, person: Person | None) -> dict[str, str]:
    """Those of a post's public fields that show this person's own name or telephone, emptied."""
    own = {"public_name": person.name, "public_phone": unmasked(person, "phone")} if person else {}
    return {field: "" for field, said in own.items() if said and getattr(post, field) == said}


def _hide(c: Change, ended: Tenure) -> bool:
    """Show residents no longer who left: what is his, and the post's name when nobody else holds it."""
    post = c.lock(Post, ended.post_id)
    gone = own_words(post, Person.objects.filter(pk=ended.person_id).first())
    others = Tenure.objects.filter(post=post, valid_to__isnull=True).exclude(pk=ended.pk)
    if post.public_name and not others.exists():
        gone["public_name"] = ""
    if gone:
        c.update(post, **gone)
    return bool(gone)


def _must(actor: Actor, right: str, *, at: int) -> None:
    if not actor.may(right, at):
        raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))


def _must_fit(role: str, place: tuple[int, int]) -> None:
    if not RoleRight.objects.filter(role=role).exists():
        raise Refused("role", _("没有这种岗位。"))
    known = _roles(place[0])
    levels = known[role].levels if role in known else []
    if levels and Level(place[1]).name.lower() not in levels:
        raise Refused("role_level", _("这种岗位不能设在这一级。"))


def _roles(region_code: int) -> dict[str, Role]:
    return {each.key: each.body for each in definitions.all_of(Role, region_code=region_code)}


def _today(c: Change) -> date:
    return timezone.localdate(c.now)
