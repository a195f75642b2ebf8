"""`gongzhi replay-erasures`: a restored database is made to forget again."""

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    *,
    installed: Callable[[], AbstractContextManager[None]],
) -> None:
    """The command, among the others; `installed` opens the installation while it runs."""

    def run(options: argparse.Namespace) -> int:
        with installed():
            ledger = import_module("gongzhi.project.ledger")
            sys.stdout.write(f"{ledger.replay(Path(options.file))} erasures were made again.\n")
        return 0

    words = "erase again what a ledger of erasures names, after a restore"
    parser = commands.add_parser("replay-erasures", help=words, description=f"{words.capitalize()}.")
    parser.add_argument("file", metavar="LEDGER")
    parser.set_defaults(handler=run)
