"""The words of `gongzhi dispatch`. What they do is loaded once the installation is there."""

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module

HELP = "what dispatch learned from a county's own orders"


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    *,
    installed: Callable[[], AbstractContextManager[None]],
) -> None:
    """Add `dispatch` to the commands of the terminal; `installed` brings the installation up around it."""

    def handler(options: argparse.Namespace) -> int:
        with installed():
            learning = import_module("gongzhi.project.learning")
            code: int = learning.run(options.action, region=options.region, number=options.number)
            return code

    dispatch = commands.add_parser("dispatch", help=HELP, description=HELP[0].upper() + HELP[1:] + ".")
    dispatch.add_argument(
        "action", choices=["train", "list", "use"], help="`use` needs --region and --number"
    )
    dispatch.add_argument("--region", metavar="CODE", help="a county's six digits; all counties when absent")
    dispatch.add_argument("--number", type=int, help="the version to use; 0 for the pack's words alone")
    dispatch.set_defaults(handler=handler)
