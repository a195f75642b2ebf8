"""Chinese is the source language: in gettext, with its English; local names stand in packs alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from gongzhi.core.definitions.packs import load, pack_folders
from gongzhi.core.regions.divisions import divisions
from gongzhi.core.regions.rules import code_text, parse_code
from tests.architecture.source import PACKAGE, python_files, shown, templates, tree, unexcused

CJK = re.compile(r"[\u3400-\u9fff]")
CALLS = re.compile(r"\b(?:p?n?gettext|_)\((.*?)\)\s", re.DOTALL)
STRINGS = re.compile(r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
GETTEXT = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
HALF_WIDTH = re.compile(r"[\u3400-\u9fff”）][,:;?!]|[,:;?!][\u3400-\u9fff“（]")
SUFFIX = re.compile(r"(省|市|县|区|镇|乡|街道)$")
COMMON = 2


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def docstrings(module: ast.Module) -> set[int]:
    bare = (node.value for node in ast.walk(module) if isinstance(node, ast.Expr))
    return {id(value) for value in bare if isinstance(value, ast.Constant)}


def patterns(module: ast.Module) -> set[int]:
    """Regular expressions name letters, they say nothing."""
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call) and node.args)
    compiled = (call.args[0] for call in calls if ast.unparse(call.func).startswith("re."))
    return {id(each) for first in compiled for each in ast.walk(first)}


def literals(path: Path) -> tuple[set[str], list[tuple[int, str]]]:
    """The Chinese literals of a module: those inside gettext, and the others with their lines."""
    module = tree(path)
    inside: dict[int, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node) in GETTEXT:
            for argument in node.args:
                inside |= {id(each): each.value for each in ast.walk(argument) if is_chinese(each)}
    passed = docstrings(module) | patterns(module) | set(inside)
    outside = [
        (node.lineno, node.value) for node in ast.walk(module) if is_chinese(node) and id(node) not in passed
    ]
    return set(inside.values()), outside


def is_chinese(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CJK.search(node.value))


def template_messages(path: Path) -> Iterator[str]:
    for arguments in CALLS.findall(templatize(path.read_text(encoding="utf-8")) + " "):
        for literal in STRINGS.findall(arguments):
            yield ast.literal_eval(literal)


def english() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in PACKAGE.rglob("locale/en/LC_MESSAGES/*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and not message.fuzzy:
                    ids = message.id if isinstance(message.id, tuple) else (message.id,)
                    words = message.string if isinstance(message.string, tuple) else (message.string,)
                    found |= dict.fromkeys(ids, " ".join(words))
    return found


def local_names() -> set[str]:
    """What only packs may say: their keys, their brands, the names of their counties and townships."""
    names: set[str] = set()
    for key in pack_folders():
        manifest = load(key).manifest
        if not manifest.region:
            continue
        names |= {key, manifest.brand.name.zh, manifest.region[:6]}
        county = parse_code((manifest.owner or manifest.region)[:6])
        for part in divisions(county):
            for code, level, name in part:
                plain = SUFFIX.sub("", name)
                near = code_text(code).startswith(code_text(county)[:4])
                if near and level <= 4 and len(plain) >= COMMON:
                    names.add(plain)
    return names


def test_no_place_of_a_pack_is_named_in_the_code() -> None:
    names = local_names()
    assert len(names) > 20
    found = []
    for path in PACKAGE.rglob("*"):
        skipped = {"packs", "official", "locale", "built", "__pycache__"} & set(
            path.relative_to(PACKAGE).parts
        )
        if skipped or path.suffix not in {".py", ".html", ".txt", ".js", ".css"}:
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{shown(path)} names {name}" for name in sorted(names) if name in text]
    assert found == []


def test_chinese_stands_in_gettext() -> None:
    faults: dict[str, str] = {}
    for path in python_files():
        outside = literals(path)[1]
        if outside:
            faults[shown(path)] = ", ".join(f"line {line}: {words}" for line, words in outside[:5])
    assert unexcused("chinese_outside_gettext", faults) == []


def test_chinese_in_templates_stands_in_translate() -> None:
    bare = []
    for path in templates():
        text = path.read_text(encoding="utf-8")
        left = re.sub(
            r"{% (blocktrans(?:late)?)\b.*?{% end\1 %}|{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.DOTALL
        )
        left = re.sub(r"{% comment %}.*?{% endcomment %}", "", left, flags=re.DOTALL)
        if CJK.search(left):
            bare.append(f"{shown(path)}: {CJK.search(left).string[CJK.search(left).start() :][:20]}")
    assert bare == []


def test_every_message_has_its_english() -> None:
    translated = english()
    missing: dict[str, str] = {}
    for path in python_files():
        missing |= {words: shown(path) for words in literals(path)[0] if not translated.get(words)}
    for path in templates():
        wanted = (words for words in template_messages(path) if CJK.search(words))
        missing |= {words: shown(path) for words in wanted if not translated.get(words)}
    assert [f"{where}: {words}" for words, where in missing.items()] == []


def test_no_translation_is_left_over() -> None:
    used = {words for path in python_files() for words in literals(path)[0]}
    used |= {words for path in templates() for words in template_messages(path)}
    idle = [words for words in english() if words not in used]
    assert idle == []


def test_chinese_takes_the_marks_of_chinese() -> None:
    assert [words for words in english() if HALF_WIDTH.search(words)] == []
