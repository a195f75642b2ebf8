"""Who may know whom: imports by contract, foreign keys by the same floors."""

import tomllib

from django.apps import apps
from django.db.models import Model
from importlinter.cli import lint_imports

from tests.architecture.source import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
LAYERS = {contract["id"]: contract["layers"] for contract in CONTRACTS if "layers" in contract}


def rank(module: str) -> tuple[int, int] | None:
    """How high a room stands; None where it is not ours."""
    first, *rest = module.split(".")
    if first != "gongzhi":
        return None
    floor = -LAYERS["floors"].index(rest[0])
    return (floor, -LAYERS["core"].index(rest[1])) if rest[0] == "core" else (floor, 0)


def pointers() -> list[tuple[type[Model], type[Model]]]:
    """Every (model, model that it points at), string references resolved."""
    return [
        (model, field.related_model)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and isinstance(field.related_model, type)
    ]


def test_imports_keep_the_contracts() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_foreign_keys_point_down_never_up_never_sideways() -> None:
    wrong = []
    for model, target in pointers():
        source_app, target_app = model._meta.app_config.name, target._meta.app_config.name
        above, below = rank(source_app), rank(target_app)
        if above is None or below is None or source_app == target_app:
            continue
        if not below < above:
            wrong.append(f"{model._meta.label} points at {target._meta.label}")
    assert wrong == []


def test_every_room_of_the_package_has_a_floor() -> None:
    ours = [config.name for config in apps.get_app_configs() if config.name.startswith("gongzhi.")]
    assert len(ours) > 10
    assert all(rank(name) is not None for name in ours)
