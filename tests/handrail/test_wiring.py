"""A store is opened from the settings alone, with a PostgreSQL of its own if none is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import text

from handrail.cli.faults import judge
from handrail.errors import NotFound
from handrail.settings import Settings
from handrail.wiring import open_store
from models.migrations import upgrade


def test_without_a_url_a_postgresql_runs_in_the_state_folder(tmp_path: Path) -> None:
    told: list[str] = []

    with open_store(Settings(state=tmp_path / "state"), told.append) as store:
        upgrade(store.engine)
        with store.engine.connect() as connection:
            zone = connection.scalar(text("SHOW TimeZone"))

    assert zone == "UTC"
    assert (tmp_path / "state" / "postgres").is_dir()


def test_with_a_url_that_database_is_used(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=SecretStr(database_url), state=tmp_path / "none")

    with open_store(settings) as store, store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handrail.cases")) == 0
        with pytest.raises(NotFound, match="Publish the pathway first"):
            store.rules(connection, "no such hash")

    assert not (tmp_path / "none").exists()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_LOCK_SECONDS", "3")
    monkeypatch.setenv("HANDRAIL_WEBHOOK_SECRETS", '{"mission": ["whsec_c2VjcmV0"]}')

    settings = Settings()

    assert settings.lock_seconds == 3
    assert "c2VjcmV0" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["secret", "mysql://handrail:secret@127.0.0.1/x", "postgresql://handrail:secret@127.0.0.1:port/x"]
)
def test_an_address_that_is_no_postgresql_is_refused_without_being_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", url)

    with pytest.raises(ValidationError, match="expected an address such as postgresql") as refused:
        Settings()

    assert "secret" not in judge(refused.value).sentence


def test_an_empty_setting_counts_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", "")

    assert Settings().database_url is None
