import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def until_ready(process: subprocess.Popen) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    raise AssertionError(f"not ready: {said}")


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
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_starts_and_leaves_nothing_running(folder: Path, number: signal.Signals) -> None:
    made, port = Installation(folder / "the home"), free_port()
    command = [sys.executable, "-m", "gongzhi.project.cli", "demo", "--pack", "base", "--port", str(port)]
    process = subprocess.Popen(
        command, env=made.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said = until_ready(process)
        assert len(processes_of(made.home)) > 3
    finally:
        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said + rest
    assert f"Gongzhi is ready: http://127.0.0.1:{port}/" in said
    assert "gongzhi-demo" in said
    assert processes_of(made.home) == []
    assert "demo people" in made.run("serve", "--port", str(port), ok=False)
    made.run("forget-demo")
    assert list(made.home.iterdir()) == []


@pytest.mark.own_server
def test_a_killed_demo_takes_its_parts_along(folder: Path) -> None:
    made, port = Installation(folder / "home"), free_port()
    command = [sys.executable, "-m", "gongzhi.project.cli", "demo", "--pack", "base", "--port", str(port)]
    process = subprocess.Popen(command, env=made.variables, stdout=subprocess.PIPE, text=True)
    try:
        until_ready(process)
    finally:
        process.kill()
        process.wait()
    until = time.monotonic() + 30
    while processes_of(made.home) and time.monotonic() < until:
        time.sleep(0.2)
    assert processes_of(made.home) == []
