"""Receipt codes, order numbers, and whom an order goes to."""

import re
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.capabilities.orders.rules import (
    Candidate,
    choose_holder,
    hash_receipt,
    normalise_receipt,
    order_number,
    outcome_of,
    receipt_code,
)


def test_a_receipt_code_has_eighty_bits_in_groups_that_can_be_read_aloud() -> None:
    code = receipt_code()
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert 16 * 5 >= 80
    assert len({receipt_code() for _ in range(1000)}) == 1000


@given(st.sampled_from([receipt_code() for _ in range(20)]), st.sampled_from(["", " ", "-", "  ", "——"]))
def test_a_code_is_read_however_it_was_written(code: str, gap: str) -> None:
    plain = code.replace("-", "")
    written = gap.join(plain[start : start + 4] for start in range(0, 16, 4)).lower()
    assert normalise_receipt(written.replace("0", "o").replace("1", "l")) == plain
    assert hash_receipt(written) == hash_receipt(code)
    assert len(hash_receipt(code)) == 64


@pytest.mark.parametrize(
    "text", ["", "1234", "ABCD-EFGH-JKMN-PQRU", "ABCDEFGHJKMNPQRST", "村口路灯不亮村口路灯不亮了呀"]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="16"):
        normalise_receipt(text)


def test_an_order_number_tells_the_day_and_no_more() -> None:
    assert order_number(date(2026, 11, 22), 0) == "261122-000000"
    assert re.fullmatch(r"261122-[0-9A-HJKMNP-TV-Z]{6}", order_number(date(2026, 11, 22), 2**30 - 1))
    assert order_number(date(2026, 11, 22), 2**30) == order_number(date(2026, 11, 22), 0)


def candidate(number: int, **facts: object) -> Candidate:
    usual = {"on_duty": True, "attended": True, "open_load": 3, "role_rank": 0, "distance": 0}
    return Candidate(post=UUID(int=number), **{**usual, **facts})  # type: ignore[arg-type]


def test_nobody_is_chosen_where_nobody_stands() -> None:
    choice = choose_holder([])
    assert choice.holder is None
    assert choice.reasons == ("nobody",)


def test_a_post_that_gave_the_order_back_is_not_asked_again() -> None:
    assert choose_holder([candidate(1, returned=True), candidate(2, role_rank=1)]).holder == UUID(int=2)
    assert choose_holder([candidate(1, returned=True)]).reasons == ("all_returned",)


def test_a_post_off_duty_or_without_a_person_is_never_chosen() -> None:
    choice = choose_holder([candidate(1, on_duty=False), candidate(2, attended=False)])
    assert choice.holder is None
    assert choice.reasons == ("all_off_duty",)


def test_the_fitting_role_comes_before_nearness_and_nearness_before_load() -> None:
    far_fit = candidate(1, role_rank=0, distance=2, open_load=9)
    near_other = candidate(2, role_rank=1, distance=0, open_load=0)
    near_fit_busy = candidate(3, role_rank=0, distance=1, open_load=9)
    near_fit_free = candidate(4, role_rank=0, distance=1, open_load=2)
    assert choose_holder([near_other, far_fit]).holder == UUID(int=1)
    assert choose_holder([far_fit, near_fit_busy]).holder == UUID(int=3)
    choice = choose_holder([near_fit_busy, near_fit_free])
    assert choice.holder == UUID(int=4)
    assert choice.reasons == ("role_fits", "near", "least_load")


def test_the_only_one_is_chosen_for_being_the_only_one() -> None:
    assert choose_holder([candidate(1, open_load=14, distance=3)]).reasons == ("role_fits", "only_one")


@given(st.permutations([candidate(n, open_load=n % 3, distance=n % 2) for n in range(6)]))
def test_the_choice_does_not_hang_on_the_order_of_the_candidates(candidates: list[Candidate]) -> None:
    assert choose_holder(candidates).holder == UUID(int=0)


def test_the_busy_are_spared_where_another_is_as_fit() -> None:
    assert choose_holder([candidate(1, open_load=20), candidate(2, role_rank=1)], most=20).holder == UUID(
        int=2
    )
    assert choose_holder([candidate(1, open_load=20)], most=20).reasons == (
        "role_fits",
        "only_one",
        "overloaded",
    )


@pytest.mark.parametrize(
    ("claimed", "said", "outcome"),
    [
        ("solved", "yes", "solved"),
        ("solved", "partly", "partly"),
        ("solved", "no", "not_solved"),
        ("partly", "yes", "solved"),
        ("not_solved", "yes", "solved"),
        ("partly", "", "partly"),
        ("", "", "unknown"),
        ("not_ours", "no", "not_ours"),
        ("duplicate", "no", "duplicate"),
    ],
)
def test_the_residents_word_counts_more_than_the_handlers(claimed: str, said: str, outcome: str) -> None:
    assert outcome_of(claimed, said) == outcome
