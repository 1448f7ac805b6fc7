"""The checks: whether the names in a file agree, and whether what it declares can work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from pathways.checks import duties, evidence, gates, housing, loops, stages, timing, values, whole_file
from pathways.checks.agencies import agency_findings, lasting_agencies, own_agencies
from pathways.checks.references import unknown_names
from pathways.checks.scenarios import scenarios
from pathways.checks.subject import Subject
from pathways.declaration import AgenciesFile
from pathways.findings import MOST_FINDINGS, Finding

__all__ = ["check_agencies", "check_names", "check_pathway"]

_Check = Callable[[Subject], Iterator[Finding]]

_NAMES: tuple[_Check, ...] = (
    unknown_names,
    values.field_kinds,
    values.wanted_values,
    scenarios,
    evidence.built_in_names,
    housing.fit_reasons,
    timing.zone,
)
"""Checks that hold for each part of a file alone, so that they can be asked when other parts are broken."""

_WHOLE: tuple[_Check, ...] = (
    own_agencies,
    values.outcomes,
    stages.starts,
    stages.reachable,
    stages.dead_ends,
    stages.ways_back,
    stages.repeated_moves,
    loops.loops_without_wait,
    gates.approvals,
    gates.safeguarding,
    gates.locks,
    gates.referral_facts,
    gates.ranges,
    gates.accepted_elsewhere,
    duties.escalations,
    duties.step_order,
    duties.task_times,
    duties.follow_up_ends,
    duties.hand_off_ends,
    duties.hand_off_targets,
    evidence.recorders,
    evidence.unused,
    evidence.answerable,
    evidence.reasons,
    housing.visit_facts,
    housing.nights,
    housing.sayings,
    housing.shared_in_a_case,
    housing.symptoms,
    timing.working_clocks,
    timing.lengths,
    timing.early_answers,
    timing.measures,
    whole_file.version,
    whole_file.reserved_names,
    whole_file.given_twice,
    whole_file.shared_names,
    whole_file.one_name_one_duty,
    whole_file.silent_blockages,
    whole_file.unused_names,
    lasting_agencies,
)


def check_pathway(subject: Subject) -> list[Finding]:
    """Return what is wrong with a pathway of the right form."""
    return _first(finding for check in (*_NAMES, *_WHOLE) for finding in check(subject))


def check_names(subject: Subject) -> list[Finding]:
    """Return the names that are wrong in those parts of a pathway that are of the right form."""
    return _first(finding for check in _NAMES for finding in check(subject))


def check_agencies(agencies: AgenciesFile) -> list[Finding]:
    """Return what is wrong with a file of agencies of the right form."""
    return _first(agency_findings(agencies.agencies))


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """A file with more faults than anybody reads is not looked at any further."""
    return list(islice(findings, MOST_FINDINGS))
