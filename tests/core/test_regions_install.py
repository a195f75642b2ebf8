"""The official divisions inside the package, and their installation."""

import hashlib
from typing import Any

import pytest
from django.db import connections

from gongzhi.core.regions import divisions, install, queries
from gongzhi.core.regions.models import Region
from gongzhi.core.regions.rules import contains, parse_code

SOURCE = {1: 31, 2: 342, 3: 2978, 4: 41352, 5: 620573}


def test_the_file_is_the_one_described() -> None:
    content = (divisions.FOLDER / f"{divisions.NAME}.txt.xz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == divisions.about()["sha256"]
    assert {int(level): n for level, n in divisions.about()["counts"].items()} == SOURCE
    assert divisions.how_many() == sum(SOURCE.values())


def test_a_subtree_comes_with_what_lies_above_it_and_nothing_else() -> None:
    (found,) = divisions.divisions(parse_code("620723103"))
    assert [one.level for one in found] == [1, 2, 3, 4] + [5] * 9
    assert found[3].name == "蓼泉镇"
    assert all(contains(found[3].code, 4, other=one.code) for one in found[3:])


@pytest.mark.parametrize(("code", "levels"), [("441900", {1, 2, 3, 4, 5}), ("350527", {1, 2, 3, 4, 5})])
def test_levels_that_share_a_code_are_kept_apart(code: str, levels: set[int]) -> None:
    (found,) = divisions.divisions(parse_code(code))
    assert {one.level for one in found} == levels
    assert len({(one.code, one.level) for one in found}) == len(found)
    assert sum(one.code == parse_code(code) for one in found) >= 2


@pytest.mark.parametrize("code", ["990000", "620799", "620723103999"])
def test_it_refuses_a_code_that_no_division_has(code: str) -> None:
    with pytest.raises(LookupError, match="no official division"):
        list(divisions.divisions(parse_code(code)))


@pytest.mark.django_db(databases=["default", "owner"])
def test_what_is_there_already_stays_as_it_is() -> None:
    steps: list[tuple[int, Any]] = []
    done = install.install(
        connections["owner"], parse_code("620724"), progress=lambda at, total: steps.append((at, total))
    )
    assert done.found == {1: 1, 2: 1, 3: 1, 4: 10, 5: 146}
    assert done.added == 0
    assert steps == [(159, None)]


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_division_has_the_same_id_on_every_installation() -> None:
    done = install.install(connections["owner"], parse_code("620702"))
    assert done.added > 0
    county = Region.objects.using("owner").get(code=parse_code("620702"), level=3)
    assert county.id == install.region_id(county.code, county.level)
    assert county.official
    assert county.event_id is None


ALIASES = """system,code,vintage,name,region,level
mca,620724102000,2020,新坝镇,620724104,4
mca,620724102000,2022,新坝镇,620724105,4
"""


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_codes_of_another_system_lead_to_the_region_of_their_edition() -> None:
    lines = ALIASES.splitlines()
    assert install.install_aliases(connections["owner"], lines) == 2
    assert install.install_aliases(connections["owner"], lines) == 0
    latest, earlier = (
        queries.by_alias("mca", "620724102000"),
        queries.by_alias("mca", "620724102000", vintage="2020"),
    )
    assert latest is not None
    assert earlier is not None
    assert (earlier.short, latest.short) == ("620724104", "620724105")
    assert queries.by_alias("mca", "620724999000") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("system,code\nmca,1", "columns are missing: level, name, region, vintage"),
        (ALIASES.replace("620724105", "62072410"), "line 3: .* is no region code"),
        (ALIASES.replace("620724105,4", "620724105,3"), "line 3: .* is no code of level 3"),
        (ALIASES.replace("620724105,4", "620724105,village"), "line 3"),
    ],
)
def test_it_refuses_a_table_of_codes_with_a_fault(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        install.install_aliases(connections["owner"], text.splitlines())
