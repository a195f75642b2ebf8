import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.installations import Installation

EVENTS = "SELECT count(*), md5(string_agg(id::text || name || data::text, ',' ORDER BY id)) FROM events_event"
EPOCH = "SELECT epoch, database FROM definitions_installation"
UNREAD = "SELECT count(*) FROM events_event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"
TRIGGERS_OFF = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"


@pytest.fixture
def original(folder: Path) -> Iterator[Installation]:
    made = Installation(folder / "original")
    made.make_database()
    made.run("init", "--pack", "base")
    (made.home / "media").mkdir(exist_ok=True)
    (made.home / "media" / "photo.jpg").write_bytes(b"a photo")
    yield made
    made.drop_database()


@pytest.fixture
def copy(folder: Path, original: Installation) -> Iterator[Installation]:
    made = Installation(folder / "copy")
    made.home.mkdir()
    made.make_database()
    yield made
    made.drop_database()


def test_a_backup_brings_everything_back(original: Installation, copy: Installation, folder: Path) -> None:
    file = folder / "backup.tar"
    original.run("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    if not os.environ.get("DATABASE_URL"):  # there the two share their secrets
        assert "secrets" in copy.run("restore", str(file), ok=False)
        shutil.copy(original.home / "secrets.json", copy.home)
    copy.run("restore", str(file))

    events, epoch = original.query(EVENTS, EPOCH)
    copied, new_epoch, unread, off = copy.query(EVENTS, EPOCH, UNREAD, TRIGGERS_OFF)
    assert copied == events
    assert events[0] > 0
    assert not set(new_epoch) & set(epoch)
    assert unread == off == [0]
    assert (copy.home / "media" / "photo.jpg").read_bytes() == b"a photo"
    assert "holds data" in copy.run("restore", str(file), ok=False)
    assert "exists" in original.run("backup", str(file), ok=False)


def test_it_refuses_a_damaged_backup(original: Installation, copy: Installation, folder: Path) -> None:
    file = folder / "backup.tar"
    original.run("backup", str(file))
    body = bytearray(file.read_bytes())
    middle = body.index(b"PGDMP") + 2000
    body[middle] ^= 0xFF
    file.write_bytes(body)
    assert "damaged" in copy.run("restore", str(file), ok=False)
    file.write_bytes(b"not a backup")
    assert "not a backup" in copy.run("restore", str(file), ok=False)


def test_what_reaches_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    from gongzhi.project.backup import _extract

    for name, kind in (("../out", tarfile.REGTYPE), ("link", tarfile.SYMTYPE), ("/out", tarfile.REGTYPE)):
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        with tarfile.open(tmp_path / "evil.tar", "w") as tar:
            tar.addfile(member)
        with tarfile.open(tmp_path / "evil.tar") as tar, pytest.raises(tarfile.TarError):
            _extract(tar, tmp_path / "target")
    assert not (tmp_path / "out").exists()
