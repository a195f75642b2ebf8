"""Documents that fail when they lie: links, commands, settings, pages, versions."""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import gongzhi
from gongzhi.project import cli, database, environment
from tests.architecture.source import PACKAGE, ROOT, python_files, shown

ROOM_README_LINES = 40
DECISION_LINES = 60
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"|\shref=\"([^\"]+)\"")
CODE = re.compile(r"`([^`\n]+)`")
SAID = re.compile(r"(?:^|[\s;&|(])(?:\S*/)?gongzhi ((?:[a-z][a-z-]+ ?)+)")
MADE = re.compile(r"(?:^|[\s;&|(])make ([a-z]+)")
SETTING = re.compile(r"\b(?:GONGZHI_[A-Z_]+|DATABASE_(?:WEB_)?URL)\b")
OURS_ALONE = {"GONGZHI_HOST", "GONGZHI_UPSTREAM", "GONGZHI_LIVE_UPSTREAM", "GONGZHI_PACK"}
"""Read by compose.yaml and Caddyfile, not by Gongzhi."""
BLURB = {"of", "again", "is", "and", "replaces"}


def documents() -> list[Path]:
    """Every Markdown file of the repository that people read."""
    folders = [ROOT, *(ROOT / name for name in ("docs", "bench", "src", "web/src", "tests", "packs"))]
    found = {path for folder in folders[1:] if folder.exists() for path in folder.rglob("*.md")}
    return sorted(found | set(ROOT.glob("*.md")))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def spoken_code() -> Iterator[tuple[Path, str]]:
    """What documents show as code: fenced and indented lines, and words between backticks."""
    for path in documents():
        text = text_of(path)
        for block in FENCE.findall(text):
            yield from ((path, line) for line in block.splitlines()[1:-1])
        plain = FENCE.sub("", text)
        yield from ((path, code) for code in CODE.findall(plain))
        yield from ((path, line) for line in plain.splitlines() if line.startswith("    "))


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(path)), re.MULTILINE)
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return {name: sub for action in actions for name, sub in action.choices.items()}


def said_wrong(words: list[str]) -> str:
    """The first word of a command line that `gongzhi` does not know; empty when it knows all of them."""
    parser = cli._parser()
    for word in words:
        known = commands_of(parser)
        if not known:
            return ""
        if word not in known:
            return word
        parser = known[word]
    return ""


def test_every_link_leads_somewhere() -> None:
    dead = []
    for path in documents():
        for groups in LINK.findall(FENCE.sub("", text_of(path))):
            target = next(filter(None, groups))
            if re.match(r"https://|mailto:", target):
                continue
            file, _, anchor = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
                dead.append(f"{shown(path)}: {target}")
    assert dead == []


def test_paths_between_backticks_are_there() -> None:
    rooms = ("src/", "docs/", "tests/", "web/", "tools/", "bench/")
    gone = [
        f"{shown(path)}: {code}"
        for path, code in spoken_code()
        if code.startswith(rooms) and re.fullmatch(r"[\w./-]+", code)
        if not (ROOT / code).exists() and not code.startswith("docs/decisions/0")
    ]
    assert gone == []


def test_commands_that_documents_name_exist() -> None:
    wrong = []
    for path, code in spoken_code():
        for said in SAID.findall(code):
            words = said.split()
            if words[0] in BLURB or words[0] == "django":
                continue
            if word := said_wrong(words):
                wrong.append(f"{shown(path)}: gongzhi {said.strip()} ({word})")
    assert wrong == []


def test_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {(shown(path), target) for path, code in spoken_code() for target in MADE.findall(code)}
    assert {target for _, target in named} >= {"demo", "setup", "test", "check"}
    assert sorted(each for each in named if each[1] not in targets) == []


def test_settings_read_are_settings_told() -> None:
    read = {name for path in python_files() for name in quoted(path)}
    told = set(SETTING.findall(text_of(ROOT / "docs/operate/settings.md")))
    assert sorted(read - told) == []
    assert sorted(told - read) == []


def quoted(path: Path) -> list[str]:
    """The settings that stand alone between quotes in a module: those that it reads or sets."""
    return re.findall(rf"\"({SETTING.pattern})\"", text_of(path))


def test_no_document_names_a_setting_that_is_not_read() -> None:
    told = set(SETTING.findall(text_of(ROOT / "docs/operate/settings.md"))) | OURS_ALONE
    files = [*documents(), ROOT / "compose.yaml", ROOT / "Caddyfile"]
    named = {(shown(path), name) for path in files for name in SETTING.findall(text_of(path))}
    assert sorted(each for each in named if each[1] not in told) == []


def test_every_command_has_its_page() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import command_pages
    finally:
        sys.path.pop(0)
    wanted = command_pages.pages()
    assert len(wanted) > 20
    stale = [shown(path) for path, text in wanted.items() if not path.exists() or text_of(path) != text]
    left_over = [shown(path) for path in command_pages.PAGES.glob("*.md") if path not in wanted]
    assert stale + left_over == [], "run: python tools/command_pages.py"


def test_every_command_says_what_it_does() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import command_pages
    finally:
        sys.path.pop(0)
    assert [command.name for command in command_pages.commands() if not command.docstring] == []


def test_versions_agree() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text_of(ROOT / "CHANGELOG.md"), re.M)
    versions = {
        project["version"],
        gongzhi.__version__,
        released[0],
        json.loads(text_of(ROOT / "web/package.json"))["version"],
        yaml.safe_load(text_of(ROOT / "publiccode.yml"))["softwareVersion"],
    }
    assert len(versions) == 1
    assert "## [Unreleased]" in text_of(ROOT / "CHANGELOG.md")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_tells_the_versions_that_hold(name: str) -> None:
    text = text_of(ROOT / name)
    requires = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["requires-python"]
    assert re.findall(r"Python (\d\.\d+)", text)[0] == requires.removeprefix(">=")
    assert re.findall(r"PostgreSQL (\d+)", text)[0] == str(database.OLDEST_SERVER // 10000)
    assert re.findall(r"\b(\d+\.\d+\.\d+)\b", text)[0] == gongzhi.__version__


def test_readmes_tell_the_demo_as_it_is() -> None:
    from gongzhi.project.serving import DEMO_LOG_INS, DEMO_PASSWORD

    for name in ("README.md", "README.zh-CN.md"):
        text = text_of(ROOT / name)
        assert f"`{DEMO_PASSWORD}`" in text
        assert [who for who in DEMO_LOG_INS if f"`{who}`" not in text] == []


def test_every_room_says_what_it_is_for_in_few_lines() -> None:
    rooms = {path.parent for path in PACKAGE.rglob("apps.py")} | {PACKAGE / "core"}
    missing = [shown(room) for room in rooms if not (room / "README.md").exists()]
    assert missing == []
    long = [
        shown(room) for room in rooms if len(text_of(room / "README.md").splitlines()) > ROOM_README_LINES
    ]
    assert long == []


def test_decisions_are_short_whole_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = text_of(folder / "README.md")
    files = sorted(folder.glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        text = text_of(path)
        assert len(text.splitlines()) <= DECISION_LINES, path.name
        assert path.name in listed
        parts = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Refused"], path.name


def test_publiccode_is_valid() -> None:
    body = yaml.safe_load(text_of(ROOT / "publiccode.yml"))
    needed = {
        "publiccodeYmlVersion",
        "name",
        "url",
        "releaseDate",
        "platforms",
        "categories",
        "developmentStatus",
        "softwareType",
        "description",
        "legal",
        "maintenance",
        "localisation",
    }
    assert needed <= set(body)
    assert body["legal"]["license"] == tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["license"]
    assert body["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert all(contact["name"] for contact in body["maintenance"]["contacts"])
    assert body["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert body["softwareType"] == "standalone/web"
    assert set(body["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", body["releaseDate"])
    assert set(body["localisation"]) == {"localisationReady", "availableLanguages"}
    for told in body["description"].values():
        assert len(told["shortDescription"]) <= 150
        assert 150 <= len(told["longDescription"]) <= 10_000
        assert len(told["genericName"]) <= 35
        assert told["features"]


def test_the_source_has_one_address() -> None:
    body = yaml.safe_load(text_of(ROOT / "publiccode.yml"))
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    assert body["url"] == project["urls"]["Source"] == environment.SOURCE
    others = {
        address
        for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md")
        for address in re.findall(r"https://[^\s)>`]+\.git\b", text_of(ROOT / name))
    }
    assert others <= {environment.SOURCE}


def test_the_licence_is_whole() -> None:
    text = text_of(ROOT / "LICENSE")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "13. Remote Network Interaction" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_images_of_documents_are_small_and_used() -> None:
    images = sorted((ROOT / "docs" / "images").iterdir())
    used = "\n".join(text_of(path) for path in documents())
    assert [image.name for image in images if image.name not in used] == []
    assert [image.name for image in images if image.stat().st_size > 200_000] == []
