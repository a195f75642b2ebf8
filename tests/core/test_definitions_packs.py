"""Reading and checking packs on disk: every fault is named with its file and line, and what to do."""

from pathlib import Path

import pytest

from gongzhi.core.definitions import schema
from gongzhi.core.definitions.checking import check
from gongzhi.core.definitions.packs import BUILT_IN, PackError, load, pack_folders

MANIFEST = """
name: {zh: 试, en: Trial}
version: 1.0.0
extends: base
region: "620724"
region_level: county
brand:
  name: {zh: 试, en: Trial}
  about: {zh: 试, en: Trial}
  report: {zh: 报, en: Report}
  service: {zh: 办, en: Service}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack `trial` that extends the base and defines nothing yet."""
    monkeypatch.setenv("GONGZHI_PACKS", str(tmp_path))
    trial = tmp_path / "trial"
    trial.mkdir()
    (trial / "pack.yaml").write_text(MANIFEST)
    return trial


def faults(folder: Path, text: str) -> list[str]:
    (folder / "more.yaml").write_text(text)
    return [f"{problem.file.name}:{problem.line}: {problem.words}" for problem in check("trial")]


@pytest.mark.parametrize("key", sorted(path.parent.name for path in BUILT_IN.glob("*/pack.yaml")))
def test_every_pack_that_we_ship_is_without_fault(key: str) -> None:
    assert check(key) == []


def test_a_pack_of_the_installation_wins_over_a_built_in_one(folder: Path) -> None:
    assert {"base", "gaotai", "liaoquan", "trial"} <= pack_folders().keys()
    assert pack_folders()["trial"] == folder


def test_a_pack_inherits_and_overrides(folder: Path) -> None:
    assert faults(folder, "category:\n  road: {name: {zh: 马路, en: Road}}\n") == []
    pack = load("trial")
    categories = pack.effective().of("category")
    assert categories["road"].name.zh == "马路"  # type: ignore[attr-defined]
    assert "street_light" in categories
    assert [each.key for each in pack.chain()] == ["trial", "base"]


def test_a_pack_may_replace_a_whole_kind(folder: Path) -> None:
    (folder / "pack.yaml").write_text(MANIFEST + "replaces: [roster]\n")
    assert "roster" in load("base").effective().bodies
    assert load("trial").effective().of("roster") == {}


def test_a_pack_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(PackError, match=r"no pack 'nowhere'; packs found: base, gaotai, liaoquan"):
        load("nowhere")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("roles:\n  a: {}\n", 2, "no room knows the kind 'roles'; known kinds: calendar, category"),
        ("category:\n  road:\n    nme: {zh: 路, en: Road}\n", 3, "nme: this field is not known here"),
        ("category:\n  road: {}\n", 2, "name: this field is missing; add it"),
        ("category:\n  road: {name: {zh: 路}}\n", 2, "name → en: this field is missing"),
        ("category:\n  road: 路\n", 2, "must be a mapping of fields"),
        ("category: [road]\n", 1, "`category` must map keys to bodies"),
        ("- category\n", 1, "the file must map a kind to keys to bodies"),
        ("category:\n  a: {name: {zh: 1, en: One}}\n", 2, "text is expected, not 1; put it in quotes"),
        ("category:\n  a: {name: {zh: 甲, en: A}}\n  a: {name: {zh: 乙, en: B}}\n", 3, "'a' stands twice"),
        ("category:\n  a: {name: [}\n", 2, "this is not YAML"),
        ("category:\n\n  a: {name: {zh: 甲, en: A}, parent: lost}\n", 3, "names the category 'lost'"),
        (
            "roster:\n  a: {name: {zh: 甲, en: A}, purpose: {zh: 甲, en: A}, levels: [village]}\n",
            2,
            "it names no `source`; give law, version and article, or say `made_up: true`",
        ),
        (
            "category:\n  a: {name: {zh: 甲, en: A}, examples: [{says: x}]}\n",
            2,
            "definitions of the kind category take no examples",
        ),
        (
            "role:\n  desk: {name: {zh: 甲, en: A}, duty: {zh: 甲, en: A}, rights: [sealed]}\n",
            2,
            "a role has the right `sealed` exactly if it says `sealed: true`",
        ),
        (
            "role:\n  desk: {name: {zh: 甲, en: A}, duty: {zh: 甲, en: A}, levels: [village]}\n",
            2,
            "its rights hold for the whole installation",
        ),
        (
            "deadline:\n  ordinary:\n    made_up: true\n    name: {zh: 甲, en: A}\n"
            "    response: {amount: 1, unit: days}\n    solution: {amount: 2, unit: days}\n"
            '    examples: [{opened: "2026-03-02T10:00"}]\n',
            2,
            "example 1 cannot be tried: 'due' is missing",
        ),
        (
            "deadline:\n  ordinary:\n    made_up: true\n    name: {zh: 甲, en: A}\n"
            "    response: {amount: 1, unit: days}\n    solution: {amount: 2, unit: days}\n"
            '    examples: [{opened: "2026-03-02T10:00", due: "2026-03-03T10:00"}]\n',
            2,
            "example 1 does not hold: due 2026-03-04T23:59:59+08:00, not 2026-03-03T10:00:00+08:00",
        ),
        ("deadline:\n  a: {examples: 5}\n", 2, "`examples` must be a list of mappings"),
        ("category:\n  x: {name: {zh: 甲, en: A}, parent: road}\n", 2, "categories have two levels"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_to_do(
    folder: Path, text: str, line: int, words: str
) -> None:
    found = faults(folder, text)
    assert any(each.startswith(f"more.yaml:{line}: ") and words in each for each in found), found


def test_all_faults_are_told_at_once(folder: Path) -> None:
    found = faults(folder, "category:\n  a: {}\n  b: {name: 1}\nnonsense:\n  c: {}\n")
    assert len(found) == 3


def test_the_same_key_in_two_files_is_refused(folder: Path) -> None:
    (folder / "again.yaml").write_text("category:\n  a: {name: {zh: 甲, en: A}}\n")
    found = faults(folder, "category:\n  a: {name: {zh: 甲, en: A}}\n")
    assert found == ["more.yaml:2: category 'a' is already defined in again.yaml"]


def test_packs_that_extend_each_other_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "pack.yaml").write_text(MANIFEST.replace("extends: base", "extends: trial"))
    assert "in a circle: trial → trial" in str(check("trial")[0])


def test_a_township_pack_names_the_county_that_owns_it(folder: Path) -> None:
    text = MANIFEST.replace('"620724"', '"620724105"').replace("county", "township")
    (folder / "pack.yaml").write_text(text)
    assert "name the county that owns this installation in `owner`" in str(check("trial")[0])
    (folder / "pack.yaml").write_text(text + 'owner: "620724"\n')
    assert check("trial") == []


def test_a_digest_changes_exactly_when_the_meaning_does(folder: Path) -> None:
    def digest(text: str) -> str:
        assert faults(folder, text) == []
        return load("trial").definitions[-1].digest

    first = digest("category:\n  a: {name: {zh: 甲, en: A}}\n")
    assert digest("# words\ncategory:\n  a:\n    name:\n      en: A\n      zh: 甲\n") == first
    assert digest("category:\n  a: {name: {zh: 甲, en: A}, parent: }\n") == first
    assert digest("category:\n  a: {name: {zh: 甲, en: B}}\n") != first


def test_a_kind_is_registered_once() -> None:
    class Impostor(schema.Definition):
        KIND = "category"

    with pytest.raises(ValueError, match="the kind category is registered by"):
        schema.register(Impostor)


def test_what_is_stored_reads_back_as_it_was() -> None:
    for each in load("base").definitions:
        assert schema.kind_named(each.kind).model.model_validate(each.stored()) == each.body
