"""What a definition may say: base classes of every body, references between them, the registry of kinds.

A room registers the kinds that it understands in its own `definitions.py`, from its AppConfig:

    register(Flow, check=graph_problems, example=walk)

Nothing here needs Django, so that rules and packs can be read and checked without a database.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema


class Body(BaseModel):
    """A part of a definition: unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Text(Body):
    """Words for people, in Chinese and in English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, language: str) -> str:
        """The words in the language of a code such as `zh-hans` or `en`; Chinese unless English is asked."""
        return self.en if language.startswith("en") else self.zh


class Source(Body):
    """Where a rule comes from. Articles are renumbered, so the law's version stands beside the article."""

    law: str = Field(min_length=1)
    version: str = Field(min_length=1)
    article: str = ""
    note: str = ""


class Definition(Body):
    """The body of one definition. Each kind is a subclass that names its KIND."""

    KIND: ClassVar[str] = ""


class Sourced(Definition):
    """A definition that lays something down: it names its source, or says openly that it is made up."""

    source: Source | None = None
    made_up: bool = False
    note: str = ""


@dataclass(frozen=True)
class Ref:
    """Marks a string as the key of another definition: `Annotated[str, Ref("category")]`."""

    kind: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate the string as it is, and note the reference where the loader collects them."""
        return core_schema.with_info_after_validator_function(self._note, handler(source))

    def _note(self, value: str, info: ValidationInfo) -> str:
        if info.context is not None and "references" in info.context:
            info.context["references"].append((self.kind, value))
        return value


@dataclass(frozen=True)
class Effective:
    """All that is in force in one place: a pack with what it inherits, by kind and key."""

    bodies: Mapping[str, Mapping[str, Definition]] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, Definition]:
        """The definitions of one kind, by key."""
        return self.bodies.get(kind, {})


Check = Callable[[Any, Effective], Iterable[str]]
"""Given a body and all that is in force: each problem in words; nothing when all is well."""


class Example(Protocol):
    """Tries one example of a body: None when it holds, else what came instead."""

    def __call__(self, body: Any, example: Mapping[str, Any], *, effective: Effective) -> str | None: ...


@dataclass(frozen=True)
class Kind:
    """A registered kind of definition."""

    name: str
    model: type[Definition]
    check: Check | None = None
    example: Example | None = None


_KINDS: dict[str, Kind] = {}

D = TypeVar("D", bound=Definition)


def register(model: type[D], *, check: Check | None = None, example: Example | None = None) -> None:
    """Make a kind of definition known. Registering the same model again changes nothing.

    Refuses (ValueError) a model without KIND, and a second model for a kind.
    """
    if not model.KIND:
        raise ValueError(f"{model.__name__} names no KIND")
    known = _KINDS.get(model.KIND)
    if known is not None and known.model is not model:
        raise ValueError(f"the kind {model.KIND} is registered by {known.model.__module__}")
    _KINDS[model.KIND] = Kind(model.KIND, model, check, example)


def kind_named(name: str) -> Kind:
    """The registered kind. Refuses (LookupError) a name that no room registered, and lists those that are."""
    if name not in _KINDS:
        raise LookupError(f"no room knows the kind {name!r}; known kinds: {', '.join(kinds())}")
    return _KINDS[name]


def kinds() -> list[str]:
    """The names of all registered kinds."""
    return sorted(_KINDS)
