import pytest
from django.db import OperationalError, connection
from django.test import Client

from gongzhi.project import middleware


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers_and_is_migrated() -> None:
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"database": True, "migrations": True}
    assert "sessionid" not in answer.cookies


@pytest.mark.django_db
def test_it_is_not_ready_while_migrations_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "waiting_migrations", lambda: ["people.0099_later"])
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "migrations": False}


@pytest.mark.django_db
def test_it_says_when_the_database_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*arguments: object, **options: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", gone)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert Client().get("/healthz").status_code == 503
