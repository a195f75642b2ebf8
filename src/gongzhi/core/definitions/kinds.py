"""The kinds of definition that concern the whole house: the pack itself, roles, rosters, the village page."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from gongzhi.core.definitions.schema import Body, Definition, Effective, Sourced, Text, register

Right = Literal[
    "see_matters",
    "work_matters",
    "see_people",
    "edit_people",
    "manage_posts",
    "see_audit",
    "erase_words",
    "sealed",
]
LevelName = Literal[
    "province", "prefecture", "county", "township", "village", "grid", "small_grid", "micro_grid"
]
Part = Literal["reporter", "desk", "handler", "volunteer", "checker", "platform", "upper", "hand"]
"""Who a person is to a matter, in the words of a flow. `hand`: whose post has a task in what another holds."""

RegionText = Annotated[str, Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$")]
"""A division's official code of 6, 9 or 12 digits, in quotes: a number would lose its zeros."""


class Brand(Body):
    """What the installation is called in this place, and what it says of itself."""

    name: Text
    motto: Text | None = None
    about: Text
    report: Text
    service: Text
    steps: list[Text] = Field(default_factory=list)


class PackManifest(Definition):
    """The pack itself: where it governs, what it inherits, its brand.

    `region` is the place that it governs; `owner` the county that owns the installation where the pack is a
    township's brand. `replaces` names kinds of which only this pack's own definitions hold here.
    """

    KIND: ClassVar[str] = "pack"

    name: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    extends: str | None = None
    region: RegionText | None = None
    region_level: LevelName | None = None
    owner: RegionText | None = None
    replaces: list[str] = Field(default_factory=list)
    made_up: Text | None = None
    brand: Brand


class Role(Definition):
    """What a post of this role may do in its place; `acts_as` says which parts it may play in a flow.

    `sealed`: the role sees sealed matters; each tenure needs a second person's approval.
    `on_duty`: the platform may send work to posts of this role.
    """

    KIND: ClassVar[str] = "role"

    name: Text
    duty: Text
    levels: list[LevelName] = Field(default_factory=list)
    rights: list[Right] = Field(default_factory=list)
    acts_as: list[Part] = Field(default_factory=list)
    shells: list[Literal["portal", "field", "desk"]] = Field(default_factory=list)
    sealed: bool = False
    on_duty: bool = False
    on_village_page: bool = False
    system: bool = False


class Roster(Sourced):
    """A list of people with a purpose: reserve cadres, law-literate people, volunteers."""

    KIND: ClassVar[str] = "roster"

    name: Text
    purpose: Text
    levels: list[LevelName]
    consent: bool = True
    """Whether a person must have agreed before the roster is shown to anyone but those who keep it."""


class Section(Body):
    """One part of a village's page, in the order of the list."""

    shows: Literal[
        "introduction", "people", "report", "service", "urgent", "take_orders", "follow", "outcomes", "words"
    ]
    title: Text
    words: Text | None = None


class VillagePage(Definition):
    """What a village's page shows to whoever scans its QR code."""

    KIND: ClassVar[str] = "village_page"

    sections: list[Section] = Field(min_length=1)


class Figure(Body):
    """One fact of a place, such as its number of households."""

    name: Text
    value: str


class Introduction(Sourced):
    """A village in a few words, under its official code of 12 digits."""

    KIND: ClassVar[str] = "introduction"

    words: Text
    figures: list[Figure] = Field(default_factory=list)
    address: Text | None = None


def role_problems(role: Role, effective: Effective) -> Iterable[str]:
    """Contradictions within a role."""
    if ("sealed" in role.rights) != role.sealed:
        yield "a role has the right `sealed` exactly if it says `sealed: true`"
    if role.sealed and "manage_posts" in role.rights:
        yield "a sealed role may not manage posts: whoever grants posts must not see sealed matters"
    if not role.levels and not role.system and role.rights:
        yield "it has rights but no `levels`, so no post could hold it; name the levels where posts stand"
    if role.system and role.shells:
        yield "a system role has no shell: nobody signs in to it"


def page_problems(page: VillagePage, effective: Effective) -> Iterable[str]:
    """A page must let a resident order, and must not show one thing twice."""
    shown = [section.shows for section in page.sections if section.shows != "words"]
    for thing in sorted(set(shown)):
        if shown.count(thing) > 1:
            yield f"`{thing}` is shown twice; keep one section"
    if "report" not in shown:
        yield "there is no section that shows `report`: residents could not order from this page"
    for section in page.sections:
        if section.shows == "words" and section.words is None:
            yield f"the section “{section.title.zh}” shows words but has none"


register(PackManifest)
register(Role, check=role_problems)
register(Roster)
register(VillagePage, check=page_problems)
register(Introduction)
