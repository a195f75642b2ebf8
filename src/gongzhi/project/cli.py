"""`gongzhi`: everything that is done with an installation from a terminal."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from gongzhi import __version__
from gongzhi.project import learning_cli, ledger_cli
from gongzhi.project.refusal import Refusal

Handler = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code says whether it did what it was asked to."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["django"]:
        return _django(arguments[1:])
    options = _parser().parse_args(arguments)
    handler: Handler = options.handler
    from django.db.utils import OperationalError

    _end_on_signals()
    try:
        return handler(options)
    except Refusal as refusal:
        print(f"gongzhi: {refusal}", file=sys.stderr)
    except OperationalError as error:
        print(f"gongzhi: the database does not answer: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _end_on_signals() -> None:
    """SIGTERM ends a command as Ctrl-C does: everything that was opened is closed. Once is enough."""

    def end(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)


@contextmanager
def installation() -> Iterator[None]:
    """Django, and a database that answers: the external one, or our own for as long as this lasts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongzhi.project.settings")
    from gongzhi.project import embedded
    from gongzhi.project.environment import environment

    found = environment()
    if found.external:
        _setup()
        yield
        return
    with embedded.server(found.home / "pg"):
        _setup()
        yield


def _setup() -> None:
    import django

    django.setup()


def _django(arguments: list[str]) -> int:
    with installation():
        from django.core.management import execute_from_command_line

        execute_from_command_line(["gongzhi django", *arguments])
    return 0


def _init(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import installing

        installing.init(pack=options.pack)
    return 0


def _demo(options: argparse.Namespace) -> int:
    os.environ["GONGZHI_DEMO"] = "yes"
    from gongzhi.project import demo_home, serving
    from gongzhi.project.environment import environment

    serving.check_address(options.host, options.port, demo=True)
    with ExitStack() as stack:
        with demo_home.making(environment().home, pack=options.pack):
            stack.enter_context(installation())
            from gongzhi.project import demo, installing

            installing.init(pack=options.pack)
            demo.load_people(options.pack)
        return serving.demo(options.host, options.port)


def _first_admin(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import first

        first.make(options.username, name=options.name, county=options.county)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from gongzhi.project import serving

    live_port = None if options.no_live else options.live_port or options.port + 1
    address = serving.Address(options.host, options.port, live_port)
    address.check()
    serving.follow_parent()
    _tell_pages(live_port)
    with installation():
        return serving.serve(address, workers=options.workers, threads=options.threads)


def _tell_pages(live_port: int | None) -> None:
    """Without a proxy, pages listen on the live process's own port; behind one, under their own address."""
    from gongzhi.project.environment import environment

    if live_port and not environment().behind_proxy:
        os.environ.setdefault("GONGZHI_LIVE_PORT", str(live_port))


def _live(options: argparse.Namespace) -> int:
    os.environ["GONGZHI_WEB_PORT"] = str(options.web_port)
    from gongzhi.project import serving

    serving.check_address(options.host, options.port)
    serving.follow_parent()
    with installation():
        return serving.live(options.host, options.port)


def _worker(options: argparse.Namespace) -> int:
    os.environ["GONGZHI_WORKER"] = "yes"
    from gongzhi.project import serving

    serving.follow_parent()
    with installation():
        from gongzhi.project import working

        return working.work()


def _pack_list(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import installing

        installing.show_packs()
    return 0


def _pack_check(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import installing

        return installing.check_packs(options.packs)


def _pack_install(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import installing

        installing.install_pack(options.pack)
    return 0


def _regions_import(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import installing

        installing.install_regions(options.code)
    return 0


def _reconcile(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import upkeep

        return upkeep.reconcile()


def _doctor(options: argparse.Namespace) -> int:
    from gongzhi.project import doctor

    return doctor.examine(installation)


def _backup(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import backup

        backup.save(Path(options.file))
    return 0


def _restore(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import backup

        backup.restore(Path(options.file), erasures=Path(options.erasures) if options.erasures else None)
    return 0


def _forget_demo(options: argparse.Namespace) -> int:
    from gongzhi.project import demo_home
    from gongzhi.project.environment import environment

    demo_home.forget(environment().home)
    return 0


def _keys_add(options: argparse.Namespace) -> int:
    from gongzhi.project.environment import environment
    from gongzhi.project.secrets import add_keys

    path = environment().secrets_path
    print(f"{add_keys(path)} encrypts from now on; keep {path} safe, apart from the database.")
    return 0


def _keys_rotate(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import keys

        if not options.drop_old:
            return keys.rotate()
        keys.drop_old()
    return 0


def _hotline_import(options: argparse.Namespace) -> int:
    with installation():
        from gongzhi.project import upkeep

        return upkeep.import_hotline(
            Path(options.file),
            mapping=Path(options.mapping),
            region=options.region,
            refused=Path(options.refused) if options.refused else None,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gongzhi",
        description="An open platform with which a county governs itself together with its residents.",
        epilog="`gongzhi django ...` reaches Django's own commands. Settings: docs/operate/settings.md.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _running(commands)
    _contents(commands)
    _keeping(commands)
    learning_cli.add(commands, installed=installation)
    ledger_cli.add(commands, installed=installation)
    return parser


def _running(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = _add(
        commands, "init", handler=_init, help_="make or upgrade the database, the web role and the assets"
    )
    init.add_argument("--pack", help="install this pack too, with the divisions that it needs")
    demo = _add(
        commands, "demo", handler=_demo, help_="everything at once on this machine, with made-up people"
    )
    demo.add_argument("--pack", required=True, help="the place to show (gongzhi pack list)")
    admin = _add(
        commands, "first-admin", handler=_first_admin, help_="make the first administrator of a county"
    )
    admin.add_argument("username", metavar="USERNAME", help="the name to sign in with")
    admin.add_argument("--name", required=True, help="the person's own name")
    admin.add_argument("--county", required=True, metavar="CODE", help="six digits")
    serve = _add(
        commands, "serve", handler=_serve, help_="answer requests (put Caddy or another proxy in front)"
    )
    serve.add_argument("--workers", type=int, default=2, help="processes (default: %(default)s)")
    serve.add_argument("--threads", type=int, default=4, help="threads in each (default: %(default)s)")
    serve.add_argument(
        "--live-port", type=_port, help="port of the live updates beside it (default: the next)"
    )
    serve.add_argument("--no-live", action="store_true", help="another service runs `gongzhi live`")
    live = _add(
        commands, "live", handler=_live, help_="stream live updates (`serve` and `demo` start it too)"
    )
    live.add_argument(
        "--web-port",
        type=_port,
        default=8000,
        help="port of the pages that may listen (default: %(default)s)",
    )
    for each, port in ((demo, 8000), (serve, 8000), (live, 8001)):
        each.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        each.add_argument("--port", type=_port, default=port, help="port to listen on (default: %(default)s)")
    _add(commands, "worker", handler=_worker, help_="run jobs: dispatch, reminders, nightly housekeeping")


def _contents(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    pack = commands.add_parser("pack", help="packs: what is local to a place")
    packs = pack.add_subparsers(metavar="ACTION", required=True)
    _add(packs, "list", handler=_pack_list, help_="the packs at hand, and those installed")
    check = _add(
        packs, "check", handler=_pack_check, help_="read packs and say in words what is wrong in them"
    )
    check.add_argument("packs", nargs="*", metavar="PACK", help="all of them when none is named")
    install = _add(packs, "install", handler=_pack_install, help_="install a pack, or its new version")
    install.add_argument("pack", metavar="PACK")

    region = commands.add_parser("regions", help="administrative divisions")
    regions = region.add_subparsers(metavar="ACTION", required=True)
    load = _add(
        regions,
        "import",
        handler=_regions_import,
        help_="load official divisions: the whole country, or one place",
    )
    load.add_argument("code", nargs="?", metavar="CODE", help="2, 4, 6, 9 or 12 digits; all when absent")

    hotline = commands.add_parser("hotline", help="messages of a hotline")
    hotlines = hotline.add_subparsers(metavar="ACTION", required=True)
    bring = _add(
        hotlines,
        "import",
        handler=_hotline_import,
        help_="read past messages from an xlsx or csv file into orders",
    )
    bring.add_argument("file", metavar="FILE")
    bring.add_argument("--mapping", required=True, help="a YAML file that says which column is what")
    bring.add_argument("--region", required=True, metavar="CODE", help="where the messages belong")
    bring.add_argument("--refused", metavar="CSV", help="write there which rows were refused, and why")


def _keeping(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add(commands, "doctor", handler=_doctor, help_="say in words what is wrong with this installation")
    _add(
        commands,
        "reconcile",
        handler=_reconcile,
        help_="compare rows with their events, and due times with the slow way",
    )
    save = _add(
        commands,
        "backup",
        handler=_backup,
        help_="write database and photos into one file (secrets stay apart)",
    )
    save.add_argument("file", metavar="FILE")
    restore = _add(
        commands, "restore", handler=_restore, help_="bring a backup back into an empty installation"
    )
    restore.add_argument("file", metavar="FILE")
    restore.add_argument(
        "--erasures", metavar="LEDGER", help="the ledger of erasures (default: the one beside FILE)"
    )
    _add(commands, "forget-demo", handler=_forget_demo, help_="delete the demo's data; refuses any other")
    _add(commands, "add-key", handler=_keys_add, help_="add a key that encrypts telephones from now on")
    rotate = _add(
        commands,
        "rotate-keys",
        handler=_keys_rotate,
        help_="encrypt telephones and identity numbers again, under a new key",
    )
    rotate.add_argument(
        "--drop-old", action="store_true", help="forget the old keys; refuses while a row needs them"
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError("a port lies between 1 and 65535")
    return port


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    *,
    handler: Handler,
    help_: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
    parser.set_defaults(handler=handler)
    return parser


if __name__ == "__main__":
    sys.exit(main())
