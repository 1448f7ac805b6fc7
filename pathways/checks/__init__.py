"""The checks: whether the names in a file agree, and whether what it declares can work."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pathways.checks.subject import Subject
from pathways.declaration import AgenciesFile
from pathways.findings import Finding

PATHWAY_CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = ()
AGENCY_CHECKS: tuple[Callable[[AgenciesFile], Iterator[Finding]], ...] = ()

__all__ = ["check_agencies", "check_pathway"]


def check_pathway(subject: Subject) -> list[Finding]:
    """Return what is wrong with a pathway of the right form."""
    return [finding for check in PATHWAY_CHECKS for finding in check(subject)]


def check_agencies(agencies: AgenciesFile) -> list[Finding]:
    """Return what is wrong with a file of agencies of the right form."""
    return [finding for check in AGENCY_CHECKS for finding in check(agencies)]
