"""What a batch of messages is sent with."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from handrail.channels import open_channels
from handrail.settings import Settings
from integrations.messages import Address


def test_whom_we_trust_is_read_once_and_not_for_every_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, somewhere = Settings(state=tmp_path), Address("https://agency.example/hook")
    with open_channels(settings) as channels:
        channels.to("webhook", somewhere)

    def read_again(*_: object, **__: object) -> None:
        pytest.fail("the certificates were read again")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", read_again)

    with open_channels(settings) as channels:
        channels.to("webhook", somewhere)
