from pathlib import Path

import psycopg
import pytest

from gongzhi.project import embedded

NAMES = ["plain", "with a space", "逗号, 'quotes' \"and\" $HOME", "a path too long for any socket " * 4]


def ask(data: Path, statement: str) -> tuple | None:
    address = str(embedded.socket_dir(data))
    with psycopg.connect(host=address, user=embedded.SUPERUSER, dbname="postgres") as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_in_any_folder_and_keeps_its_data(folder: Path, name: str) -> None:
    data = folder / name / "pg"
    with embedded.server(data, settings=embedded.VOLATILE):
        locale = "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1"
        assert ask(data, locale) == ("C.UTF-8", "UTF8")
        assert ask(data, "SHOW listen_addresses") == ("",)
        ask(data, "CREATE TABLE kept AS SELECT 1 AS one")
    assert not embedded.is_running(data)
    with embedded.server(data, settings=embedded.VOLATILE):
        assert ask(data, "SELECT one FROM kept") == (1,)
    assert not embedded.is_running(data)


def test_the_last_one_to_leave_stops_it(folder: Path) -> None:
    data = folder / "pg"
    with embedded.server(data, settings=embedded.VOLATILE):
        with embedded.server(data, settings=embedded.VOLATILE):
            assert embedded.is_running(data)
        assert embedded.is_running(data)
    assert not embedded.is_running(data)


def test_only_its_owner_reaches_the_socket(folder: Path) -> None:
    data = folder / "pg"
    with embedded.server(data, settings=embedded.VOLATILE) as sockets:
        assert sockets.stat().st_mode & 0o077 == 0


def test_it_says_in_words_why_it_does_not_start(folder: Path) -> None:
    data = folder / "pg"
    with embedded.server(data, settings=embedded.VOLATILE):
        pass
    with (
        pytest.raises(embedded.EmbeddedError, match=r"(?s)does not start.*no_such_setting"),
        embedded.server(data, settings={"no_such_setting": "1"}),
    ):
        pass
