"""The pages of docs/commands, one a command, from the docstrings: `python tools/command_pages.py` writes them anew.

What stands below the mark `<!-- by hand -->` of a page is kept. tests/architecture/test_docs.py fails when a page is
missing, stale, or tells of a command that is no more.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
PAGES = ROOT / "docs" / "commands"
ROOMS = (
    "gongzhi/core/command/*.py",
    "gongzhi/shells/*/commands.py",
    "gongzhi/workflow/commands.py",
    "gongzhi/workflow/commands/*.py",
    "gongzhi/capabilities/*/commands.py",
    "gongzhi/capabilities/*/commands/*.py",
    "gongzhi/interop/*/commands.py",
)
NO_COMMANDS = {"__init__", "apps", "models", "running"}
OPENERS = {"change": 1, "change_as_owner": 0}
"""What opens a change, and which of its arguments names the event."""
BY_HAND = "<!-- by hand -->"
MADE = "<!-- made by tools/command_pages.py from the docstring -->"


@dataclass(frozen=True)
class Command:
    """A function that changes state, as its source tells of it."""

    name: str
    module: str
    docstring: str
    given: tuple[tuple[str, str, bool], ...]
    events: tuple[str, ...]
    refusals: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]

    @property
    def summary(self) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join(self.docstring.split("\n\n")[0].split())


@dataclass(frozen=True)
class Module:
    """One module of commands, parsed."""

    name: str
    functions: dict[str, ast.FunctionDef]
    tree: ast.Module

    def reached(self, function: ast.FunctionDef) -> list[ast.FunctionDef]:
        """The function and the private helpers of its module that it calls, however far."""
        found, waiting = [function], [function]
        while waiting:
            for name in called(waiting.pop()):
                helper = self.functions.get(name)
                if helper is not None and name.startswith("_") and helper not in found:
                    found.append(helper)
                    waiting.append(helper)
        return found


def commands() -> list[Command]:
    """Every command of the package, by name."""
    found = [command for module in modules() for command in commands_of(module)]
    return sorted(found, key=lambda command: command.name)


def modules() -> Iterator[Module]:
    """The modules that hold commands."""
    for pattern in ROOMS:
        for path in sorted(SOURCE.glob(pattern)):
            if path.stem in NO_COMMANDS:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
            yield Module(".".join(path.relative_to(SOURCE).with_suffix("").parts), functions, tree)


def commands_of(module: Module) -> Iterator[Command]:
    """The module's commands: public functions that open a change, or act for an actor given by name."""
    for function in module.functions.values():
        reached = module.reached(function)
        changes = any(set(called(each)) & set(OPENERS) for each in reached)
        acts = any(argument.arg == "actor" for argument in function.args.kwonlyargs)
        if function.name.startswith("_") or not (changes or acts):
            continue
        events = tuple(dict.fromkeys(name for each in reached for name in events_of(each)))
        yield Command(
            name=function.name,
            module=module.name,
            docstring=ast.get_docstring(function) or "",
            given=tuple(given(function)),
            events=events,
            refusals=tuple(dict.fromkeys(code for each in reached for code in refusals_of(each))),
            steps=tuple(steps_of(module)) if "" in events else (),
        )


def called(function: ast.AST) -> list[str]:
    """The plain names that are called in a function, in their order."""
    names = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return list(dict.fromkeys(name.id for name in names if isinstance(name, ast.Name)))


def events_of(function: ast.FunctionDef) -> Iterator[str]:
    """The events that a function writes; "" where the name depends on a step."""
    for node in ast.walk(function):
        place = OPENERS.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and place is not None and len(node.args) > place:
            name = node.args[place]
            yield name.value if isinstance(name, ast.Constant) else ""


def refusals_of(function: ast.FunctionDef) -> Iterator[str]:
    """The codes of the refusals that stand in a function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args:
            code = node.args[0]
            if isinstance(code, ast.Constant):
                yield code.value


def given(function: ast.FunctionDef) -> Iterator[tuple[str, str, bool]]:
    """The parameters of a function: name, type, whether it may be left out."""
    arguments = function.args
    free = len(arguments.args) - len(arguments.defaults)
    for place, argument in enumerate(arguments.args):
        yield argument.arg, kind(argument), place >= free
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield argument.arg, kind(argument), default is not None


def kind(argument: ast.arg) -> str:
    """The type of a parameter as it is written."""
    return ast.unparse(argument.annotation) if argument.annotation else ""


def steps_of(module: Module) -> Iterator[tuple[str, str]]:
    """The table `EVENTS` of a module: step of the flow, event that records it."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EVENTS":
            yield from ast.literal_eval(node.value).items()


def made(command: Command) -> str:
    """The part of a page that is made from the source."""
    rest = command.docstring.split("\n\n")[1:]
    lines = [f"# {command.name}", "", MADE, "", command.summary, ""]
    lines += [line for part in rest for line in (" ".join(part.split()), "")]
    lines += ["| | |", "|---|---|", f"| where | `{command.module}.{command.name}` |"]
    names = [f"`{name}`" if name else "one a step, below" for name in command.events]
    lines.append(f"| event | {', '.join(names) or 'none of its own'} |")
    if command.refusals:
        lines.append(f"| refusals of its own | {', '.join(f'`{code}`' for code in command.refusals)} |")
    if any(name == "client_id" for name, _, _ in command.given):
        lines.append("| sent twice | under the same `client_id`: done once, answered twice |")
    lines += ["", "| given | as | |", "|---|---|---|"]
    for name, written, optional in command.given:
        lines.append(
            f"| `{name}` | `{written.replace('|', chr(92) + '|')}` | {'optional' if optional else ''} |"
        )
    if command.steps:
        lines += ["", "| step | event |", "|---|---|"]
        lines += [f"| `{step}` | `{event}` |" for step, event in command.steps]
    return "\n".join(lines) + "\n"


def page(command: Command) -> str:
    """The whole page: made anew, with what was written by hand below it."""
    path = PAGES / f"{command.name}.md"
    written = path.read_text(encoding="utf-8").partition(BY_HAND)[2] if path.exists() else ""
    return made(command) + (f"\n{BY_HAND}{written}" if written.strip() else "")


def index(found: list[Command]) -> str:
    """The list of all commands, by room."""
    lines = ["# Commands", "", MADE, ""]
    lines += [
        "State changes in these functions alone. Each checks the right, changes rows and writes one event, in one",
        "transaction ([decision 0002](../decisions/0002-commands-and-events.md)).",
        "A refusal has a code and words for the user; it leaves no trace.",
        "",
    ]
    for room in sorted({room_of(command) for command in found}):
        lines += [f"## {room}", "", "| command | what it does |", "|---|---|"]
        for command in found:
            if room_of(command) == room:
                lines.append(f"| [{command.name}]({command.name}.md) | {cell(command.summary)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def cell(text: str) -> str:
    """Text that stands in one cell of a table."""
    return text.replace("|", "\\|")


def room_of(command: Command) -> str:
    """The room of a command: what stands before its module of commands."""
    return re.sub(r"^gongzhi\.|\.(command|commands)(\..*)?$", "", command.module)


def pages() -> dict[Path, str]:
    """Every page as it should stand."""
    found = commands()
    return {PAGES / "README.md": index(found), **{PAGES / f"{each.name}.md": page(each) for each in found}}


def main() -> None:
    """Write the pages, and take away those of commands that are no more."""
    wanted = pages()
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in set(PAGES.glob("*.md")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(wanted) - 1} commands in {PAGES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
