"""Places read out of words: certain ones only."""

import pytest

from gongzhi.core.regions.names import Named, places_in, plain_name, spoken_forms, stem_of

TOWN = Named(620723103 * 10**9, 4, "蓼泉镇")
OTHER_TOWN = Named(620723100 * 10**9, 4, "沙河镇")
PLACES = [
    TOWN,
    OTHER_TOWN,
    Named(620723103201 * 10**6, 5, "唐湾村村民委员会"),
    Named(620723103203 * 10**6, 5, "新民村村民委员会"),
    Named(620723103205 * 10**6, 5, "上庄村村民委员会"),
    Named(620723103206 * 10**6, 5, "双泉村村民委员会"),
    Named(620723100205 * 10**6, 5, "新民村村民委员会"),
    Named(620723100208 * 10**6, 5, "朱家堡子村民委员会"),
    Named(620723100001 * 10**6, 5, "人民东路社区居民委员会"),
    Named(620723103201 * 10**6 + 10_000, 6, "第一网格"),
    Named(620723103206 * 10**6 + 10_000, 6, "第一网格"),
]


@pytest.mark.parametrize(
    ("official", "plain"),
    [
        ("唐湾村村民委员会", "唐湾村"),
        ("王家村委会", "王家村"),
        ("王家村村委会", "王家村"),
        ("新建东村居民委员会", "新建东村"),
        ("滨河居民委员会", "滨河社区"),
        ("南苑社区居民委员会", "南苑社区"),
        ("多福巷社区居委会", "多福巷社区"),
        ("蓼泉镇", "蓼泉镇"),
        ("村委会", "村委会"),
    ],
)
def test_the_committee_is_left_out_of_a_name(official: str, plain: str) -> None:
    assert plain_name(official) == plain


def test_the_stem_leaves_out_kind_and_nationality_where_a_name_remains() -> None:
    assert stem_of("唐湾村村民委员会", 5) == "唐湾"
    assert stem_of("平山回族乡", 4) == "平山"
    assert stem_of("王村村民委员会", 5) == "王村"
    assert stem_of("回族乡", 4) == "回族"


def test_a_short_name_needs_its_kind_word_and_a_street_does_too() -> None:
    assert "双泉" not in spoken_forms("双泉村村民委员会", 5)
    assert "朱家堡子" in spoken_forms("朱家堡子村民委员会", 5)
    assert "人民东路" not in spoken_forms("人民东路社区居民委员会", 5)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("双泉村三社的水渠漏水", ["双泉村村民委员会"]),
        ("蓼泉镇双泉村三社的水渠漏水", ["蓼泉镇", "双泉村村民委员会"]),
        ("蓼泉镇新民村路灯不亮", ["蓼泉镇", "新民村村民委员会"]),
        ("双泉村第一网格的垃圾没人收", ["双泉村村民委员会", "第一网格"]),
        ("朱家堡子那座桥坏了", ["朱家堡子村民委员会"]),
        ("双泉村委会今天没人", ["双泉村村民委员会"]),
        ("蓼泉镇从唐湾村到双泉村的路", ["蓼泉镇"]),
        ("蓼泉镇政府门口", ["蓼泉镇"]),
    ],
)
def test_it_finds_what_is_certain(text: str, named: list[str]) -> None:
    assert [one.name for one in places_in(text, PLACES)] == named


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路灯坏了半个月了",
        "新民村路灯不亮",
        "从唐湾村到双泉村的路",
        "沙河镇的人在双泉村倒垃圾",
        "第一网格的垃圾没人收",
        "人民东路12号有噪音",
        "邻里之间双泉说不清",
        "东双泉村没有水",
    ],
)
def test_in_doubt_it_names_no_place(text: str) -> None:
    assert places_in(text, PLACES) == []


def test_the_village_of_the_named_town_is_meant() -> None:
    assert places_in("沙河镇新民村路灯不亮", PLACES)[-1].code == 620723100205 * 10**6


def test_the_longest_name_is_meant() -> None:
    names = [Named(1 * 10**17, 5, "高桥村委会"), Named(1 * 10**17 + 10**6, 5, "北高桥村委会")]
    assert [one.name for one in places_in("北高桥村停水", names)] == ["北高桥村委会"]


def test_a_slip_in_a_long_name_is_forgiven_but_never_one_that_tells_villages_apart() -> None:
    names = [Named(10**17, 5, "朱家堡子村委会"), Named(2 * 10**17, 5, "新建东村居民委员会")]
    assert [one.name for one in places_in("朱家保子村停电", names)] == ["朱家堡子村委会"]
    assert places_in("新建西村停电", names) == []
    assert places_in("朱家堡子", []) == []


def test_a_former_name_is_understood_and_one_that_is_now_anothers_is_in_doubt() -> None:
    village = PLACES[2]
    assert places_in("老庙村停水", PLACES, others=[("老庙村", village)]) == [village]
    assert places_in("上庄村停水", PLACES, others=[("上庄村", village)]) == []
    assert places_in("唐湾村停水", PLACES, others=[("唐湾村民委员会", village)]) == [village]


@pytest.mark.parametrize(
    "text", ["唐弯村停水", "双全村停水", "上店村停水", "蓼全镇停水", "朱家堡村停水", "诸家保子停水"]
)
def test_a_near_name_that_may_be_another_place_is_never_guessed(text: str) -> None:
    assert places_in(text, PLACES) == []
