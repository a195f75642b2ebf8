"""Where capabilities announce themselves to a shell, in the manner of `django.contrib.admin`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from django.utils.functional import Promise

from gongzhi.core.permissions.actor import Actor

Audience = Callable[[Actor], bool]


def everybody(actor: Actor) -> bool:
    """The audience of what is open to all, signed in or not."""
    return True


def holders_of(*rights: str) -> Audience:
    """The audience of those who hold at least one of `rights` in some place."""

    def admits(actor: Actor) -> bool:
        return any(actor.with_right(right) for right in rights)

    return admits


def post_holders(actor: Actor) -> bool:
    """The audience of those who hold any post today."""
    return bool(actor.posts)


class Registered(Protocol):
    """What a registry keeps: a key of its own, a place in the order, and those who may see it."""

    @property
    def key(self) -> str: ...

    @property
    def order(self) -> int: ...

    @property
    def audience(self) -> Audience: ...


Kept = TypeVar("Kept", bound=Registered)


@dataclass(frozen=True)
class Entry:
    """One way into a capability: a line of the navigation or a tile of a page.

    `title` is a lazily translated text; `url_name` is reversed by the shell, with `code` where the shell
    shows one place.
    """

    key: str
    title: str | Promise
    icon: str
    url_name: str
    audience: Audience = everybody
    order: int = 100
    hint: str | Promise = ""


class Registry(Generic[Kept]):
    """Ordered entries under unique keys."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def register(self, entry: Kept) -> None:
        """Add `entry`. Refuses (ValueError) a key that is taken: two rooms would answer to one name."""
        if entry.key in self._kept:
            raise ValueError(f"“{entry.key}” is registered twice; give one of the two another key")
        self._kept[entry.key] = entry

    def entries(self, actor: Actor) -> list[Kept]:
        """What `actor` may open, in order."""
        return [entry for entry in self.all() if entry.audience(actor)]

    def all(self) -> Iterable[Kept]:
        """Everything registered, in order, whoever may see it."""
        return sorted(self._kept.values(), key=lambda entry: (entry.order, entry.key))
