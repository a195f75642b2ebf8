"""Commands on sign-ins: invite, recover, switch off. A link lets its holder set the password: nobody tells one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gongzhi.core.command.people import regrant
from gongzhi.core.command.running import Answer, Change, Refused, change, no_such_row
from gongzhi.core.definitions.queries import pack_over
from gongzhi.core.people.models import Account, Person, Tenure
from gongzhi.core.permissions.actor import ANYBODY, Actor
from gongzhi.core.permissions.models import RoleRight

SALT = "gongzhi.invitation"
VALID_FOR = timedelta(hours=72)


def register_resident(*, account: Account) -> Answer:
    """Enter the resident who has just opened an account in the register, under the name of the sign-in.

    The place is the installation's own until the resident says more. Refuses an account that has a person, and a
    place that no pack governs.
    """
    pack = pack_over()
    if pack is None or pack.region_code is None:
        raise Refused("place", _("这个地方还没有开通服务。"))
    with change(ANYBODY, "person.registered") as c:
        if account.person_id is not None:
            raise Refused("has_account", _("这个账号已经登记过。"))
        person = c.create(Person(name=account.username, region_code=pack.region_code))
        c.about(pack.region_code)
        c.through("command_register")
        c.write()
        account.person_id = person.id
        account.save(update_fields=["person"])
        return c.answer(id=person.id)


def invite(*, actor: Actor, person_id: UUID, username: str) -> Answer:
    """Give a person a sign-in. The answer's `token` lets its holder set the password, once, for 72 hours.

    A sealed post of that person waits for a second person's approval again: otherwise whoever makes the link could
    use it himself. Refuses a name that is taken or unfit, a person who has a sign-in, and places that the actor does
    not manage.
    """
    with change(actor, "account.invited") as c:
        person = _managed(c, person_id)
        name = _checked_username(username)
        if Account.objects.filter(person=person).exists():
            raise Refused("has_account", _("此人已有账号，可以重新发放登录链接。"))
        account = Account(username=name, person=person, invited_at=c.now)
        account.set_unusable_password()
        suspended = _suspend_sealed(c, person)
        c.write()
        account.save()
        return c.answer(person, token=_token(account), suspended=suspended)


def recover_access(*, actor: Actor, person_id: UUID) -> Answer:
    """Make a new link for somebody who can no longer sign in: the password and the second factor are void at once.

    Sealed posts wait for approval again, as with `invite`. Refuses a person without a sign-in, the actor's own
    sign-in, and places that the actor does not manage.
    """
    with change(actor, "account.recovered") as c:
        person, account = _account(c, person_id)
        suspended = _suspend_sealed(c, person)
        c.write()
        account.set_unusable_password()
        account.invited_at, account.is_active = c.now, True
        account.save()
        apps.get_model("mfa", "Authenticator").objects.filter(user=account).delete()
        return c.answer(person, token=_token(account), suspended=suspended)


def deactivate_account(*, actor: Actor, person_id: UUID) -> Answer:
    """Switch a sign-in off: it ends at once, also where it is in use. Posts stay until they are ended.

    Refuses a person without a sign-in, the actor's own, and places that the actor does not manage.
    """
    with change(actor, "account.deactivated") as c:
        person, account = _account(c, person_id)
        c.write()
        account.is_active, account.invited_at = False, None
        account.save()
        return c.answer(person)


def activate_account(*, actor: Actor, person_id: UUID) -> Answer:
    """Switch a sign-in on again. Refuses as `deactivate_account`."""
    with change(actor, "account.activated") as c:
        person, account = _account(c, person_id)
        c.write()
        account.is_active = True
        account.save()
        return c.answer(person)


def invited_account(token: str) -> Account:
    """The sign-in that a link opens. Refuses a link that was used, replaced, spoilt, or is older than 72 hours."""
    spoilt = Refused("link", _("这个链接已经用过、过期或不完整，请向管理员要一个新的。"))
    try:
        told = signing.loads(token, salt=SALT, max_age=VALID_FOR)
        account = Account.objects.filter(pk=UUID(told["account"]), is_active=True).first()
    except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
        raise spoilt from error
    if account is None or account.invited_at is None or _moment(account.invited_at) != told.get("at"):
        raise spoilt
    return account


def accept_invitation(*, actor: Actor, token: str, password: str) -> Account:
    """Set the password by a link, which is used up by this. Refuses a weak password, and as `invited_account`."""
    account = invited_account(token)
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused("password", " ".join(error.messages)) from error
    with change(actor, "account.opened") as c:
        c.data(account=str(account.id))
        c.through("command_open")
        c.write()
        account.set_password(password)
        account.invited_at = None
        account.save()
    return account


def _managed(c: Change, person_id: UUID) -> Person:
    person = Person.objects.filter(pk=person_id, erased_at__isnull=True).first()
    if person is None:
        raise no_such_row()
    if not c.actor.may("manage_posts", person.region_code):
        raise Refused("no_right", _("您的岗位不能在这个地方办理此事。"))
    if person.id == c.actor.person_id:
        raise Refused("self", _("不能办理自己的账号，请由另一位管理员办理。"))
    c.about(person.region_code)
    c.data(person=str(person.id))
    return person


def _account(c: Change, person_id: UUID) -> tuple[Person, Account]:
    person = _managed(c, person_id)
    account = Account.objects.filter(person=person).first()
    if account is None:
        raise Refused("no_account", _("此人还没有账号，请先邀请。"))
    return person, account


def _suspend_sealed(c: Change, person: Person) -> int:
    """Take back the approval of the person's sealed posts; how many there were."""
    sealed = RoleRight.objects.filter(sealed=True).values("role")
    held = Tenure.objects.filter(
        person=person, valid_to__isnull=True, approved_by__isnull=False, post__role__in=sealed
    )
    tenures = list(held.select_related("post").select_for_update(of=("self",)))
    for tenure in tenures:
        regrant(c, tenure)
    return len(tenures)


def _checked_username(username: str) -> str:
    name = username.strip().lower()
    if not 3 <= len(name) <= 40 or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise Refused("username", _("登录名用 3 到 40 个字母、数字、点或横线。"))
    if Account.objects.filter(username__iexact=name).exists():
        raise Refused("username", _("这个登录名已经有人用了，请换一个。"))
    return name


def _token(account: Account) -> str:
    if account.invited_at is None:
        raise ValueError("an account without an invitation has no link")
    return signing.dumps({"account": str(account.id), "at": _moment(account.invited_at)}, salt=SALT)


def _moment(at: datetime) -> str:
    return str(int(at.timestamp() * 1_000_000))
