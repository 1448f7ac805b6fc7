"""Disclosure: which events' fields an agency may read, as the pathway declares it with ``restricted``."""

from __future__ import annotations

from datetime import datetime

from handrail.errors import NotFound
from pathways.chart import Pathway

WITHHELD = "fields withheld"
"""What stands in the place of a sentence that the asker may not read."""


def withheld_kinds(pathway: Pathway, agency: str, at: datetime) -> frozenset[str]:
    """Return the kinds of event whose fields ``agency`` may not read at ``at``.

    The fields of a restricted kind are for those who may record it, those it is shown to, and the coordinator;
    and for who has succeeded one of them by then.

    Raises:
        NotFound: the pathway knows no such agency.
    """
    if agency not in pathway.agencies:
        known = ", ".join(sorted(pathway.agencies))
        raise NotFound(f"There is no agency {agency!r} on this case's pathway. Known: {known}.")
    return frozenset(
        name
        for name, kind in pathway.declaration.events.items()
        if kind.restricted and not _is_one_of(pathway, agency, (*kind.by, *kind.shown_to, pathway.coordinator), at)
    )


def _is_one_of(pathway: Pathway, agency: str, named: tuple[str, ...], at: datetime) -> bool:
    return agency in named or agency in {pathway.serving(each, at) for each in named}
