"""What an installation may set, in the environment: ``HANDRAIL_DATABASE_URL``, ``HANDRAIL_STATE`` and so on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _readable(url: SecretStr | None) -> SecretStr | None:
    """Refuse what is no address of a PostgreSQL, without repeating it: it may hold a password."""
    from sqlalchemy import make_url  # noqa: PLC0415 (takes time, and only those who name a database need it)
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    if url is None:
        return None
    expected = "expected an address such as postgresql+psycopg://handrail@db.example.org/handrail"
    try:
        scheme = make_url(url.get_secret_value()).drivername
    except (ArgumentError, ValueError):
        raise ValueError(expected) from None
    if scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError(expected)
    return url


class Settings(BaseSettings):
    """Everything has a value that is right for trying out on one machine."""

    model_config = SettingsConfigDict(env_prefix="HANDRAIL_", extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: Annotated[SecretStr | None, AfterValidator(_readable)] = None
    """A PostgreSQL of your own, 15 or later; left out, an embedded one runs in the state folder."""
    state: Path = Path(".handrail")
    """The folder of all that this installation keeps on disk."""
    statement_seconds: Annotated[int, Field(ge=1)] = 60
    lock_seconds: Annotated[int, Field(ge=1)] = 10
    connections: Annotated[int, Field(ge=1)] = 10

    prefect_host: str = "127.0.0.1"
    prefect_port: Annotated[int, Field(ge=0, le=65535)] = 4200
    """Where Prefect's own pages and API are; 0 takes a free port."""
    prefect_database_url: SecretStr | None = None
    """A PostgreSQL database of Prefect's own, ``postgresql+asyncpg://``, under a role that may not enter the case
    store; left out, an embedded one holds it."""

    base_url: str = ""
    """The address of the pages where agencies answer, the front of every link in a notice; without it a notice names
    the command instead."""
    templates: Path | None = None
    """A folder of a coordinator's own notice templates."""
    outbox: Path | None = None
    """Where the file channel writes; left out, the folder ``outbox`` of the state folder."""
    lease_seconds: Annotated[int, Field(ge=10)] = 300
    """How long a notice stays with whoever is sending it."""
    send_seconds: Annotated[float, Field(gt=0)] = 15
    """How long handing one message over may take in all, on each channel."""
    attempts: Annotated[int, Field(ge=1)] = 8
    """After how many failed tries a message becomes an incident."""

    mail_host: str | None = None
    mail_port: int = 587
    mail_sender: str = "handrail@example.org"
    mail_protection: Literal["starttls", "tls", "none"] = "starttls"
    mail_username: str | None = None
    mail_password: SecretStr | None = None
    notify_api_key: SecretStr | None = None
    notify_template: str = ""
    notify_base_url: str | None = None
    webhook_secrets: dict[str, list[SecretStr]] = Field(default_factory=dict)
    """By agency, every secret that is valid now, as JSON."""

    @property
    def outbox_folder(self) -> Path:
        return self.outbox if self.outbox is not None else self.state / "outbox"
