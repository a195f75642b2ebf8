"""What a pack brings for demonstration (`demo.yaml`): made-up people, posts, households and orders.

It is data and no definition: it is loaded through the commands that everybody uses, and only in demo mode.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from gongzhi.core.definitions.kinds import LevelName, RegionText
from gongzhi.core.definitions.packs import LoadedPack, PackError, Problem
from gongzhi.core.definitions.reading import Unreadable, Where, read
from gongzhi.core.definitions.schema import Body, Effective, Text

ACCOUNTS = ("resident", "worker", "volunteer", "officer", "desk", "county", "admin", "sealed", "outsider")
IMPOSSIBLE_PHONE = r"^0\d{3}000\d{4}$"
"""No local number begins with 0, so such a telephone rings nowhere."""

Fault = tuple[Where, str]

Course = Literal[
    "received",
    "dispatched",
    "accepted",
    "in_hand",
    "paused",
    "returned",
    "taken",
    "fulfilled",
    "sent_back",
    "checked",
    "rated",
    "unrated",
    "reopened",
    "withdrawn",
    "declined",
    "void",
]
"""How far an example order went."""


class DemoPerson(Body):
    """A made-up person. `account` is the name of a demo log-in."""

    key: str
    name: str
    region: RegionText
    phone: Annotated[str, Field(pattern=IMPOSSIBLE_PHONE)] | None = None
    account: str | None = None
    household: str | None = None
    rosters: list[str] = Field(default_factory=list)


class DemoPost(Body):
    """A post and those who hold it. `public` shows name and telephone on the village's page."""

    role: str
    region: RegionText
    level: LevelName
    title: str
    held_by: list[str] = Field(default_factory=list)
    public: bool = False


class DemoHousehold(Body):
    """A made-up household, with its number in the village and its address."""

    key: str
    region: RegionText
    number: str
    address: str


class DemoGrid(Body):
    """Grids to draw under a village, each with so many micro grids."""

    village: RegionText
    names: list[str] = Field(min_length=1)
    micro_grids: int = Field(default=0, ge=0, le=99)


class DemoOrder(Body):
    """An example order and how far it went. Without `by` it came without an account."""

    words: str = Field(min_length=2)
    kind: str
    region: RegionText
    place: str = ""
    days_ago: int = Field(ge=0, le=120)
    by: str | None = None
    category: str | None = None
    course: Course
    sealed: bool = False
    open_to_helpers: bool = False
    done: str = ""
    outcome: Literal["solved", "partly", "not_solved", "not_ours", "duplicate"] = "solved"
    stars: int | None = Field(default=None, ge=1, le=5)
    solved: Literal["yes", "partly", "no"] | None = None
    said: str = ""


class Demo(Body):
    """Everything that a pack brings for demonstration."""

    note: Text
    households: list[DemoHousehold] = Field(default_factory=list)
    people: list[DemoPerson]
    posts: list[DemoPost]
    grids: list[DemoGrid] = Field(default_factory=list)
    orders: list[DemoOrder]


def load_demo(pack: LoadedPack) -> Demo | None:
    """A pack's demonstration, or None where it has none.

    Refuses (PackError, all problems at once) what cannot be read, and what names things that are not there.
    """
    file = pack.folder / "demo.yaml"
    if not file.exists():
        return None
    try:
        document = read(file)
        demo = Demo.model_validate(document.data)
    except Unreadable as error:
        raise PackError([Problem(file, error.line, str(error))]) from error
    except ValidationError as error:
        problems = [
            Problem(file, document.line(each["loc"]), f"{' → '.join(map(str, each['loc']))}: {each['msg']}")
            for each in error.errors()
        ]
        raise PackError(problems) from error
    problems = [Problem(file, document.line(where), words) for where, words in _lost(demo, pack)]
    if problems:
        raise PackError(problems)
    return demo


def _lost(demo: Demo, pack: LoadedPack) -> Iterator[Fault]:
    """Names in a demonstration that lead nowhere, each with its place in the file."""
    effective = pack.effective()
    yield from _lost_people(demo, effective)
    people = {person.key for person in demo.people}
    for number, post in enumerate(demo.posts):
        if post.role not in effective.of("role"):
            yield ("posts", number), f"there is no role {post.role!r}"
        for key in sorted(set(post.held_by) - people):
            yield ("posts", number), f"there is no person {key!r}"
    for number, order in enumerate(demo.orders):
        for words in _order_faults(order, effective, people=people):
            yield ("orders", number), words


def _lost_people(demo: Demo, effective: Effective) -> Iterator[Fault]:
    households = {household.key for household in demo.households}
    for number, person in enumerate(demo.people):
        if person.household is not None and person.household not in households:
            yield ("people", number), f"there is no household {person.household!r}"
        for roster in person.rosters:
            if roster not in effective.of("roster"):
                yield ("people", number), f"there is no roster {roster!r}"
    accounts = {person.account for person in demo.people if person.account}
    for account in sorted(set(ACCOUNTS) - accounts):
        yield ("people",), f"nobody has the log-in {account!r}"


def _order_faults(order: DemoOrder, effective: Effective, *, people: set[str]) -> Iterator[str]:
    if order.kind not in effective.of("order_kind"):
        yield f"there is no kind of order {order.kind!r}"
    if order.category is not None and order.category not in effective.of("category"):
        yield f"there is no category {order.category!r}"
    if order.by is not None and order.by not in people:
        yield f"there is no person {order.by!r}"
    if order.course == "rated" and (order.stars is None or order.solved is None):
        yield "a rated order has `stars` and `solved`"
