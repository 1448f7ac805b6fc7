"""A pathway ready to run, out of the texts that were published: always the same for the same texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property

from handrail.blockages.watching import kinds_with_reasons
from handrail.errors import RulesRefused
from models.publications import Publication
from pathways.calendars import Calendar
from pathways.chart import Pathway
from pathways.chart_building import build
from pathways.declaration import AgenciesFile, AgencyEntry, PathwayFile
from pathways.loading import load_agencies, load_pathway, read_published


@dataclass(frozen=True, eq=False)
class Rules:
    """A published pathway ready to run, and its agencies with their contacts."""

    hash: str
    pathway: Pathway
    agencies: Mapping[str, AgencyEntry]

    @cached_property
    def giving_reasons(self) -> frozenset[str]:
        """The kinds of events that may give a coded reason."""
        return kinds_with_reasons(self.pathway)

    def calendar_of(self, agency: str) -> Calendar:
        """Return the agency's own calendar, or the pathway's if the agency is unknown."""
        known = self.pathway.agencies.get(agency)
        return known.calendar if known is not None else self.pathway.calendar

    def digest_at(self, agency: str) -> time | None:
        """Return when the agency gets its daily list; None: it wants none."""
        entry = self.agencies.get(agency)
        return entry.digest_at if entry is not None else None


def rules_hash(text: str, agencies: str | None, holidays: Collection[date]) -> str:
    """Return the name of these rules: the same for the same three, and for nothing else."""
    whole = json.dumps([text, agencies, [day.isoformat() for day in sorted(holidays)]])
    return hashlib.sha256(whole.encode()).hexdigest()


def read_rules(
    text: str, agencies: str | None, file_name: str, previous: PathwayFile | None = None
) -> tuple[PathwayFile, AgenciesFile | None]:
    """Return the checked pathway and its agencies.

    Raises:
        RulesRefused: one of the texts has errors; all of them are told.
    """
    known: AgenciesFile | None = None
    if agencies is not None:
        known, problems = load_agencies(agencies, "agencies.yaml")
        errors = [str(problem) for problem in problems if problem.level == "error"]
        if known is None or errors:
            raise RulesRefused("agencies.yaml", errors)
    loaded = load_pathway(text, file_name, known, previous=previous)
    if loaded.file is None or loaded.errors:
        raise RulesRefused(file_name, [str(problem) for problem in loaded.errors])
    return loaded.file, loaded.agencies if loaded.agencies is not None else known


def ready(publication: Publication) -> Rules:
    """Return the published rules, ready to run.

    Raises:
        RulesRefused: this release reads less than the one that published them.
    """
    name = f"{publication.key}.yaml"
    file, agencies, problems = read_published(publication.text, publication.agencies, name)
    if file is None or (agencies is None and publication.agencies is not None):
        raise RulesRefused(name, [str(problem) for problem in problems])
    entries = agencies.agencies if agencies is not None else {}
    return Rules(publication.hash, build(file, agencies, publication.holidays), file.agencies or entries)
