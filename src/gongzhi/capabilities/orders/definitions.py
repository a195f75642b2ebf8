"""What a pack says about orders: their kinds, the categories, and the words by which a category is known."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from gongzhi.capabilities.orders.rules import Words, classify, danger, decide
from gongzhi.core.definitions.kinds import LevelName
from gongzhi.core.definitions.schema import Body, Definition, Effective, Ref, Sourced, Text, register
from gongzhi.core.regions.rules import Level
from gongzhi.shells.desk.rules import PLACEHOLDERS, filled, names_somebody, unknown_placeholders

Family = Literal["public_report", "proxy_service"]
Danger = Literal["life", "violence", "child"]
CategoryKey = Annotated[str, Ref("category")]


class Category(Definition):
    """What an order is about, in two levels."""

    KIND: ClassVar[str] = "category"

    name: Text
    parent: CategoryKey | None = None


class OrderKind(Sourced):
    """A kind of order that a resident can choose.

    `holders`: the roles that handle it, the fittest first. `categories`: what belongs to it, the first being
    what it is about where the words say nothing. `open_to_helpers`: Party members and volunteers may take it.
    """

    KIND: ClassVar[str] = "order_kind"

    family: Family
    name: Text
    hint: Text
    icon: str = Field(default="dots", pattern=r"^[a-z][a-z0-9-]*$")
    flow: Annotated[str, Ref("flow")] = "order"
    deadline: Annotated[str, Ref("deadline")] = "ordinary"
    holders: list[Annotated[str, Ref("role")]] = Field(min_length=1)
    categories: list[CategoryKey] = Field(min_length=1)
    open_to_helpers: bool = False
    urgent: bool = False
    one_key: bool = False
    """Whether one press (一键响应) places this urgent kind, where its words speak for no other."""
    bring: list[Text] = Field(default_factory=list)
    photo_reason: Text | None = None
    """Why a photo is asked for. Without it photos are welcome and never asked for."""


class DutyList(Sourced):
    """What posts may be asked to handle (准入清单), for the levels and roles that it names (no role: every one).

    `categories`: what belongs to it, each with all that is under it. `not_asked`: what does not, though it stands under
    one of them, and whose affair it is. What stands in no list of a post may be refused by it, with `rule` as the
    reason; a post without any list refuses nothing.
    """

    KIND: ClassVar[str] = "duty_list"

    name: Text
    rule: Text
    levels: list[LevelName] = Field(min_length=1)
    roles: list[Annotated[str, Ref("role")]] = Field(default_factory=list)
    categories: list[CategoryKey] = Field(min_length=1)
    not_asked: dict[CategoryKey, Text] = Field(default_factory=dict)

    def covers(self, role: str, level: int) -> bool:
        """Whether it says anything of a post of that role at that level."""
        return level in {int(Level[each.upper()]) for each in self.levels} and role in (self.roles or [role])

    def holds(self, category: str, parent: str | None) -> bool:
        """Whether a category belongs to it."""
        return category not in self.not_asked and not {category, parent}.isdisjoint(self.categories)


class Reply(Sourced):
    """Words that are often said with steps of the flow, with placeholders for what they may name of a matter."""

    KIND: ClassVar[str] = "reply"

    name: Text
    steps: list[str] = Field(min_length=1)
    words: Text


class Spoken(Body):
    """The words that speak for a category: strongly (3), fairly (2), or weakly (1)."""

    strong: list[str] = Field(default_factory=list)
    fair: list[str] = Field(default_factory=list)
    weak: list[str] = Field(default_factory=list)

    def weights(self) -> dict[str, float]:
        """Each word with its weight."""
        return {
            word: weight
            for weight, words in ((1.0, self.weak), (2.0, self.fair), (3.0, self.strong))
            for word in words
        }


class Lexicon(Sourced):
    """Words of everyday speech with the categories they speak for, words of danger, when a person decides.

    Below `certain` (the first category's share) or `least` (its strength) a desk officer decides.
    """

    KIND: ClassVar[str] = "lexicon"

    words: dict[CategoryKey, Spoken] = Field(default_factory=dict)
    dangers: dict[Danger, list[str]] = Field(default_factory=dict)
    harmless: list[str] = Field(default_factory=list)
    certain: float = Field(default=0.6, gt=0, lt=1)
    least: float = Field(default=2.0, gt=0)


def merge(lexicons: Iterable[Lexicon]) -> Words:
    """Several lexicons as one: a pack's own words beside those of the packs that it extends."""
    categories: dict[str, dict[str, float]] = {}
    dangers: dict[str, list[str]] = {}
    harmless: list[str] = []
    for lexicon in reversed(list(lexicons)):
        for category, spoken in lexicon.words.items():
            categories.setdefault(category, {}).update(spoken.weights())
        for group, words in lexicon.dangers.items():
            dangers.setdefault(group, []).extend(words)
        harmless.extend(lexicon.harmless)
    return Words.of(categories, dangers=dangers, harmless=harmless)


def category_problems(category: Category, effective: Effective) -> Iterable[str]:
    """Categories have two levels."""
    parent = effective.of("category").get(category.parent or "")
    if isinstance(parent, Category) and parent.parent is not None:
        yield f"its parent {category.parent!r} has a parent itself; categories have two levels"


def kind_problems(kind: OrderKind, effective: Effective) -> Iterable[str]:
    """A kind must be handled by roles that may handle, and in a way that the flow knows."""
    for key in kind.holders:
        role = effective.of("role").get(key)
        acts_as: list[str] = getattr(role, "acts_as", [])
        if role is not None and "handler" not in acts_as:
            yield f"the role {key!r} handles nothing (`acts_as` has no `handler`); choose another holder"
    if kind.one_key and not kind.urgent:
        yield "one press places what is urgent: say `urgent: true`, or leave `one_key` out"
    if kind.urgent and kind.open_to_helpers:
        yield "an urgent kind is not open to helpers: it goes to a person on duty at once"
    if kind.bring and kind.family == "public_report":
        yield "`bring` lists papers for a service; a problem is reported without papers"


def duty_problems(duties: DutyList, effective: Effective) -> Iterable[str]:
    """What is taken out must stand under something that is in, and never be in itself."""
    known = effective.of("category")
    for key in duties.not_asked:
        if key in duties.categories:
            yield f"{key!r} stands in `categories` and in `not_asked`; keep one"
        elif getattr(known.get(key), "parent", None) not in duties.categories:
            yield f"{key!r} stands under nothing that is in `categories`, so it need not be taken out"


def duty_example(body: DutyList, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{category, asked: true or false}`: None when the list says the same."""
    parent = getattr(effective.of("category").get(example["category"]), "parent", None)
    asked = body.holds(example["category"], parent)
    return (
        None if asked == example["asked"] else f"{example['category']} is {'asked' if asked else 'not asked'}"
    )


def reply_problems(reply: Reply, effective: Effective) -> Iterable[str]:
    """Placeholders must be known, steps must stand in a flow, and no telephone goes to everybody."""
    for words in (reply.words.zh, reply.words.en):
        for hole in unknown_placeholders(words):
            yield f"there is no placeholder {{{hole}}}; known are {', '.join(PLACEHOLDERS)}"
        if names_somebody(words):
            yield "a mobile or identity number stands in the words; take it out"
    known = {step for flow in effective.of("flow").values() for step in getattr(flow, "transitions", {})}
    for step in reply.steps:
        if step not in known:
            yield f"no flow has the step {step!r}"


def reply_example(body: Reply, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{facts, says}`: None when the Chinese words come to the same."""
    said = filled(body.words.zh, example["facts"])
    return None if said == example["says"] else f"it says “{said}”, not “{example['says']}”"


def lexicon_problems(lexicon: Lexicon, effective: Effective) -> Iterable[str]:
    """The same word twice for one category would hide one weight; an empty word would match everywhere."""
    for category, spoken in lexicon.words.items():
        words = [*spoken.strong, *spoken.fair, *spoken.weak]
        for word in sorted({word for word in words if words.count(word) > 1}):
            yield f"the word {word!r} stands twice under {category!r}; keep one weight"
        if not all(words):
            yield f"there is an empty word under {category!r}; take it out"
    for group, dangerous in lexicon.dangers.items():
        for word in dangerous:
            if len(word) < 2:
                yield f"the word {word!r} of {group!r} is too short: it would alarm everywhere"


def lexicon_example(body: Lexicon, example: Mapping[str, Any], *, effective: Effective) -> str | None:
    """An example `{says, category?, danger?}`: None when the words in force come to the same.

    `category: none` expects that a person decides.
    """
    lexicons = [each for each in effective.of("lexicon").values() if isinstance(each, Lexicon)]
    words = merge(reversed(lexicons))
    if "category" in example:
        decided = decide(classify(example["says"], words), certain=body.certain, least=body.least)
        expected = None if example["category"] == "none" else example["category"]
        if decided.category != expected:
            seen = ", ".join(f"{guess.category} {guess.score} {guess.words}" for guess in decided.ranked[:3])
            return f"“{example['says']}” gives {decided.category} ({decided.why}: {seen}), not {expected}"
    if "danger" in example:
        found = sorted(danger(example["says"], words))
        if found != sorted(example["danger"]):
            return f"“{example['says']}” is danger {found}, not {sorted(example['danger'])}"
    return None


register(Category, check=category_problems)
register(OrderKind, check=kind_problems)
register(DutyList, check=duty_problems, example=duty_example)
register(Reply, check=reply_problems, example=reply_example)
register(Lexicon, check=lexicon_problems, example=lexicon_example)
