"""What is recorded in a case when something happens to it and a place: the event that its pathway declares."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from handrail.errors import NotPossible
from handrail.event_fields import declared_fields
from handrail.recording import Said, Speaker, checked
from handrail.saving import Step
from handrail.steps import Saying, Scene, decided
from models import faults
from models.attempts import open_incident
from models.place_uses import Use
from pathways.case import Scalar
from pathways.chart import Pathway
from pathways.matching import Place
from pathways.place_charts import PlaceKindChart
from pathways.place_forms import Saying as SayingName

CASE_UNTOLD = "place_not_told"
"""The kind of an incident: something happened to a place, and its case could not be told."""


def chart_of(scene: Scene, kind: str) -> PlaceKindChart:
    """Return the kind of places as the case's own rules declare it.

    Raises:
        NotPossible: they know no such places.
    """
    found = scene.rules.pathway.places.get(kind)
    if found is None:
        pathway = scene.rules.pathway
        raise NotPossible(
            f"{scene.stored.reference} stands on version {pathway.version} of {pathway.key}, which knows no places of "
            f"the kind {kind!r}. Places of these kinds can be given: {', '.join(pathway.places) or 'none'}."
        )
    return found


def check_open(scene: Scene) -> None:
    """Make sure that somebody can be given a place in this case.

    Raises:
        NotPossible: the case is closed or silenced.
    """
    if scene.case.status != "open" or scene.case.silenced:
        raise NotPossible(
            f"{scene.stored.reference} is closed: nobody is given a place in it. Refer the person again first."
        )


def sayings(
    scene: Scene,
    what: SayingName,
    place: Place | Use | None,
    speaker: Speaker,
    reason: str | None = None,
    *,
    kind: str,
) -> list[Saying]:
    """Return what the pathway has recorded when ``what`` happens: one event, or none.

    The place's provider records it, or ``speaker`` where there is no place; the officer is the speaker's in any case.
    A coded reason goes into the field of the list that it stands in, the project into a text field of that name.

    Raises:
        NotYours, FieldsRefused: the pathway lets nobody record its own event like this.
    """
    said = chart_of(scene, kind).says.get(what)
    if said is None:
        return []
    project = place.project if place is not None else None
    fields = _with_reason(scene.rules.pathway, said.event, said.fields, reason, project)
    agency = place.provider if place is not None else speaker.agency
    return [checked(scene, Said(said.event, fields, Speaker(agency, speaker.officer)))]


def step_or_incident(connection: Connection, scene: Scene, said: Sequence[Saying]) -> Step | None:
    """Return what ``said`` makes of one case among many; None: it could not be told, and an incident tells of that."""
    try:
        return decided(scene, said)
    except (psycopg.Error, SQLAlchemyError):
        raise
    except Exception as error:  # noqa: BLE001 - one case that cannot be told must not keep a bed from all others
        tell_incident(connection, scene, error)
        return None


def tell_incident(connection: Connection, scene: Scene, error: Exception) -> None:
    """Have an incident tell that the case does not know what happened to its place."""
    details = "".join(traceback.format_exception(error))
    number = faults.record(connection, "places", type(error).__name__, details)
    sentence = f"The case was not told what happened to its place ({type(error).__name__}, recorded as fault {number})."
    open_incident(connection, CASE_UNTOLD, scene.stored.reference, None, sentence)


def _with_reason(
    pathway: Pathway, event: str, given: Mapping[str, Scalar], reason: str | None, project: str | None
) -> dict[str, object]:
    fields: dict[str, object] = dict(given)
    lists = pathway.declaration.reasons
    for name, holds in declared_fields(pathway, event).items():
        if name in fields or not isinstance(holds, str):
            continue
        if reason is not None and reason in lists.get(holds, ()):
            fields[name] = reason
        elif name == "project" and holds == "text" and project is not None:
            fields[name] = project
    return fields
