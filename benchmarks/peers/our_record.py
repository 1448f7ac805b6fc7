"""Handrail itself, as a program would use it: ``casework.record`` on one open store that the threads share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from benchmarks.clients import Act, Client, Opened, Place
from handrail.casework import record
from handrail.settings import Settings
from handrail.wiring import open_store


@contextmanager
def handrail(place: Place) -> Iterator[Opened]:
    """Give clients of one open store.

    Each act locks the case, reads it, checks who may say what, decides, and writes all that follows, in one
    transaction.
    """
    with open_store(Settings(database_url=SecretStr(place.url))) as store:

        def client(act: Act) -> object:
            return record(store, act.reference, act.said)

        def opened() -> Client:
            with store.engine.connect():
                return client

        yield opened
