"""The source as the architecture tests read it."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "gongzhi"
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")


def python_files(*, migrations: bool = False) -> Iterator[Path]:
    """The package's modules."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if migrations or "migrations" not in path.parts:
            yield path


def templates() -> list[Path]:
    """Every template of the package."""
    return sorted(path for path in PACKAGE.rglob("templates/**/*") if path.is_file())


def shown(path: Path) -> str:
    """The path as messages and exceptions name it."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def exceptions(kind: str) -> dict[str, str]:
    """What is excepted from a rule, each with its reason."""
    found: dict[str, str] = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8")).get(kind, {})
    assert all(reason.strip() for reason in found.values()), f"an exception of {kind} has no reason"
    return found


def unexcused(kind: str, faults: dict[str, str]) -> list[str]:
    """The faults that no exception excuses, and the exceptions that excuse nothing any more."""
    excused = exceptions(kind)
    left = [f"{where}: {what}" for where, what in faults.items() if where not in excused]
    idle = [f"{where}: is excepted without need" for where in excused if where not in faults]
    return left + idle
