"""The first administrator of an installation: the one grant that nobody could give before."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from gongzhi.core.command.running import Refused, change_as_owner
from gongzhi.core.people.models import Account, Person, Post, Tenure


def first_admin(
    *, username: str, password: str | None, name: str, place: tuple[int, int], title: str
) -> UUID:
    """Make the administrator of a place (code, level), as the owner of the database. Returns the person's id.

    Refuses when the place has an administrator: from then on the administrators appoint each other.
    """
    with transaction.atomic(using="owner"), change_as_owner("installation.begun") as c:
        if Post.objects.using("owner").filter(role="admin", region_code=place[0]).exists():
            raise Refused("admin_exists", f"{place[0]} has an administrator already")
        today = timezone.localdate(c.now)
        person = c.create(Person(name=name, region_code=place[0]))
        post = c.create(
            Post(role="admin", region_code=place[0], region_level=place[1], title=title, valid_from=today)
        )
        c.create(Tenure(post=post, person=person, region_code=place[0], valid_from=today))
        c.about(place[0])
        c.write()
        account = Account(username=username, person_id=person.id)
        account.set_password(password)
        account.save(using="owner")
    return person.id
