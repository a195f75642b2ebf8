"""The pure rules that read words: category, danger, bigrams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.capabilities.orders.rules import (
    Words,
    bigrams,
    classify,
    danger,
    decide,
)

LEXICON = Words.of(
    categories={
        "street_light": {"路灯": 3, "不亮": 1},
        "road": {"路": 1, "路面": 2, "坑": 2},
        "rubbish": {"垃圾": 3, "清运": 2},
    },
    dangers={"life": ["着火", "晕倒"], "violence": ["打人", "持刀"], "child": ["打孩子"]},
    harmless=["着火点不明的传言", "消防演练"],
)


def test_the_longest_word_wins_over_the_words_in_it() -> None:
    ranked = classify("村口路灯不亮", LEXICON)
    assert [guess.category for guess in ranked] == ["street_light"]
    assert ranked[0].words == ("不亮", "路灯")
    assert ranked[0].score == 4


def test_it_ranks_by_weight_and_says_which_words_spoke() -> None:
    ranked = classify("路面有个坑,旁边还有垃圾", LEXICON)
    assert [(guess.category, guess.score) for guess in ranked] == [("road", 4), ("rubbish", 3)]
    assert ranked[0].words == ("坑", "路面")


def test_a_word_said_often_counts_little_more_than_once() -> None:
    once, often = classify("垃圾", LEXICON)[0], classify("垃圾" * 50, LEXICON)[0]
    assert once.score < often.score <= 2 * once.score


@pytest.mark.parametrize("text", ["", "  ", "您好", "hello"])
def test_it_abstains_where_no_word_speaks(text: str) -> None:
    decision = decide(classify(text, LEXICON))
    assert decision.category is None
    assert decision.why == "no_words"
    assert decision.certainty == 0


def test_it_abstains_where_two_categories_are_as_likely() -> None:
    decision = decide(classify("路面有个坑,旁边还有垃圾", LEXICON), certain=0.6, least=2)
    assert decision.category is None
    assert decision.why == "close_call"
    assert [guess.category for guess in decision.ranked] == ["road", "rubbish"]


def test_it_abstains_where_only_a_weak_word_speaks() -> None:
    assert decide(classify("路", LEXICON), least=2).why == "weak_words"


def test_it_decides_where_the_words_are_clear() -> None:
    decision = decide(classify("路灯坏了,晚上不亮", LEXICON))
    assert decision.category == "street_light"
    assert decision.why == "clear"
    assert 0.6 <= decision.certainty <= 1


def test_full_width_and_upper_case_are_read_alike() -> None:
    lexicon = Words.of(categories={"net": {"WiFi": 3}}, dangers={}, harmless=[])
    assert classify("家里WIFI没有信号", lexicon)[0].category == "net"


def test_danger_names_the_group_and_the_words() -> None:
    assert danger("隔壁着火了,还有人持刀打人", LEXICON) == {"life": ("着火",), "violence": ("打人", "持刀")}


def test_danger_to_a_child_is_told_apart_from_violence() -> None:
    assert danger("他又打孩子", LEXICON) == {"child": ("打孩子",)}


def test_words_that_only_sound_dangerous_are_let_pass() -> None:
    assert danger("周五有消防演练吗", LEXICON) == {}


def test_words_divided_by_spaces_or_stops_are_still_danger() -> None:
    assert danger("着 火 了", LEXICON) == {"life": ("着火",)}


def test_bigrams_of_chinese_and_whole_words_of_the_rest() -> None:
    assert bigrams("水渠堵了A12路") == ["a12", "堵了", "水渠", "渠堵", "路"]


def test_a_single_character_is_a_gram_only_where_it_stands_alone() -> None:
    assert bigrams("水,渠") == ["水", "渠"]
    assert bigrams("") == []


@given(st.text(alphabet="水渠堵了路灯不亮", min_size=2, max_size=30), st.data())
def test_every_part_of_two_characters_and_more_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    assert set(bigrams(text[start:end])) <= set(bigrams(text))


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for guess in classify(text, LEXICON):
        assert guess.score > 0
    assert set(danger(text, LEXICON)) <= {"life", "violence", "child"}
    assert bigrams(text) == sorted(set(bigrams(text)))
