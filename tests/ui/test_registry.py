"""What capabilities register in the shells."""

from uuid import uuid4

import pytest

from gongzhi.core.permissions.actor import ANYBODY, Actor, HeldPost
from gongzhi.ui.registry import Entry, Registry, everybody, holders_of, post_holders


def actor_with(*rights: str) -> Actor:
    post = HeldPost(uuid4(), "desk", 620724100, 4, "", frozenset(rights), (), False)
    return Actor(posts=(post,))


def registry() -> Registry[Entry]:
    made: Registry[Entry] = Registry()
    made.register(Entry("people", "人员", "users", "people", holders_of("see_people"), order=20))
    made.register(Entry("queue", "工单", "inbox", "queue", post_holders, order=10))
    made.register(Entry("help", "说明", "help-circle", "help", everybody, order=30))
    return made


def test_entries_come_in_their_order_and_only_to_their_audience() -> None:
    assert [entry.key for entry in registry().entries(actor_with("see_people"))] == [
        "queue",
        "people",
        "help",
    ]
    assert [entry.key for entry in registry().entries(actor_with("see_matters"))] == ["queue", "help"]
    assert [entry.key for entry in registry().entries(ANYBODY)] == ["help"]


def test_it_refuses_a_key_that_is_taken() -> None:
    with pytest.raises(ValueError, match="queue"):
        registry().register(Entry("queue", "另一个", "inbox", "other"))
