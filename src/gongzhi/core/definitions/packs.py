"""Packs on disk: folders of YAML that say how a place governs itself. Found, read and inherited here.

A pack is a folder with `pack.yaml` (the manifest) and any number of other YAML files. Each of those maps a
kind to keys to bodies, and may give `examples`, which run as tests:

    deadline:
      ordinary:
        response: {amount: 1, unit: working_days}
        examples:
          - {opened: "2026-03-02T10:00", due: "2026-03-09T18:00"}

`demo.yaml` is apart: made-up people and orders, never a definition.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gongzhi.core.definitions.kinds import PackManifest
from gongzhi.core.definitions.reading import Document, Unreadable, Where, read
from gongzhi.core.definitions.schema import Definition, Effective, kind_named

BUILT_IN = Path(__file__).resolve().parents[2] / "packs"
MANIFEST = "pack.yaml"
APART = {MANIFEST, "demo.yaml"}


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a pack: the file and line, and in words what is wrong and what to do."""

    file: Path
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


class PackError(ValueError):
    """A pack that cannot be used, with every problem that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Loaded:
    """One definition as read from a file."""

    kind: str
    key: str
    body: Definition
    examples: tuple[Mapping[str, Any], ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    file: Path = Path()
    line: int = 1

    def stored(self) -> dict[str, Any]:
        """What it says without the defaults, so that a new optional field makes no new version."""
        return self.body.model_dump(mode="json", exclude_defaults=True, by_alias=True)

    @property
    def digest(self) -> str:
        """The fingerprint of what it says; two versions differ exactly when it differs."""
        return fingerprint(self.stored())


@dataclass(frozen=True)
class LoadedPack:
    """A pack as read from disk, with the pack that it extends."""

    key: str
    folder: Path
    manifest: PackManifest
    definitions: tuple[Loaded, ...]
    base: "LoadedPack | None" = None

    def chain(self) -> Iterator["LoadedPack"]:
        """This pack, then what it extends, and so on."""
        pack: LoadedPack | None = self
        while pack is not None:
            yield pack
            pack = pack.base

    @property
    def digest(self) -> str:
        """The fingerprint of all that the pack says."""
        return fingerprint([[each.kind, each.key, each.digest] for each in self.definitions])

    def effective(self) -> Effective:
        """All that is in force where this pack governs: its own definitions over those that it extends."""
        bodies: dict[str, dict[str, Definition]] = {}
        for pack in reversed(list(self.chain())):
            for kind in pack.manifest.replaces:
                bodies[kind] = {}
            for each in pack.definitions:
                bodies.setdefault(each.kind, {})[each.key] = each.body
        return Effective(bodies)


@dataclass
class _Reading:
    """What is found while one pack is read."""

    problems: list[Problem] = field(default_factory=list)
    definitions: list[Loaded] = field(default_factory=list)
    seen: dict[tuple[str, str], Path] = field(default_factory=dict)


@dataclass(frozen=True)
class _Spot:
    """A place in a file, so that every error can name it."""

    document: Document
    where: Where = ()

    def problem(self, words: str, *, below: Where = ()) -> Problem:
        return Problem(self.document.file, self.document.line((*self.where, *below)), words)


def fingerprint(value: Any) -> str:
    """SHA-256 of a value in one canonical form."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def pack_folders() -> dict[str, Path]:
    """Every pack that can be installed, by key: the built-in ones, then those in GONGZHI_PACKS, which win."""
    further = os.environ.get("GONGZHI_PACKS", "").split(os.pathsep)
    places = [BUILT_IN, *(Path(place) for place in further if place)]
    return {
        manifest.parent.name: manifest.parent
        for place in places
        for manifest in sorted(place.glob(f"*/{MANIFEST}"))
    }


def load(key: str) -> LoadedPack:
    """Read a pack and what it extends, without judging it further.

    Refuses (PackError, all problems at once) a pack that is not there, files that are no YAML, unknown kinds,
    and bodies that their kind's model refuses.
    """
    return _load(key, ())


def _load(key: str, extended_by: tuple[str, ...]) -> LoadedPack:
    folders = pack_folders()
    if key not in folders:
        words = f"there is no pack {key!r}; packs found: {', '.join(sorted(folders)) or 'none'}"
        raise PackError([Problem(Path(os.environ.get("GONGZHI_PACKS") or BUILT_IN), 1, words)])
    folder = folders[key]
    if key in extended_by:
        words = f"packs extend each other in a circle: {' → '.join([*extended_by, key])}"
        raise PackError([Problem(folder / MANIFEST, 1, words)])
    reading = _Reading()
    manifest = _manifest(folder, reading)
    for file in sorted(folder.glob("*.yaml")):
        if file.name not in APART:
            _read_file(file, reading)
    if reading.problems or manifest is None:
        raise PackError(reading.problems)
    base = _load(manifest.extends, (*extended_by, key)) if manifest.extends else None
    return LoadedPack(key, folder, manifest, tuple(reading.definitions), base)


def _document(file: Path, reading: _Reading) -> Document | None:
    try:
        return read(file)
    except Unreadable as error:
        reading.problems.append(Problem(file, error.line, str(error)))
        return None


def _manifest(folder: Path, reading: _Reading) -> PackManifest | None:
    document = _document(folder / MANIFEST, reading)
    if document is None:
        return None
    loaded = _body((PackManifest.KIND, folder.name), document.data, spot=_Spot(document), reading=reading)
    return loaded.body if loaded is not None and isinstance(loaded.body, PackManifest) else None


def _read_file(file: Path, reading: _Reading) -> None:
    document = _document(file, reading)
    if document is None:
        return
    if not isinstance(document.data, dict):
        reading.problems.append(_Spot(document).problem("the file must map a kind to keys to bodies"))
        return
    for kind, items in document.data.items():
        if kind == PackManifest.KIND or not isinstance(items, dict):
            words = f"`{kind}` must map keys to bodies (and the manifest stands in {MANIFEST})"
            reading.problems.append(_Spot(document, (kind,)).problem(words))
            continue
        for key, data in items.items():
            _body((kind, str(key)), data, spot=_Spot(document, (kind, key)), reading=reading)


def _body(name: tuple[str, str], data: Any, *, spot: _Spot, reading: _Reading) -> Loaded | None:
    """Read one body, or note why it cannot be read."""
    kind, key = name
    if name in reading.seen:
        words = f"{kind} {key!r} is already defined in {reading.seen[name].name}"
        reading.problems.append(spot.problem(words))
        return None
    if not isinstance(data, dict):
        reading.problems.append(spot.problem(f"{kind} {key!r} must be a mapping of fields"))
        return None
    examples = data.get("examples") or []
    if not isinstance(examples, list) or not all(isinstance(example, dict) for example in examples):
        reading.problems.append(spot.problem("`examples` must be a list of mappings", below=("examples",)))
        return None
    references: list[tuple[str, str]] = []
    fields = {field: value for field, value in data.items() if field != "examples"}
    try:
        body = kind_named(kind).model.model_validate(fields, context={"references": references})
    except LookupError as error:
        reading.problems.append(spot.problem(str(error)))
        return None
    except ValidationError as error:
        reading.problems.extend(
            spot.problem(f"{kind} {key!r}, {_path(each['loc'])}: {_advice(each)}", below=each["loc"])
            for each in error.errors()
        )
        return None
    reading.seen[name] = spot.document.file
    loaded = Loaded(
        kind,
        key,
        body,
        examples=tuple(examples),
        references=tuple(references),
        file=spot.document.file,
        line=spot.document.line(spot.where),
    )
    reading.definitions.append(loaded)
    return loaded


def _path(where: tuple[int | str, ...]) -> str:
    return " → ".join(str(step) for step in where) or "the whole"


def _advice(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "this field is not known here; correct its name or take it out"
    if error["type"] == "missing":
        return "this field is missing; add it"
    if error["type"] == "string_type":
        return f"text is expected, not {error['input']!r}; put it in quotes"
    return f"{error['msg']}; found {error['input']!r}"
