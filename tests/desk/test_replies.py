"""Words that a post often says: kept by the post, filled for one order, sent by nobody but who presses send."""

from typing import Any
from uuid import UUID

import pytest

from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Post
from gongzhi.shells.desk.commands import remove_reply, save_reply
from gongzhi.shells.desk.models import PostReply
from gongzhi.shells.desk.rules import filled, names_somebody, unknown_placeholders
from tests import cast
from tests.architecture.probes import as_, written
from tests.architecture.test_refusals import insert, update
from tests.orders.acting import dispatched, matter, placed, step
from tests.orders.at_desk import address, desk, page, statements, take

pytestmark = pytest.mark.django_db


def saved(
    who: str = "desk", name: str = "回访", words: str = "编号{number}，已在{place}办好。", at: str = "message"
) -> UUID:
    with as_(who) as actor:
        post = actor.posts[0].id
        return UUID(save_reply(actor=actor, post_id=post, step=at, name=name, words=words)["id"])


def test_words_are_filled_and_what_is_not_known_stays_open() -> None:
    assert filled("{number} {due}", {"number": "A1", "due": ""}) == "A1 ____"
    assert unknown_placeholders("{number}{name}") == ["name"]
    assert names_somebody("打13912345678")
    assert names_somebody("11010119900307123X")
    assert not names_somebody("打0936-8212345，编号2026112212345")


def test_a_post_keeps_words_and_nobody_else_reads_them() -> None:
    first = saved()
    assert saved(words="新的话{due}") == first
    with as_("desk") as actor:
        reply = PostReply.objects.get(pk=first)
        assert reply.words == "新的话{due}"
        post = reply.post_id
        for words, code in (("{name}", "placeholder"), ("打13912345678", "private"), (" ", "words")):
            with pytest.raises(Refused, match=code):
                save_reply(actor=actor, post_id=post, step="message", name="x", words=words)
    for username in ("admin", "county", "outsider", "worker", "resident"):
        with as_(username) as actor:
            assert not PostReply.objects.exists(), username
            with pytest.raises(Refused, match="not_found"):
                save_reply(actor=actor, post_id=post, step="message", name="x", words="x")
            with pytest.raises(Refused, match="not_found"):
                remove_reply(actor=actor, reply_id=first)
            told: dict[str, Any] = {"function": "desk_write", "name": "desk.reply_saved", "thread": None}
            assert written(actor, [update("desk_postreply", reply, words="x")], **told) == "42501"
            assert written(actor, [insert("desk_postreply", reply, name="y")], **told) == "42501"
    with as_("desk") as actor:
        worker = Post.objects.get(role="grid_worker", region_code=cast.VILLAGE)
        told: dict[str, Any] = {"function": "desk_write", "name": "desk.reply_saved", "thread": None}
        assert written(actor, [update("desk_postreply", reply, post_id=worker.id)], **told) == "42501"
        remove_reply(actor=actor, reply_id=first)
        remove_reply(actor=actor, reply_id=first)
        assert PostReply.objects.get(pk=first).words == ""


def test_the_desk_fills_a_reply_behind_what_was_typed_and_sends_nothing() -> None:
    order_id, _receipt = placed()
    reply = saved()
    client = desk()
    shown = page(client, address(order_id))
    assert f'value="own.{reply}">回访' in shown
    assert "请补充情况" in shown
    number, version = matter(order_id).number, matter(order_id).version
    answer = take(client, order_id, "message", fill="1", reply=f"own.{reply}", words="您好。")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f"您好。\n编号{number}，已在" in text
    assert matter(order_id).version == version
    assert take(client, order_id, "message", fill="1", reply="own.nobody").status_code == 200
    assert len(statements(client, address(order_id), **{"HX-Request": "true", "HX-Target": "matter"})) <= 10


def test_the_field_app_is_told_the_words_of_each_step() -> None:
    order_id, _receipt = placed()
    dispatched(order_id)
    step("worker", order_id, "accept")
    saved("worker", at="fulfil")
    told = desk("worker").get(f"/field/api/matters/{order_id}").json()
    replies = {action["key"]: action["replies"] for action in told["actions"]}
    assert {each["name"] for each in replies["fulfil"]} == {"现场已办好", "回访"}
    assert matter(order_id).number in replies["fulfil"][-1]["key"]
    assert replies["start"] == []


def test_kept_words_are_written_and_taken_away_on_a_page() -> None:
    client = desk()
    with as_("desk") as actor:
        post = actor.posts[0].id
    said = {"post": str(post), "step": "message", "name": "现场回话", "words": "{number}办好了"}
    assert client.post("/desk/replies/", said).status_code == 302
    assert "现场回话" in page(client, "/desk/replies/")
    assert client.post("/desk/replies/", said | {"words": "{name}"}).status_code == 422
    assert client.post("/desk/replies/", said | {"post": str(cast.find("desk").person_id)}).status_code == 422
    with as_("desk"):
        kept = PostReply.objects.get()
    client.post(f"/desk/replies/{kept.id}/remove/")
    assert "现场回话" not in page(client, "/desk/replies/")
    assert desk("resident").get("/desk/replies/").status_code == 403
