"""Judging a pack before it is installed: references, each kind's own rules, examples, what it inherits."""

from collections.abc import Iterator
from typing import Any

from gongzhi.core.definitions.demo import load_demo
from gongzhi.core.definitions.packs import MANIFEST, Loaded, LoadedPack, PackError, Problem, load
from gongzhi.core.definitions.schema import Definition, Effective, Sourced, kind_named

BELOW_COUNTY = {"township", "village", "grid", "small_grid", "micro_grid"}


def check(key: str) -> list[Problem]:
    """Everything wrong with a pack and its demonstration; nothing when all is well."""
    try:
        pack = load(key)
        load_demo(pack)
    except PackError as error:
        return error.problems
    return problems_of(pack)


def problems_of(pack: LoadedPack) -> list[Problem]:
    """Everything wrong with a pack that could be read."""
    effective = pack.effective()
    judged = [
        Problem(each.file, each.line, f"{each.kind} {each.key!r}: {words}")
        for each in pack.definitions
        for judge in (_references, _source, _own_rules, _examples)
        for words in judge(each, effective)
    ]
    return judged + list(_against_base(pack))


def _references(each: Loaded, effective: Effective) -> Iterator[str]:
    for kind, name in sorted(set(each.references)):
        known = effective.of(kind)
        if name not in known:
            yield f"it names the {kind} {name!r}, which nobody defines; known: {', '.join(known) or 'none'}"


def _source(each: Loaded, effective: Effective) -> Iterator[str]:
    if isinstance(each.body, Sourced) and each.body.source is None and not each.body.made_up:
        yield "it names no `source`; give law, version and article, or say `made_up: true`"


def _own_rules(each: Loaded, effective: Effective) -> Iterator[str]:
    rule = kind_named(each.kind).check
    if rule is not None:
        yield from rule(each.body, effective)


def _examples(each: Loaded, effective: Effective) -> Iterator[str]:
    holds = kind_named(each.kind).example
    if each.examples and holds is None:
        yield f"definitions of the kind {each.kind} take no examples"
        return
    for number, example in enumerate(each.examples, 1):
        try:
            came = holds(each.body, example, effective=effective) if holds else None
        except KeyError as error:
            yield f"example {number} cannot be tried: {error} is missing"
        except (TypeError, ValueError) as error:
            yield f"example {number} cannot be tried: {error}"
        else:
            if came is not None:
                yield f"example {number} does not hold: {came}"


def _against_base(pack: LoadedPack) -> Iterator[Problem]:
    """What a pack may not change of what it extends: rights are one for the whole installation."""
    if pack.base is None:
        return
    if pack.manifest.region is None or pack.manifest.region_level is None:
        words = "a pack that extends another names its `region` and `region_level`"
        yield Problem(pack.folder / MANIFEST, 1, words)
    if pack.manifest.region_level in BELOW_COUNTY and (
        pack.manifest.owner is None or len(pack.manifest.owner) > 6
    ):
        words = (
            "below the county no government application may be built "
            "(State Council office letter 12 of 2026, article 2): "
            "name the county that owns this installation in `owner`, with its six digits"
        )
        yield Problem(pack.folder / MANIFEST, 1, words)
    inherited = pack.base.effective().of("role")
    for each in pack.definitions:
        before = inherited.get(each.key) if each.kind == "role" else None
        if before is not None and _powers(before) != _powers(each.body):
            words = (
                f"role {each.key!r} is inherited and its rights hold for the whole installation; "
                "keep `rights`, `sealed` and `acts_as` as they are, or define a role under a new key"
            )
            yield Problem(each.file, each.line, words)


def _powers(role: Definition) -> tuple[Any, ...]:
    said = role.model_dump()
    return (sorted(said["rights"]), said["sealed"], sorted(said["acts_as"]))
