"""Words with placeholders: what may stand in them, and how they are filled. Pure."""

import re
from collections.abc import Mapping

PLACEHOLDERS = ("number", "kind", "place", "due", "holder")
"""What words may name of a matter: no name, no telephone, nothing that a resident said."""
LONGEST = 1000
_HOLE = re.compile(r"\{([^{}]*)\}")
_PRIVATE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")


def unknown_placeholders(words: str) -> list[str]:
    """The placeholders that nobody knows, in the order of the words."""
    return [hole for hole in _HOLE.findall(words) if hole not in PLACEHOLDERS]


def names_somebody(words: str) -> bool:
    """Whether a mobile number or an identity number stands in the words: kept words go to many people."""
    return bool(_PRIVATE.search(words))


def filled(words: str, facts: Mapping[str, str]) -> str:
    """The words with the facts in their places; what is not known stays open for whoever sends them."""
    return _HOLE.sub(lambda hole: facts.get(hole.group(1)) or "____", words)
