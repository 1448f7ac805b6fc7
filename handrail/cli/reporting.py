"""``handrail report``: tables of what the programme has to do, what stands in its way, and what it has reached."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.incident_report import LARGEST_NUMBER, asked_act, do_act, incident_rows
from handrail.cli.outcome_report import asked_for, say_outcomes
from handrail.cli.output import AsJson, say, say_json, table
from handrail.cli.store_access import opened_store

if TYPE_CHECKING:
    from handrail.wiring import Store

EXAMPLE = "Example: handrail report outcomes --as-at 2018-06-30 --suppress-below 5"


class Report(StrEnum):
    OUTCOMES = "outcomes"
    STAGES = "stages"
    TASKING = "tasking"
    BLOCKAGES = "blockages"
    REVIEWS = "reviews"
    INCIDENTS = "incidents"


class BlockageKind(StrEnum):
    PERSON = "person"
    SERVICE = "service"
    STEP = "step"
    RULE = "rule"


Rows = list[dict[str, Any]]


def report(
    what: Annotated[Report, typer.Argument(help="Which table.")],
    agency: Annotated[str | None, typer.Option("--agency", help="Only what this agency owns.")] = None,
    kind: Annotated[BlockageKind | None, typer.Option("--kind", help="Blockages: of this kind only.")] = None,
    pathway: Annotated[str | None, typer.Option("--pathway", help="Outcomes: of this pathway only.")] = None,
    as_at: Annotated[str | None, typer.Option("--as-at", help="Outcomes: the last day looked at.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="Outcomes: a window of your own, with --to.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Outcomes: the last day of that window.")] = None,
    below: Annotated[
        int | None, typer.Option("--suppress-below", min=2, help="Outcomes: hold back figures under this one.")
    ] = None,
    send_again: Annotated[
        int | None,
        typer.Option(
            "--send-again", min=1, max=LARGEST_NUMBER, help="Incidents: send what this one could not deliver."
        ),
    ] = None,
    settle: Annotated[
        int | None,
        typer.Option("--settle", min=1, max=LARGEST_NUMBER, help="Incidents: close this one, with --officer."),
    ] = None,
    officer: Annotated[str | None, typer.Option("--officer", help="Incidents: who settles it.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print a table of the whole programme; of incidents, also send one again or settle it."""
    if kind is not None and what is not Report.BLOCKAGES:
        raise WrongUse(f"--kind is for blockages only. Leave it out of {what}.")
    _must_fit(what, agency, {"--pathway": pathway, "--as-at": as_at, "--from": first, "--to": last}, below)
    act = asked_act(send_again, settle, officer)
    if act is not None:
        if what is not Report.INCIDENTS or agency is not None:
            raise WrongUse("--send-again and --settle are for incidents only, one by its number. Leave the rest out.")
        with opened_store() as store:
            do_act(store, act, as_json=as_json)
        return
    if what is Report.OUTCOMES:
        asked = asked_for(pathway, as_at, (first, last), below)
        with opened_store() as store:
            say_outcomes(store, asked, as_json=as_json)
        return
    with opened_store() as store:
        rows = READERS[what](store)
    if kind is not None:
        rows = [row for row in rows if row["kind"] == kind.value]
    if agency is not None:
        rows = [row for row in rows if agency in {row.get("agency"), row.get("owner")}]
    if as_json:
        say_json({"report": what.value, "rows": rows})
    elif rows:
        say(table([name.replace("_", " ") for name in rows[0]], [tuple(row.values()) for row in rows]))
    else:
        say("There is nothing to tell.")


def _must_fit(what: Report, agency: str | None, given: dict[str, str | None], below: int | None) -> None:
    """Refuse an option that this table has no use for, instead of leaving it unheard."""
    for_outcomes = [option for option, value in given.items() if value is not None]
    if below is not None:
        for_outcomes.append("--suppress-below")
    if what is not Report.OUTCOMES and for_outcomes:
        raise WrongUse(f"{for_outcomes[0]} is for outcomes only. Leave it out of {what}.")
    if agency is not None and what not in {Report.TASKING, Report.BLOCKAGES, Report.INCIDENTS}:
        raise WrongUse(f"--agency is for tasking, blockages and incidents only. Leave it out of {what}.")


def _stages(store: Store) -> Rows:
    from handrail.casework import people_per_stage  # noqa: PLC0415 (the store takes time to import)

    names = ("pathway", "track", "stage", "people")
    return [dict(zip(names, row, strict=True)) for row in people_per_stage(store)]


def _tasking(store: Store) -> Rows:
    from handrail.casework import open_work_of  # noqa: PLC0415 (the store takes time to import)

    kinds: Sequence[Any] = ("task", "follow_up", "hand_off", "blockage")
    return [
        {
            "agency": one.work.agency,
            "reference": one.reference,
            "kind": one.work.kind,
            "name": one.work.name,
            "state": one.work.state,
            "due_at": one.work.due_at.isoformat(timespec="minutes") if one.work.due_at else None,
            "late": "late" if one.work.overdue else "",
        }
        for one in open_work_of(store, kinds=kinds)
    ]


def _blockages(store: Store) -> Rows:
    from handrail.casework import survey_blockages  # noqa: PLC0415 (the store takes time to import)

    return [
        {
            "reference": one.reference,
            "kind": one.kind,
            "blockage": one.title,
            "subject": one.subject or None,
            "reason": one.reason,
            "theme": one.theme,
            "attributable_to": one.attributable_to,
            "owner": one.owner,
            "since": one.opened_at.isoformat(timespec="minutes"),
            "days": one.days,
            "person_days": round(one.person_days, 1),
            "level": one.level,
            "disputed": "disputed" if one.disputed else "",
            "due_on": one.due_on.isoformat() if one.due_on is not None else None,
        }
        for one in survey_blockages(store).blockages
    ]


def _reviews(store: Store) -> Rows:
    from handrail.casework import open_reviews  # noqa: PLC0415 (the store takes time to import)

    return [
        {name: str(getattr(one, name)) for name in type(one).__dataclass_fields__ if name != "case_id"}
        for one in open_reviews(store)
    ]


READERS = {
    Report.STAGES: _stages,
    Report.TASKING: _tasking,
    Report.BLOCKAGES: _blockages,
    Report.REVIEWS: _reviews,
    Report.INCIDENTS: incident_rows,
}
