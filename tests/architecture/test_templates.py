"""Pages obey the content security policy, and none lies about unused."""

import re

from tests.architecture.source import python_files, shown, templates, unexcused

INLINE = {
    "a script in the page": re.compile(
        r"<script(?![^>]*\b(?:src=|type=.application/(?:ld\+)?json))", re.IGNORECASE
    ),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"""\sstyle\s*=\s*["']""", re.IGNORECASE),
    "an event attribute": re.compile(r"""\son[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "a javascript: address": re.compile(r"""["']\s*javascript:""", re.IGNORECASE),
    "htmx code to evaluate": re.compile(r"""\shx-(?:on|vals\s*=\s*["']js:)""", re.IGNORECASE),
}
FOREIGN = re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE)
FOUND_BY_NAME = re.compile(r"^(?:account|mfa|allauth|socialaccount)/|^\d{3}(?:_csrf)?\.html$")
"""Templates that Django or allauth look for themselves."""


def name_of(path) -> str:
    parts = path.parts
    return "/".join(parts[len(parts) - parts[::-1].index("templates") :])


def test_no_template_has_inline_code() -> None:
    found = [
        f"{shown(path)}: {what}"
        for path in templates()
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_page_loads_anything_from_elsewhere() -> None:
    loads = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*" + FOREIGN.pattern, re.IGNORECASE)
    assert [shown(path) for path in templates() if loads.search(path.read_text(encoding="utf-8"))] == []


def test_every_template_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*python_files(), *templates())]
    unused = {}
    for path in templates():
        name = name_of(path)
        if FOUND_BY_NAME.match(name):
            continue
        if not any(f'"{name}' in text or f"'{name}" in text for text in texts):
            unused[shown(path)] = "no module and no template names it"
    assert len(templates()) > 50
    assert unexcused("unused_templates", unused) == []
