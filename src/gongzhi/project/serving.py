"""The processes of a running installation: web, worker, and the demo that runs both."""

import ctypes
import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gongzhi.project import demo_home
from gongzhi.project.environment import environment
from gongzhi.project.refusal import Refusal

DEMO_PASSWORD = "gongzhi-demo"  # noqa: S105  (made public; works in demo mode only)
DEMO_LOG_INS = ("resident", "worker", "volunteer", "officer", "desk", "county", "admin", "outsider")
PARENT = "GONGZHI_PARENT"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 15
SECONDS_TO_END_STREAMS = 3
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Address:
    """Where an installation answers; live updates on a port of their own, unless another service runs them."""

    host: str
    port: int
    live_port: int | None = None

    def of_live(self) -> list[str]:
        """The arguments of `gongzhi live` beside it."""
        return ["--host", self.host, "--port", str(self.live_port), "--web-port", str(self.port)]

    def check(self, *, demo: bool = False) -> None:
        """Refuses (Refusal) what may not be served from here, or not on that address."""
        check_address(self.host, self.port, demo=demo)
        if self.live_port:
            check_address(self.host, self.live_port, demo=demo)


def check_address(host: str, port: int, *, demo: bool = False) -> None:
    """Refuses (Refusal) what may not be served from here, or not on that address.

    Demo people have a password that everybody knows: they are never shown to the network.
    """
    env = environment()
    shows_demo = demo or env.demo
    if shows_demo and not _is_loopback(host):
        raise Refusal(f"the demo's passwords are public, so it is served on this machine only, not on {host}")
    if shows_demo and env.external:
        raise Refusal(
            "the demo brings its own database: unset DATABASE_URL, so that no real one gets demo people"
        )
    if not shows_demo and demo_home.shown(env.home) is not None:
        raise Refusal(f"{env.home} holds demo people with public passwords: choose another GONGZHI_HOME")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                f"port {port} of {host} cannot be had ({error.strerror}): choose another"
            ) from error


def serve(address: Address, *, workers: int, threads: int) -> int:
    """Answer requests until told to stop. Refuses (Refusal) when the database is of another release.

    Where `address` names a port for live updates, their process runs beside this one, and ends with it.
    """
    from django.db import connections
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from gongzhi.project.middleware import waiting_migrations

    if waiting := waiting_migrations():
        raise Refusal(f"{len(waiting)} migrations wait ({waiting[0]}, ...): run `gongzhi init` first")
    connections.close_all()
    server = Server(
        "gongzhi.project.wsgi:application",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_STOP - 5,
    )
    beside = [_child("live", *address.of_live())] if address.live_port else []
    try:
        server.serve()
    finally:
        _stop(beside)
    return 0


def live(host: str, port: int) -> int:
    """Stream live updates until told to stop: one process, one thread of Python, many quiet connections."""
    from django.db import connections
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    connections.close_all()
    Server(
        "gongzhi.project.live:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_END_STREAMS,
    ).serve()
    return 0


def demo(host: str, port: int) -> int:
    """Run web, live updates and worker until told to stop, and say how to get in. Nothing is left running."""
    started = time.monotonic()
    children: list[subprocess.Popen[bytes]] = []
    try:
        live_port = _free_port(host, port + 1)
        children.append(_child("serve", "--host", host, "--port", str(port), "--live-port", str(live_port)))
        children.append(_child("worker"))
        _wait_until_ready(children, host=host, port=port, since=started)
        _welcome(host, port)
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
        raise Refusal("a part of the demo stopped by itself; what it said stands above")
    except KeyboardInterrupt:
        print("\nStopping.")
        return 0
    finally:
        _stop(children)


def _free_port(host: str, first: int) -> int:
    """The first port from `first` on that nobody has; Refuses (Refusal) when none is near."""
    for port in range(first, min(first + 50, 65536)):
        with suppress(Refusal):
            check_address(host, port, demo=True)
            return port
    raise Refusal(f"no port from {first} on of {host} can be had for the live updates")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _child(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  (our own commands)
        [sys.executable, "-m", "gongzhi.project.cli", *arguments],
        env={**os.environ, PARENT: str(os.getpid()), "GONGZHI_ACCESS_LOG": "no"},
        start_new_session=True,  # Ctrl-C reaches this process, which tells its children
    )


def follow_parent() -> None:
    """A part of the demo ends when the demo ends, even by kill -9 (where the system can tell)."""
    parent = os.environ.get(PARENT)
    if not parent or not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)
    if os.getppid() != int(parent):
        raise KeyboardInterrupt


def _wait_until_ready(children: list[subprocess.Popen[bytes]], *, host: str, port: int, since: float) -> None:
    while time.monotonic() - since < SECONDS_TO_START:
        if any(child.poll() is not None for child in children):
            break
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(host, port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.1)
    raise Refusal("the demo did not come up; what its parts said stands above")


def _welcome(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"\nGongzhi is ready: http://{shown}:{port}/")
    print(f"Log-ins (password {DEMO_PASSWORD}): {', '.join(DEMO_LOG_INS)}")
    print(f"Data: {_short(environment().home)}   Stop: Ctrl-C", flush=True)


def _short(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
