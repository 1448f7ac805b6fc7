"""Puts the receivers that misbehave where their tests can import them, and gives what is sent to them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

HARNESS = Path(__file__).parent / "harness"
sys.path.insert(0, str(HARNESS))

from misbehaving.certificates import write_certificate  # noqa: E402 (it is found only now)
from misbehaving.programme import SECRETS  # noqa: E402

from handrail.settings import Settings  # noqa: E402
from handrail.wiring import Store  # noqa: E402
from integrations.messages import Address, Message  # noqa: E402


@pytest.fixture
def message() -> Message:
    """A notice with planted words that must not come back in an error."""
    return Message(
        key="KD7-2MX-9QP/3",
        agency="riverside",
        to=Address("canary.address@agency.example"),
        subject="KD7-2MX-9QP: canary subject",
        body="canary body\n",
        kind="hand_off_offered",
        case="KD7-2MX-9QP",
        sent_for=datetime(2026, 3, 20, 16, 0, tzinfo=UTC),
        urgent=True,
        data={"hand_off": "bed"},
    )


@pytest.fixture
def new_store(engine: Engine, tmp_path: Path) -> Callable[..., Store]:
    """What opens the store with these settings."""

    def open_with(**settings: object) -> Store:
        known = {"state": tmp_path, "webhook_secrets": SECRETS, "mail_protection": "none", **settings}
        return Store(engine, Settings.model_validate(known))

    return open_with


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good certificate of 127.0.0.1."""
    return write_certificate(tmp_path_factory.mktemp("certificates") / "good.pem")


@pytest.fixture(scope="session", params=["of nobody we trust", "expired", "of another"])
def bad_certificate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that will not do, and the one that is trusted."""
    folder = tmp_path_factory.mktemp("certificates")
    trusted = write_certificate(folder / "trusted.pem")
    match request.param:
        case "expired":
            shown = trusted = write_certificate(folder / "expired.pem", days_left=-1)
        case "of another":
            shown = trusted = write_certificate(folder / "another.pem", address="127.0.0.2")
        case _:
            shown = write_certificate(folder / "unknown.pem")
    return shown, trusted
