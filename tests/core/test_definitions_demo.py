"""What packs bring for demonstration leads nowhere real, and names only what the pack defines."""

import csv
from pathlib import Path

import pytest

from gongzhi.core.definitions.demo import ACCOUNTS, load_demo
from gongzhi.core.definitions.packs import BUILT_IN, PackError, load
from gongzhi.core.regions.rules import DIGITS, Level, contains, parse_code

ROOT = Path(__file__).resolve().parents[2]
DIVISIONS = ROOT.parent / "shared" / "data" / "divisions" / "named_counties.csv"
LOCAL = sorted(path.parent.name for path in BUILT_IN.glob("*/demo.yaml"))


@pytest.mark.parametrize("key", LOCAL)
def test_it_has_every_log_in_once_and_enough_orders_of_every_course(key: str) -> None:
    demo = load_demo(load(key))
    assert demo is not None
    accounts = [person.account for person in demo.people if person.account]
    assert sorted(accounts) == sorted(ACCOUNTS)
    assert len(demo.orders) >= 40
    assert {"rated", "unrated", "returned", "reopened", "withdrawn", "declined", "taken", "paused"} <= {
        order.course for order in demo.orders
    }
    assert any(order.stars is not None and order.stars <= 2 for order in demo.orders)
    assert any(order.sealed for order in demo.orders)


@pytest.mark.parametrize("key", LOCAL)
def test_no_telephone_rings_and_no_number_is_given_twice(key: str) -> None:
    demo = load_demo(load(key))
    assert demo is not None
    phones = [person.phone for person in demo.people if person.phone]
    assert len(phones) == len(set(phones))
    assert all(phone[4:7] == "000" for phone in phones)


@pytest.mark.parametrize("key", LOCAL)
def test_everything_lies_in_the_owners_place_and_orders_in_the_packs(key: str) -> None:
    pack = load(key)
    demo = load_demo(pack)
    assert demo is not None
    owner = parse_code(pack.manifest.owner or pack.manifest.region or "")
    for thing in (*demo.people, *demo.posts, *demo.households, *demo.orders):
        assert contains(owner, Level.COUNTY, other=parse_code(thing.region)), thing
    for post in demo.posts:
        assert parse_code(post.region) % 10 ** (18 - DIGITS[Level[post.level.upper()]]) == 0, post
        role = pack.effective().of("role")[post.role]
        assert post.level in role.levels, post  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", LOCAL)
def test_a_sealed_post_has_two_people_so_that_one_can_check_the_other(key: str) -> None:
    demo = load_demo(load(key))
    assert demo is not None
    sealed = next(post for post in demo.posts if post.role == "county_sealed")
    assert len(sealed.held_by) == 2
    assert sum(post.role == "admin" for post in demo.posts) == 2


@pytest.mark.external_data
@pytest.mark.parametrize("key", LOCAL)
def test_every_place_of_a_pack_is_an_official_division(key: str) -> None:
    if not DIVISIONS.exists():
        pytest.skip("the list of divisions is not at hand")
    with DIVISIONS.open(encoding="utf-8") as file:
        official = {row["code"][:12].ljust(12, "0") for row in csv.DictReader(file)}
    pack = load(key)
    demo = load_demo(pack)
    assert demo is not None
    places = {thing.region for thing in (*demo.people, *demo.posts, *demo.households, *demo.orders)}
    places |= {grid.village for grid in demo.grids} | set(pack.effective().of("introduction"))
    assert {place.ljust(12, "0") for place in places} <= official


def test_a_demonstration_that_names_what_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGZHI_PACKS", str(tmp_path))
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "pack.yaml").write_text((BUILT_IN / "gaotai" / "pack.yaml").read_text())
    assert load_demo(load("trial")) is None
    (folder / "demo.yaml").write_text(
        """note: {zh: 试, en: Trial}
people:
  - {key: a, name: 甲, region: "620724105205", household: lost, phone: "13912345678"}
posts: []
orders: []
"""
    )
    with pytest.raises(PackError, match=r"demo.yaml:3: people → 0 → phone"):
        load_demo(load("trial"))
    text = (folder / "demo.yaml").read_text().replace(', phone: "13912345678"', "")
    (folder / "demo.yaml").write_text(
        text.replace("posts: []", "posts: [{role: king, region: '620724', level: county, title: 王}]")
    )
    with pytest.raises(PackError) as refused:
        load_demo(load("trial"))
    words = str(refused.value)
    assert "no household 'lost'" in words
    assert "no role 'king'" in words
    assert "nobody has the log-in 'worker'" in words


@pytest.mark.parametrize("key", ["base", *LOCAL])
def test_every_icon_of_a_kind_is_in_the_sprite(key: str) -> None:
    icons = {path.stem for path in (ROOT / "web" / "src" / "icons").glob("*.svg")}
    for kind in load(key).effective().of("order_kind").values():
        assert kind.icon in icons, kind  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", LOCAL)
def test_each_pack_offers_a_dozen_kinds_and_more_of_both_families(key: str) -> None:
    families = [kind.family for kind in load(key).effective().of("order_kind").values()]  # type: ignore[attr-defined]
    assert families.count("public_report") >= 12
    assert families.count("proxy_service") >= 12


@pytest.mark.parametrize("key", ["base", *LOCAL])
def test_every_category_belongs_to_a_kind(key: str) -> None:
    effective = load(key).effective()
    offered = {each for kind in effective.of("order_kind").values() for each in kind.categories}  # type: ignore[attr-defined]
    parents = {each.parent for each in effective.of("category").values()}  # type: ignore[attr-defined]
    assert effective.of("category").keys() - parents - offered == set()
