"""The command as a person runs it: its output and its status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from handrail.cli import main

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run of the command."""

    status: int
    output: str
    errors: str


Handrail = Callable[..., Ran]


@pytest.fixture
def handrail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Handrail:
    """Run the command in an empty folder, with its state in there; in this process, for a start takes half a second."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HANDRAIL_STATE", str(tmp_path / "state"))

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["handrail", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return Ran(int(left.value.code or 0), told.out, told.err)

    return run


@pytest.fixture
def pathways() -> Path:
    """The folder of the pathways that the house declares."""
    return ROOT / "pathways"


@pytest.fixture
def shelter(tmp_path: Path) -> Path:
    """A small pathway that stands alone: people are offered a bed, and asked again each day."""
    path = tmp_path / "shelter.yaml"
    path.write_text(SHELTER)
    return path


SHELTER = """\
pathway: shelter
version: 1
title: Shelter
timezone: Europe/London
coordinator: council
agencies:
  council: {title: Council}
  mission: {title: City Mission}
opens_on: [Referral]
events:
  Referral: {by: [council]}
  Offer Made: {by: [council, mission], fields: {response: [accepted, declined], nights: integer}}
  Left: {by: [mission]}
tracks:
  support:
    start: waiting
    stages:
      waiting:
        owner: council
        tasks: {visit: {owner: council, due: 1 day, done_by: Offer Made}}
        moves: [{to: sheltered, when: {event: {kind: Offer Made, where: {response: accepted}}}}]
      sheltered:
        owner: mission
        moves:
          - {to: settled, when: {waited: 10 days}}
          - {to: waiting, when: {event: Left}}
      settled: {owner: mission, final: true, moves: [{to: waiting, when: {event: Left}}]}
scenarios:
  - name: ten nights are enough
    given:
      - {event: Referral, at: 2026-03-01 09:00}
      - {event: Offer Made, at: 2026-03-01 10:00, fields: {response: accepted}}
    at: 2026-03-11 10:00
    expect: {support: settled}
"""
