"""The fixed cast: residents, helpers, workers and officers of two townships, made once by the commands themselves."""

from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

from gongzhi.core.command import people
from gongzhi.core.command.bootstrap import first_admin
from gongzhi.core.people.models import Account, Person
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.regions.rules import parse_code

COUNTY = parse_code("620724")
TOWN = parse_code("620724101")
VILLAGE = parse_code("620724101200")
NEXT_VILLAGE = parse_code("620724101201")
OTHER_TOWN = parse_code("620724102")
OTHER_VILLAGE = parse_code("620724102200")
OTHER_COUNTY = parse_code("620723")
SECOND_TOWN = parse_code("620723103")
SECOND_VILLAGE = parse_code("620723103204")
PASSWORD = "a-long-test-password"

POSTS = {
    "worker": ("grid_worker", VILLAGE, 5),
    "village": ("village_officer", VILLAGE, 5),
    "desk": ("desk", TOWN, 4),
    "county": ("county_desk", COUNTY, 3),
    "volunteer": ("volunteer", TOWN, 4),
    "outsider": ("desk", OTHER_TOWN, 4),
    "outside_worker": ("grid_worker", OTHER_VILLAGE, 5),
    "supervisor": ("supervisor", COUNTY, 3),
}

SECOND_POSTS = {
    "second_worker": ("grid_worker", SECOND_VILLAGE, 5),
    "second_desk": ("desk", SECOND_TOWN, 4),
    "second_county": ("county_desk", OTHER_COUNTY, 3),
}
"""The small cast of the second pack, in the county next door."""


@dataclass(frozen=True)
class Member:
    """One of the cast, by the name under which tests know them."""

    name: str
    person_id: UUID

    def act(self) -> "Acting":
        """Enter as this person: `with cast["desk"].act() as actor:`."""
        return enter(person_id=self.person_id)  # type: ignore[return-value]


Acting = Actor


def populate() -> None:
    """Fill an installed database with the cast. Real commits, as the web role, through the commands."""
    admin = first_admin(
        username="admin", password=PASSWORD, name="管丽", place=(COUNTY, 3), title="系统管理员"
    )
    second = _person(admin, "second", "管明", home=VILLAGE)
    with enter(person_id=admin) as actor:
        post = people.create_post(actor=actor, role="admin", place=(COUNTY, 3), title="系统管理员二")
        people.grant_post(actor=actor, post_id=UUID(post["id"]), person_id=second)
        people.create_post(actor=actor, role="platform", place=(COUNTY, 3), title="平台")
    _posts(admin, POSTS, home=VILLAGE)
    _sealed(admin, second)
    for username in ("resident", "neighbour"):
        _person(admin, username, "居民", home=VILLAGE)
    _second_county()


def _second_county() -> None:
    admin = first_admin(
        username="second_admin", password=PASSWORD, name="邓敏", place=(OTHER_COUNTY, 3), title="县系统管理员"
    )
    with enter(person_id=admin) as actor:
        people.create_post(actor=actor, role="platform", place=(OTHER_COUNTY, 3), title="派单平台")
    _posts(admin, SECOND_POSTS, home=SECOND_VILLAGE)
    _person(admin, "second_resident", "周兰", home=SECOND_VILLAGE)


def _posts(admin: UUID, posts: dict[str, tuple[str, int, int]], *, home: int) -> None:
    for number, (username, (role, code, level)) in enumerate(posts.items()):
        person = _person(admin, username, f"演员{number}", home=home)
        with enter(person_id=admin) as actor:
            post = people.create_post(actor=actor, role=role, place=(code, level), title=f"{role} {number}")
            people.grant_post(actor=actor, post_id=UUID(post["id"]), person_id=person)


def _sealed(admin: UUID, second: UUID) -> None:
    for username in ("sealed", "sealed_checker"):
        person = _person(admin, username, "密办", home=VILLAGE)
        with enter(person_id=admin) as actor:
            held = actor.posts and people.Post.objects.filter(role="county_sealed").first()
            post_id = (
                held.id
                if held
                else UUID(
                    people.create_post(actor=actor, role="county_sealed", place=(COUNTY, 3), title="密办岗")[
                        "id"
                    ]
                )
            )
            tenure = people.grant_post(actor=actor, post_id=post_id, person_id=person)
        with enter(person_id=second) as actor:
            people.approve_tenure(actor=actor, tenure_id=UUID(tenure["id"]))


def _person(admin: UUID, username: str, name: str, *, home: int) -> UUID:
    with enter(person_id=admin) as actor:
        numbers = people.Numbers(phone=f"139{crc32(username.encode()) % 10**8:08d}")
        made = people.add_person(actor=actor, name=name, region_code=home, numbers=numbers)
        Account.objects.create_user(username, PASSWORD, person_id=UUID(made["id"]))
    return UUID(made["id"])


def find(username: str) -> Member:
    """A member of the cast."""
    return Member(username, Account.objects.values_list("person_id", flat=True).get(username=username))


__all__ = [
    "COUNTY",
    "NEXT_VILLAGE",
    "OTHER_COUNTY",
    "OTHER_TOWN",
    "OTHER_VILLAGE",
    "SECOND_TOWN",
    "SECOND_VILLAGE",
    "TOWN",
    "VILLAGE",
    "Member",
    "Person",
    "find",
    "populate",
]
