"""Dispatch that learns from the county's own orders: it helps where it knows, and never learns of what is sealed."""

import io
import json
import zipfile
from contextlib import AbstractContextManager
from uuid import UUID

import pytest

from gongzhi.capabilities.orders import jobs, teaching
from gongzhi.capabilities.orders.commands import Asked, correct_category, erase_order
from gongzhi.capabilities.orders.commands.learning import set_threshold, use_model
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import ModelInUse, Order, TrainedModel
from gongzhi.capabilities.orders.queries import learned
from gongzhi.capabilities.orders.queries.lessons import lessons_of
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.permissions.actor import Actor, enter, enter_as_system
from gongzhi.core.regions.rules import Level, floor_code
from gongzhi.project import learning as terminal
from gongzhi.project.refusal import Refusal
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import dispatched, placed, step
from tests.orders.learning import history, trained

pytestmark = pytest.mark.django_db
county_code = floor_code(cast.VILLAGE, Level.COUNTY)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    learned.forget_choices()


def order(order_id: UUID) -> Order:
    with enter(person_id=cast.find("county").person_id):
        return Order.objects.get(pk=order_id)


def platform() -> AbstractContextManager[Actor]:
    return enter_as_system(platform_posts(cast.VILLAGE)[0].id)


def test_it_learns_what_the_lexicon_does_not_know() -> None:
    before, _receipt = placed(text="那盏灯不亮已经久了")
    dispatched(before)
    history()
    told = trained()
    assert (told.why, told.number, told.used) == ("trained", 1, True)
    after, _receipt = placed(text="夜里一片黑看不见，灯泡一闪一闪的")
    dispatched(after)
    found = order(after)
    assert (found.category, found.category_by) in {("street_light", "learned"), ("street_light", "both")}
    assert any(reason.startswith("learned:") for reason in found.reasons)
    assert found.certainty is not None
    assert found.certainty >= 0.8


def test_what_it_is_not_sure_of_is_left_to_the_words_of_the_pack() -> None:
    history()
    trained()
    with enter(person_id=cast.find("county").person_id) as actor:
        set_threshold(actor=actor, county=county_code, threshold=0.99)
    order_id, _receipt = placed(text="有件事想问问")
    dispatched(order_id)
    found = order(order_id)
    assert found.category_by == "default"
    assert {"learned_unsure", "learned_other_kind"} & set(found.reasons)


def test_too_few_lessons_train_nothing() -> None:
    history(each=4)
    assert trained().why == "few"
    with platform():
        assert TrainedModel.objects.count() == 0


def test_without_the_extra_nothing_is_trained_and_the_lexicon_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(teaching.training, "available", lambda: False)
    assert trained().why == "no_extra"
    order_id, _receipt = placed(text="村口的路灯坏了三天了")
    dispatched(order_id)
    assert (order(order_id).category, order(order_id).category_by) == ("street_light", "words")


def test_sealed_orders_teach_nothing_and_are_shown_to_no_model() -> None:
    history()
    trained()
    sealed, _receipt = placed(text="夜里一片黑看不见", sealed=True)
    with platform():
        assert len(lessons_of(county_code).texts) == 70
    with enter(person_id=cast.find("sealed").person_id):
        matter = Matter.objects.get(pk=sealed)
        assert learned.opinion("夜里一片黑", matter, categories=["street_light"]) is None
        assert learned.likely_posts(matter, category="street_light", among=[]) == {}


def test_erased_words_leave_the_next_model_even_where_it_is_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    made = history()
    trained()
    own, _receipt = placed("resident", text="夜里一片黑看不见")
    with enter(person_id=cast.find("desk").person_id) as actor:
        correct_category(actor=actor, asked=Asked(own), category="street_light")
    step("resident", own, "withdraw")
    with enter(person_id=cast.find("resident").person_id) as actor:
        erase_order(actor=actor, asked=Asked(own, client_id=uuid7()))
    with platform():
        lessons = lessons_of(county_code)
    assert (lessons.erased, len(lessons.texts)) == ([str(own)], len(made))
    monkeypatch.setattr(teaching, "WORSE", -9.0)
    told = trained(anyway=False)
    assert (told.why, told.number) == ("trained", 2)
    with platform():
        second = TrainedModel.objects.get(number=2)
        assert second.taught["erased"] == [str(own)]


def test_a_model_holds_no_words() -> None:
    history()
    trained()
    with platform():
        kept = TrainedModel.objects.get()
    content = bytes(kept.content)
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        plain = b"".join(held.read(name) for name in held.namelist())
    assert not [word for word in ("灯泡", "塑料袋", "夜里") if word.encode() in plain]
    assert "灯" not in json.dumps([kept.taught, kept.figures], ensure_ascii=False)


def test_what_is_worse_is_kept_and_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    history()
    trained()
    assert trained(anyway=False).why == "nothing_new"
    monkeypatch.setattr(teaching, "WORSE", -9.0)
    told = trained()
    assert (told.why, told.number, told.used) == ("worse", 2, False)
    with platform():
        used = ModelInUse.objects.select_related("trained").get()
        assert used.trained is not None
        assert used.trained.number == 1


def test_an_older_version_is_used_again_and_none_at_all() -> None:
    history()
    trained()
    trained()
    with enter(person_id=cast.find("county").person_id) as actor:
        use_model(actor=actor, county=county_code, number=1)
        found = learned.in_use(cast.VILLAGE)
        assert found is not None
        assert found.number == 1
        use_model(actor=actor, county=county_code, number=None)
        assert learned.in_use(cast.VILLAGE) is None
        with pytest.raises(Refused, match="model"):
            use_model(actor=actor, county=county_code, number=9)


@pytest.mark.parametrize("who", ["desk", "village", "worker", "resident", "second_desk", "supervisor"])
def test_only_the_county_decides_by_what_it_dispatches(who: str) -> None:
    with enter(person_id=cast.find(who).person_id) as actor:
        for attempt in (
            lambda: use_model(actor=actor, county=county_code, number=None),
            lambda: set_threshold(actor=actor, county=county_code, threshold=0.5),
        ):
            with pytest.raises(Refused, match="no_right"):
                attempt()


def test_how_sure_it_must_be_has_bounds() -> None:
    history()
    trained()
    with enter(person_id=cast.find("county").person_id) as actor:
        for outside in (0.1, 1.0):
            with pytest.raises(Refused, match="threshold"):
                set_threshold(actor=actor, county=county_code, threshold=outside)
        set_threshold(actor=actor, county=county_code, threshold=0.7)
        assert ModelInUse.objects.get().threshold == 0.7


def test_the_nightly_job_trains_each_county() -> None:
    history()
    jobs.learn(0)
    with platform():
        assert TrainedModel.objects.get().number == 1


def test_from_a_terminal_versions_are_trained_listed_and_taken_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    history()
    assert terminal.run("train", region="620724", number=None) == 0
    assert terminal.run("list", region=None, number=None) == 0
    assert terminal.run("use", region="620724", number=0) == 0
    said = capsys.readouterr().out
    assert "620724: version 1: trained, and in use from now on" in said
    assert "* 620724 version 1" in said
    assert learned.in_use(cast.VILLAGE) is None


@pytest.mark.parametrize(
    ("region", "number"), [("620724", 9), ("620724", None), (None, 1), ("x", 1), ("110101", 1)]
)
def test_a_terminal_that_asks_for_what_is_not_there_is_refused(
    region: str | None, number: int | None
) -> None:
    with pytest.raises(Refusal):
        terminal.run("use", region=region, number=number)
