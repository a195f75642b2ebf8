"""What stands in the desk's navigation: each capability registers its queues and lists."""

from collections.abc import Callable, Iterable
from uuid import UUID

from gongzhi.ui.registry import Entry, Registry

OpenWork = Callable[[Iterable[UUID]], dict[UUID, int]]

entries: Registry[Entry] = Registry()
_open_work: list[OpenWork] = []


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
