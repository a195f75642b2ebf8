import os
import threading
from pathlib import Path

import pytest

from gongzhi.project.environment import environment
from gongzhi.project.secrets import LiveKeys, SecretsError, add_keys, drop_old_keys, read_or_make


def given(tmp_path: Path, **variables: str):
    return environment({"GONGZHI_HOME": str(tmp_path / "home"), **variables})


def test_without_settings_everything_stays_on_this_machine(tmp_path: Path) -> None:
    env = given(tmp_path)
    assert env.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert [env.demo, env.debug, env.https, env.external] == [False] * 4
    assert env.web_database["USER"] == "gongzhi_web"
    assert env.owner_database["USER"] == "postgres"
    assert env.web_database["HOST"] == env.owner_database["HOST"]


def test_a_public_address_opens_host_and_origin_and_closes_cookies_to_http(tmp_path: Path) -> None:
    env = given(tmp_path, GONGZHI_URL="https://gz.example.cn https://www.gz.example.cn:8443")
    assert env.allowed_hosts[:2] == ["gz.example.cn", "www.gz.example.cn"]
    assert env.trusted_origins == ["https://gz.example.cn", "https://www.gz.example.cn:8443"]
    assert env.https
    assert not given(tmp_path, GONGZHI_URL="http://gz.example.cn").https


def test_an_external_server_is_used_by_two_roles(tmp_path: Path) -> None:
    env = given(tmp_path, DATABASE_URL="postgres://owner:secret@db.example:6432/gz")
    assert (env.owner_database["USER"], env.owner_database["PASSWORD"]) == ("owner", "secret")
    assert env.web_database["USER"] == "gongzhi_web"
    assert env.web_database["PASSWORD"] == env.secrets.web_password
    assert env.web_database["HOST"] == "db.example"
    named = given(tmp_path, DATABASE_URL="postgres://o@db/gz", DATABASE_WEB_URL="postgres://w:p@db/gz")
    assert (named.web_database["USER"], named.web_database["PASSWORD"]) == ("w", "p")


def test_web_transactions_cannot_hang(tmp_path: Path) -> None:
    web = given(tmp_path).web_database["OPTIONS"]["options"]
    worker = given(tmp_path, GONGZHI_WORKER="yes").web_database["OPTIONS"]["options"]
    assert "statement_timeout=15000" in web
    assert "idle_in_transaction_session_timeout=30000" in web
    assert "statement_timeout=600000" in worker


def test_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secrets.json"
    first = read_or_make(path)
    assert read_or_make(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.web_password != read_or_make(tmp_path / "other.json").web_password


def test_two_processes_that_begin_together_share_one_secret(tmp_path: Path) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(read_or_make(tmp_path / "s.json"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({secrets.secret_key for secrets in found}) == 1
    assert os.listdir(tmp_path) == ["s.json"]


def test_a_new_key_encrypts_and_the_old_ones_still_decrypt(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    before = read_or_make(path)
    newest = add_keys(path)
    after = read_or_make(path)
    assert max(after.field_keys) == max(after.index_keys) == newest
    assert before.field_keys.items() < after.field_keys.items()
    assert before.index_keys.items() < after.index_keys.items()
    assert path.stat().st_mode & 0o777 == 0o600


def test_old_keys_are_dropped_and_no_id_is_used_twice(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    before = read_or_make(path)
    second = add_keys(path)
    assert drop_old_keys(path) == list(before.field_keys)
    assert list(read_or_make(path).field_keys) == list(read_or_make(path).index_keys) == [second]
    assert add_keys(path) not in {*before.field_keys, second}
    assert read_or_make(path).secret_key == before.secret_key


def test_a_running_process_learns_of_a_new_key(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    keys = LiveKeys(path, "field_keys")
    assert len(keys) == 1
    newest = add_keys(path)
    assert max(keys) == newest
    assert keys[newest] == read_or_make(path).field_keys[newest]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"secret_key": 1}'])
def test_it_refuses_a_file_that_holds_no_secrets(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(SecretsError, match="not a secrets file"):
        read_or_make(path)
