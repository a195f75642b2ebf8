"""The demo's made-up people and orders, as the pack's demo.yaml tells them, made by the ordinary commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch
from uuid import UUID

from django.utils import timezone

from gongzhi.core.command import grids, people
from gongzhi.core.command.bootstrap import first_admin
from gongzhi.core.definitions.demo import Demo, DemoPerson, DemoPost, load_demo
from gongzhi.core.definitions.packs import load
from gongzhi.core.people.models import Account, Household, Post
from gongzhi.core.permissions.actor import Actor, enter
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import Level, parse_code
from gongzhi.project.demo_orders import load_orders
from gongzhi.project.installing import working

PASSWORD = "gongzhi-demo"  # noqa: S105 - the demo's, told on its first page, refused elsewhere
OLDER_DAYS = 60
LEVELS = {level.name.lower(): int(level) for level in Level}


def load_people(pack: str) -> None:
    """Load the people and orders of a pack, once; a second start keeps what was done with them."""
    if Account.objects.exists():
        return
    told = _told(pack)
    if told is None:
        return
    with working("Made-up people"):
        village = Village(told)
        with as_of(timezone.now() - timedelta(days=OLDER_DAYS)):
            village.people()
            village.posts()
            village.places()
    with working("Made-up orders"):
        load_orders(told.orders, village.person_ids, as_of=as_of)


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Let what is done in here have happened at `moment`. Only made-up history may move the clock."""
    with patch("django.utils.timezone.now", lambda: moment):
        yield


def _told(pack: str) -> Demo | None:
    found = (load_demo(each) for each in load(pack).chain())
    return next((demo for demo in found if demo is not None), None)


class Village:
    """The people of a demo while they are being entered."""

    def __init__(self, told: Demo) -> None:
        self.told = told
        self.person_ids: dict[str, UUID] = {}
        self.households: dict[str, UUID] = {}
        self.admin = next(each for each in told.people if each.account == "admin")
        self.second = next(
            key
            for post in told.posts
            if post.role == "admin"
            for key in post.held_by
            if key != self.admin.key
        )

    def people(self) -> None:
        """The first administrator, the households, and everybody else with their sign-ins and rosters."""
        place = next(post for post in self.told.posts if self.admin.key in post.held_by)
        self.person_ids[self.admin.key] = first_admin(
            username="admin",
            password=PASSWORD,
            name=self.admin.name,
            place=_place(place),
            title=place.title,
        )
        for each in self.told.households:
            with self._as_admin() as actor:
                code = parse_code(each.region)
                made = people.add_household(
                    actor=actor, region_code=code, number=each.number, address=each.address
                )
                self.households[each.key] = UUID(made["id"])
        for person in self.told.people:
            if person is not self.admin:
                self._person(person)

    def _person(self, each: DemoPerson) -> None:
        with self._as_admin() as actor:
            home = self.households.get(each.household or "")
            household = Household.objects.get(pk=home) if home else None
            made = people.add_person(
                actor=actor,
                name=each.name,
                region_code=parse_code(each.region),
                numbers=people.Numbers(phone=each.phone or ""),
                household=household,
            )
            person_id = self.person_ids[each.key] = UUID(made["id"])
            if each.account:
                Account.objects.create_user(each.account, PASSWORD, person_id=person_id)
            for roster in each.rosters:
                people.put_on_roster(actor=actor, person_id=person_id, roster=roster)

    def posts(self) -> None:
        """The posts, granted by the administrator; a second one approves those of sealed matters."""
        for each in self.told.posts:
            holders = [key for key in each.held_by if key != self.admin.key]
            if holders or not each.held_by:
                self._post(each, holders)

    def _post(self, each: DemoPost, holders: list[str]) -> None:
        shown = next((told for told in self.told.people if each.public and told.key in holders), None)
        with self._as_admin() as actor:
            public = (shown.name, shown.phone or "") if shown else ("", "")
            made = people.create_post(
                actor=actor, role=each.role, place=_place(each), title=each.title, public=public
            )
            tenures = [
                people.grant_post(actor=actor, post_id=UUID(made["id"]), person_id=self.person_ids[key])
                for key in holders
            ]
            sealed = Post.objects.get(pk=made["id"]).role == "county_sealed"
        if sealed:
            for tenure in tenures:
                with enter(person_id=self.person_ids[self.second]) as actor:
                    people.approve_tenure(actor=actor, tenure_id=UUID(tenure["id"]))

    def places(self) -> None:
        """The grids under the villages, each with its micro grids."""
        for each in self.told.grids:
            village = (parse_code(each.village), int(Level.VILLAGE))
            for name in each.names:
                with self._as_admin() as actor:
                    grid = self._draw(actor, village, level=Level.GRID, name=name)
                    for number in range(1, each.micro_grids + 1):
                        self._draw(actor, grid, level=Level.MICRO_GRID, name=f"{name}-{number}")

    def _draw(self, actor: Actor, parent: tuple[int, int], *, level: Level, name: str) -> tuple[int, int]:
        made = grids.draw_grid(actor=actor, parent=parent, level=level, name=name)
        return Region.objects.get(pk=made["id"]).code, int(level)

    @contextmanager
    def _as_admin(self) -> Iterator[Actor]:
        with enter(person_id=self.person_ids[self.admin.key]) as actor:
            yield actor


def _place(each: DemoPost) -> tuple[int, int]:
    return parse_code(each.region), LEVELS[each.level]
