"""What tests of the engine share: a small pathway of every kind of rule, and journals written in a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from pathways.calendars import Calendar
from pathways.case import Event, Scalar
from pathways.chart import Pathway
from pathways.chart_building import build
from pathways.declaration import PathwayFile
from pathways.loading import load_pathway
from pathways.opening_hours import OFFICE

Line = tuple[str, str] | tuple[str, str, dict[str, Scalar]] | tuple[str, str, dict[str, Scalar], str]
EASTER_2026 = frozenset((date(2026, 4, 3), date(2026, 4, 6)))


@pytest.fixture(scope="session")
def compile_pathway() -> Callable[..., Pathway]:
    """Return the function that makes a pathway from text, its own agencies declared inside.

    ``checked=False`` lets through what the checks refuse, to see what the engine makes of it.
    """

    def compiled(text: str, *, checked: bool = True) -> Pathway:
        if not checked:
            return build(PathwayFile.model_validate(YAML(typ="safe", pure=True).load(text)), None, EASTER_2026)
        loaded = load_pathway(text, "test.yaml")
        assert loaded.file is not None, "\n".join(str(error) for error in loaded.errors)
        return build(loaded.file, None, EASTER_2026)

    return compiled


@pytest.fixture(scope="session")
def properties_pathways(compile_pathway: Callable[..., Pathway]) -> dict[str, Pathway]:
    """Return by zone the pathway that has every kind of rule, for random journals."""
    text = Path(__file__).with_name("properties_pathway.yaml").read_text("utf-8")
    zones = ("Europe/London", "America/New_York", "Australia/Lord_Howe")
    return {zone: compile_pathway(text.replace("ZONE", zone)) for zone in zones}


@pytest.fixture(scope="session")
def at() -> Callable[[str], datetime]:
    """Return the function that reads a local London time, such as ``2026-03-02 09:00``."""
    london = Calendar(ZoneInfo("Europe/London"), frozenset(), OFFICE)

    def read(text: str) -> datetime:
        value = datetime.fromisoformat(text)
        return london.resolve(value) if value.tzinfo is None else value.astimezone(UTC)

    return read


@pytest.fixture(scope="session")
def journal(at: Callable[[str], datetime]) -> Callable[..., list[Event]]:
    """Return the function that makes a journal of lines: kind, "occurred" or "occurred > recorded", fields, agency."""

    def made(*lines: Line, officer: str | None = "officer", start: int = 1) -> list[Event]:
        return [_event(number, line, officer, at) for number, line in enumerate(lines, start)]

    return made


def _event(number: int, line: Line, officer: str | None, at: Callable[[str], datetime]) -> Event:
    kind, when, *rest = line
    occurred, _, recorded = when.partition(" > ")
    parts: Sequence[object] = rest
    fields = parts[0] if parts else {}
    agency = parts[1] if len(parts) > 1 else None
    assert isinstance(fields, dict)
    assert agency is None or isinstance(agency, str)
    return Event(number, kind, at(occurred), at(recorded or occurred), agency, officer, fields)
