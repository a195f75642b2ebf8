"""What stands in the desk's navigation: each capability registers its queues and lists."""

from collections.abc import Callable, Iterable
from uuid import UUID

from gongzhi.ui.registry import Entry, Registry

OpenWork = Callable[[Iterable[UUID]], dict[UUID, int]]
OpenMatters = Callable[[Iterable[tuple[int, int]]], int]

entries: Registry[Entry] = Registry()
definition_pages: Registry[Entry] = Registry()
"""What stands on the page of the definitions: what can be done about a new version."""
matter_pages: dict[str, str] = {}
"""Under which name of an address a subject shows one of its matters, by number."""
_open_work: list[OpenWork] = []
_open_matters: list[OpenMatters] = []


def tell_open_work(counter: OpenWork) -> None:
    """From now on `counter` tells how much waits for each post: shown before a post changes hands."""
    if counter not in _open_work:
        _open_work.append(counter)


def open_work(post_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How much waits for each of the posts, by all that was registered."""
    ids = list(post_ids)
    found: dict[UUID, int] = {}
    for counter in _open_work:
        for post, count in counter(ids).items():
            found[post] = found.get(post, 0) + count
    return found


def tell_open_matters(counter: OpenMatters) -> None:
    """From now on `counter` tells how much is open in places: shown before they are merged or divided."""
    if counter not in _open_matters:
        _open_matters.append(counter)


def open_matters(places: Iterable[tuple[int, int]]) -> int:
    """How many matters are open in these places (code, level), by all that was registered."""
    asked = list(places)
    return sum(counter(asked) for counter in _open_matters)
