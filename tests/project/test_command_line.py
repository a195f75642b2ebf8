import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gongzhi.project.serving import DEMO_LOG_INS
from tests.project.installations import Installation

EVERYWHERE = "0.0.0.0"  # noqa: S104  (what is refused)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(home: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"GONGZHI_HOME={home}\0".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
            elif str(home / "pg") in (entry / "cmdline").read_text():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def start(made: Installation, *, pack: str, port: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "gongzhi.project.cli", "demo", "--pack", pack, "--port", str(port)],
        env=made.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@dataclass
class Shown:
    process: subprocess.Popen
    port: int
    said: str = ""

    def until_ready(self) -> None:
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                return
        raise AssertionError(f"not ready: {self.said}")

    def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait()  # its parts hold the pipe a little longer
            return
        rest, _ = self.process.communicate(timeout=60)
        self.said += rest


@contextmanager
def demo(made: Installation, *, pack: str) -> Iterator[Shown]:
    """A demo that is ready; what the test does not end ends here."""
    port = free_port()
    shown = Shown(start(made, pack=pack, port=port), port)
    try:
        shown.until_ready()
        yield shown
    finally:
        if shown.process.poll() is None:
            shown.end(signal.SIGTERM)


def test_help_names_every_command(folder: Path) -> None:
    said = Installation(folder).run("--help")
    for name in (
        "init",
        "demo",
        "serve",
        "worker",
        "pack",
        "regions",
        "hotline",
        "doctor",
        "reconcile",
        "backup",
    ):
        assert f"\n    {name}" in said


def test_doctor_names_what_is_wrong_and_then_what_is_well(folder: Path) -> None:
    made = Installation(folder / "home")
    made.home.mkdir()
    made.make_database()
    try:
        assert "assets are missing" in made.run("doctor", ok=False)
        made.run("init", "--pack", "base")
        said = made.run("doctor")
        assert "owns nothing and cannot bypass" in said
        assert "No worker runs" in said
        assert "GONGZHI_SOURCE_URL is not set" in said
    finally:
        made.drop_database()


@pytest.mark.own_server
def test_the_demo_stays_on_this_machine_and_off_real_databases(folder: Path) -> None:
    made = Installation(folder)
    assert "this machine only" in made.run("demo", "--pack", "base", "--host", EVERYWHERE, ok=False)
    variables = {**made.variables, "DATABASE_URL": "postgres://somebody@db.example/real"}
    command = [sys.executable, "-m", "gongzhi.project.cli", "demo", "--pack", "base"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "unset DATABASE_URL" in done.stderr
    assert "holds no demo" in made.run("forget-demo", ok=False)


@pytest.mark.own_server
@pytest.mark.parametrize(
    ("pack", "number", "fewest"), [("gaotai", signal.SIGINT, 40), ("liaoquan", signal.SIGTERM, 20)]
)
def test_a_place_is_shown_whole_and_nothing_is_left_running(
    folder: Path, pack: str, number: signal.Signals, fewest: int
) -> None:
    made = Installation(folder / "the home")
    with demo(made, pack=pack) as shown:
        assert len(processes_of(made.home)) > 3
        orders, accounts, unheld = made.query(
            "SELECT count(*) FROM orders_order",
            "SELECT count(*) FROM people_account WHERE person_id IS NOT NULL",
            "SELECT count(*) FROM workflow_matter WHERE state = 'dispatched' AND holder_id IS NULL",
        )
        assert orders[0] >= fewest
        assert accounts[0] >= len(DEMO_LOG_INS)
        assert unheld == [0]
        assert "Nothing has drifted" in made.run("reconcile")
        assert f"holds the demo of {pack}" in made.run("demo", "--pack", "base", ok=False)
        assert "stop it first" in made.run("forget-demo", ok=False)
        shown.end(number)
    assert shown.process.returncode == 0, shown.said
    assert f"Gongzhi is ready: http://127.0.0.1:{shown.port}/" in shown.said
    assert "gongzhi-demo" in shown.said
    assert processes_of(made.home) == []
    assert "demo people" in made.run("serve", "--port", str(shown.port), ok=False)
    made.run("forget-demo")
    assert list(made.home.iterdir()) == []


@pytest.mark.own_server
def test_a_demo_that_was_cut_off_while_it_was_made_is_made_anew(folder: Path) -> None:
    made = Installation(folder / "home")
    process = start(made, pack="gaotai", port=free_port())
    until((made.home / "pg" / "postmaster.pid").exists)
    process.kill()
    process.wait()
    assert (made.home / "demo").read_text() == "unfinished\n"
    with demo(made, pack="base") as shown:
        shown.end(signal.SIGINT)
    assert "cut off while the demo was being made" in shown.said
    assert processes_of(made.home) == []


@pytest.mark.own_server
def test_a_server_that_a_killed_start_left_is_taken_over_or_stopped(folder: Path) -> None:
    made = Installation(folder / "home")
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    made.home.mkdir()
    (made.home / "demo").write_text("base\n")
    for _ in range(2):
        made.run("django", "shell", "--no-imports", "-c", script, ok=False)
        assert len(processes_of(made.home)) >= 1
        assert "taken over" in made.run("django", "check")
        assert processes_of(made.home) == []
    made.run("django", "shell", "--no-imports", "-c", script, ok=False)
    made.run("forget-demo")
    assert processes_of(made.home) == []


@pytest.mark.own_server
def test_a_real_installation_never_becomes_a_demo(folder: Path) -> None:
    made = Installation(folder / "home")
    made.home.mkdir()
    (made.home / "secrets.json").write_text("{}")
    assert "no demo" in made.run("demo", "--pack", "base", "--port", str(free_port()), ok=False)


@pytest.mark.own_server
def test_a_killed_demo_takes_its_parts_along(folder: Path) -> None:
    made = Installation(folder / "home")
    with demo(made, pack="base") as shown:
        shown.end(signal.SIGKILL)
    until(lambda: processes_of(made.home) == [])
