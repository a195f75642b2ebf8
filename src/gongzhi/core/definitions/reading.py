"""Reading YAML so that every error can name its line. A key written twice is refused: the last would win."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """The data of one file, with the line of each place in it."""

    file: Path
    data: Any
    lines: dict[Where, int]

    def line(self, where: Where) -> int:
        """The line of a place, or of the nearest place around it."""
        for length in range(len(where), -1, -1):
            if where[:length] in self.lines:
                return self.lines[where[:length]]
        return 1


class Unreadable(ValueError):
    """A file that is no YAML, or has a key twice; carries the line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read(file: Path) -> Document:
    """Read one YAML file. Refuses (Unreadable) what is no YAML and a key that stands twice in one mapping."""
    loader = yaml.SafeLoader(file.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        lines: dict[Where, int] = {}
        _note(node, (), lines=lines)
        data = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable(f"this is not YAML: {error.problem}", mark.line + 1 if mark else 1) from error
    finally:
        loader.dispose()
    return Document(file, data, lines)


def _note(node: yaml.Node | None, where: Where, *, lines: dict[Where, int]) -> None:
    if node is None:
        return
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note(item, (*where, number), lines=lines)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*where, key.value)
            if place in lines:
                raise Unreadable(f"the key {key.value!r} stands twice here", key.start_mark.line + 1)
            lines[place] = key.start_mark.line + 1
            _note(value, place, lines=lines)
