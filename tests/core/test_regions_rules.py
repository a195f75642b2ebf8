"""The arithmetic of region codes, without a database."""

from datetime import date
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.core.regions import rules
from gongzhi.core.regions.rules import Level

LIAOQUAN = 620723103000000000
SHUANGQUAN = 620723103206000000


@st.composite
def regions(draw: st.DrawFn, least: int = 1, most: int = 8) -> tuple[int, int]:
    level = draw(st.integers(least, most))
    digits = rules.DIGITS[level]
    return draw(st.integers(10 ** (digits - 1), 10**digits - 1)) * rules.span(level), level


@given(regions())
def test_a_region_contains_itself_and_all_its_subtree_and_nothing_beside_it(region: tuple[int, int]) -> None:
    code, level = region
    low, high = rules.interval(code, level)
    assert high - low + 1 == rules.span(level)
    assert rules.contains(code, level, other=low)
    assert rules.contains(code, level, other=high)
    assert not rules.contains(code, level, other=low - 1)
    assert not rules.contains(code, level, other=high + 1)


@given(regions(least=2))
def test_a_parent_contains_its_child(region: tuple[int, int]) -> None:
    code, level = region
    assert rules.contains(rules.parent_code(code, level), level - 1, other=code)


@given(regions())
def test_the_lineage_ends_with_the_region_and_each_step_holds_the_next(region: tuple[int, int]) -> None:
    line = rules.lineage(*region)
    assert line[-1] == region
    assert [level for _, level in line] == list(range(1, region[1] + 1))
    for (above, level), (below, _) in pairwise(line):
        assert rules.contains(above, level, other=below)


@given(regions())
def test_a_code_survives_every_border(region: tuple[int, int]) -> None:
    code, level = region
    assert rules.parse_code(rules.code_text(code)) == code
    assert rules.parse_code(rules.short_text(code, level)) == code


@given(regions(most=7), st.data())
def test_children_lie_inside_and_apart(region: tuple[int, int], data: st.DataObject) -> None:
    code, level = region
    of = data.draw(st.integers(level + 1, 8))
    codes = rules.child_codes(code, level, of=of)
    one, other = data.draw(st.sampled_from(codes)), data.draw(st.sampled_from(codes))
    assert rules.contains(code, level, other=one)
    assert one != code
    assert (one == other) or not rules.contains(one, of, other=other)


@given(regions(least=5, most=7), st.data())
def test_a_new_number_was_never_used(region: tuple[int, int], data: st.DataObject) -> None:
    code, level = region
    of = data.draw(st.integers(level + 1, 8))
    codes = list(rules.child_codes(code, level, of=of))
    taken = data.draw(st.sets(st.sampled_from(codes), max_size=len(codes) - 1))
    free = rules.next_free(code, level, of=of, taken=taken)
    assert free in codes
    assert free not in taken


def test_numbers_count_up_even_where_one_was_given_back() -> None:
    first, second = SHUANGQUAN + 10_000, SHUANGQUAN + 20_000
    assert rules.next_free(SHUANGQUAN, 5, of=6, taken=[]) == first
    assert rules.next_free(SHUANGQUAN, 5, of=6, taken=[second]) == second + 10_000


def test_a_micro_grid_may_lie_straight_under_its_village() -> None:
    assert rules.next_free(SHUANGQUAN, 5, of=8, taken=[SHUANGQUAN + 1, SHUANGQUAN + 10_001]) == SHUANGQUAN + 2
    assert rules.parent_code(SHUANGQUAN + 2, 8) == SHUANGQUAN


def test_it_refuses_a_hundredth_grid() -> None:
    with pytest.raises(ValueError, match="all 99 numbers"):
        rules.next_free(SHUANGQUAN, 5, of=6, taken=rules.child_codes(SHUANGQUAN, 5, of=6))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("620724", 620724000000000000),
        (" 620723103 ", LIAOQUAN),
        ("620723103206", SHUANGQUAN),
        ("62072310320601", SHUANGQUAN + 10_000),
        ("620723103206000000", SHUANGQUAN),
    ],
)
def test_it_reads_codes_of_every_usual_length(text: str, code: int) -> None:
    assert rules.parse_code(text) == code


@pytest.mark.parametrize("text", ["", "62", "62072", "6207231032061", "62O724", "0" * 18, "高台县", "6207.0"])
def test_it_refuses_what_is_no_code(text: str) -> None:
    with pytest.raises(ValueError, match="is no region code"):
        rules.parse_code(text)


def test_it_refuses_a_code_that_does_not_fit_its_level() -> None:
    with pytest.raises(ValueError, match="is no code of level 3"):
        rules.interval(SHUANGQUAN, 3)
    with pytest.raises(ValueError, match="is no level"):
        rules.span(9)
    with pytest.raises(ValueError, match="no region above"):
        rules.parent_code(62 * 10**16, 1)


def test_a_short_code_has_twelve_digits_for_a_village() -> None:
    assert rules.short_text(SHUANGQUAN, Level.VILLAGE) == "620723103206"
    assert rules.short_text(62 * 10**16, Level.PROVINCE) == "620000"


def test_a_region_stands_from_its_first_day_to_its_last() -> None:
    region = SimpleNamespace(valid_from=date(2024, 1, 1), valid_to=date(2024, 6, 30))
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 6, 30), date(2024, 7, 1)]
    assert [rules.stands(region, day) for day in days] == [False, True, True, False]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))))
def test_intervals_are_joined_without_losing_or_adding_a_code(pairs: list[tuple[int, int]]) -> None:
    intervals = [(low, low + length) for low, length in pairs]
    joined = rules.widest(intervals)
    assert {code for low, high in intervals for code in range(low, high + 1)} == {
        code for low, high in joined for code in range(low, high + 1)
    }
    assert all(one[1] + 1 < other[0] for one, other in pairwise(joined))


@given(regions(least=5))
def test_the_deepest_level_of_a_code_is_the_one_at_which_it_was_drawn(region: tuple[int, int]) -> None:
    code, level = region
    number = code // rules.span(level) % 100 if level > Level.VILLAGE else 1
    assert rules.deepest(code) == level or number == 0
