"""How lexicon and learned model come to one decision, and what calibration and routing promise."""

import numpy as np
import pytest

from gongzhi.capabilities.orders.learning import calibration, routing, training
from gongzhi.capabilities.orders.learning.features import said, tokens_said
from gongzhi.capabilities.orders.learning.linear import Linear
from gongzhi.capabilities.orders.rules import Candidate, Decision, Guess, Opinion, choose_holder, combine
from gongzhi.core.definitions.ids import uuid7

LAMP = Decision("street_light", 0.8, "clear", (Guess("street_light", 4.0, ("路灯",)),))
NOTHING = Decision(None, 0.0, "no_words", ())


def sure(category: str = "rubbish", certainty: float = 0.9, *, fits: bool = True) -> Opinion:
    return Opinion(category=category, certainty=certainty, words=("臭",), threshold=0.8, fits=fits)


@pytest.mark.parametrize(
    ("lexicon", "learned", "category", "by", "told"),
    [
        (LAMP, None, "street_light", "words", "words:路灯"),
        (NOTHING, None, None, "", "no_words"),
        (NOTHING, sure(), "rubbish", "learned", "learned:臭"),
        (LAMP, sure("street_light"), "street_light", "both", "learned:臭"),
        (LAMP, sure(), "rubbish", "learned", "against_words"),
        (LAMP, sure(certainty=0.79), "street_light", "words", "learned_unsure"),
        (NOTHING, sure(certainty=0.79), None, "", "learned_unsure"),
        (LAMP, sure(fits=False), "street_light", "words", "learned_other_kind"),
        (NOTHING, sure(fits=False), None, "", "learned_other_kind"),
    ],
)
def test_who_decides(
    lexicon: Decision, learned: Opinion | None, category: str | None, by: str, told: str
) -> None:
    found = combine(lexicon, learned)
    assert (found.category, found.by) == (category, by)
    assert told in found.trace


def candidate(**more: object) -> Candidate:
    given = {"on_duty": True, "attended": True, "open_load": 0, "role_rank": 0, "distance": 0, **more}
    return Candidate(post=uuid7(), **given)  # type: ignore[arg-type]


def test_a_post_that_usually_takes_such_orders_goes_before_the_nearest() -> None:
    near, usual = candidate(), candidate(distance=1)
    assert choose_holder([near, usual], likely={usual.post: 0.6}).holder == usual.post
    assert choose_holder([near, usual], likely={usual.post: 0.4}).holder == near.post


def test_a_usual_post_that_is_off_duty_or_full_is_not_chosen() -> None:
    near, off, full = candidate(), candidate(on_duty=False), candidate(open_load=30)
    chosen = choose_holder([near, off, full], likely={off.post: 0.9, full.post: 0.9})
    assert chosen.holder == near.post


def test_numbers_are_not_looked_at() -> None:
    assert said("请打13912345678") == said("请打13987654321")


def taught(texts: list[str], truth: list[int]) -> tuple[training.Corpus, training.Taught]:
    corpus = training.Corpus.of(said(text) for text in texts)
    return corpus, training.Taught(np.arange(len(texts)), np.array(truth), ("a", "b", "c"))


def learned() -> tuple[training.Corpus, training.Learned]:
    texts = [
        f"{words}{'甲乙丙丁戊己'[at]}" for at in range(6) for words in ("灯坏了很黑", "垃圾很臭", "停水三天")
    ]
    corpus, given = taught(texts, [0, 1, 2] * 6)
    return corpus, training.learn(corpus, given, alike=np.arange(len(texts)), folds=3)


def test_a_model_is_the_same_after_it_was_kept() -> None:
    _corpus, found = learned()
    again = Linear.of_bytes(found.model.as_bytes())
    text = said("村口的灯坏了")
    assert np.allclose(again.probabilities(text), found.model.probabilities(text), atol=0.01)
    assert again.classes == ("a", "b", "c")
    assert found.model.as_bytes() == found.model.as_bytes()


def test_many_at_once_have_the_margins_of_each() -> None:
    corpus, found = learned()
    many = training.margins_of(found.model, corpus, rows=np.array([0, 4]))
    assert np.allclose(many[0], found.model.margins(said("灯坏了很黑甲")), atol=1e-4)


def test_the_words_that_decided_stand_in_the_text() -> None:
    _corpus, found = learned()
    reasons = found.model.reasons(said("村口的灯坏了"), 0)
    assert reasons
    assert all(word in "村口的灯坏了" and weight > 0 for word, weight in reasons)


def test_a_text_without_a_known_word_is_none_the_worse() -> None:
    _corpus, found = learned()
    for text in ("", "!", "xyz"):
        assert abs(found.model.probabilities(said(text)).sum() - 1) < 1e-9
    assert found.model.reasons(said(""), 0) == []


def test_near_duplicates_are_one_group() -> None:
    texts = ["村口的路灯坏了三天没人修", "村口的路灯坏了三天没人修。", "垃圾没人清运很臭"]
    groups = training.alike_in(training.Corpus.of(said(text) for text in texts))
    assert groups[0] == groups[1] != groups[2]


def test_words_made_already_are_accepted() -> None:
    assert tokens_said(["路灯", "坏了"]).words == ("路灯", "坏了")


def test_certainty_that_holds_has_no_error_and_one_that_boasts_has() -> None:
    truth = np.array([0, 0, 0, 1])
    holds = np.tile([0.75, 0.25], (4, 1))
    boasts = np.tile([1.0, 0.0], (4, 1))
    assert calibration.calibration_error(holds, truth) == 0
    assert calibration.calibration_error(boasts, truth) == 0.25


def test_coverage_at_a_precision() -> None:
    shares = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    coverage, threshold = calibration.coverage_at(shares, np.array([0, 0, 1, 0]), precision=0.95)
    assert (coverage, threshold) == (0.5, 0.8)
    assert calibration.coverage_at(shares, np.array([1, 1, 1, 1]), precision=0.95) == (0.0, 1.0)


def test_routing_knows_posts_by_their_facts_and_survives_being_kept() -> None:
    orders = [
        ({"kind": kind, "town": "1"}, post) for kind, post in (("a", "p"), ("b", "q")) for _ in range(9)
    ]
    model = routing.Routing.of_bytes(routing.fit_routing(orders).as_bytes())
    ranked = model.ranked({"kind": "a", "town": "9"}, among={"p", "q"})
    assert ranked[0][0] == "p"
    assert model.reasons({"kind": "a"}, "p") == ["kind=a"]
    assert [post for post, _share in model.ranked({"kind": "a"}, among={"q"})] == ["q"]
