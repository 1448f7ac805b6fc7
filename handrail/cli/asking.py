"""``handrail case`` and ``handrail why``: where a case stands, how it came there, and what would move it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, say, say_json, table
from handrail.cli.store_access import opened_store

if TYPE_CHECKING:
    from datetime import datetime

    from handrail.reading import CaseView, Moment
    from pathways.case import Change, Event, Reason
    from pathways.explanations import Explanation, MoveExplained

CASE_EXAMPLE = "Example: handrail case K4T-W9M-P2R"
WHY_EXAMPLE = "Example: handrail why K4T-W9M-P2R --stage hostel"


def case(
    reference: Annotated[str | None, typer.Argument(help="The case; left out, cases are listed.")] = None,
    pathway: Annotated[str | None, typer.Option("--pathway", help="List only cases of this pathway.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="List only open or closed cases.")] = None,
    after: Annotated[str, typer.Option("--after", help="List cases behind this reference.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="List so many.")] = 100,
    seen_by: Annotated[
        str | None,
        typer.Option("--for", help="Leave out what this agency may not read. Without it, the coordinator reads."),
    ] = None,
    *,
    person: Annotated[bool, typer.Option("--person", help="Tell who it is about: personal data.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a case and its timeline, or list cases.

    Without --for it tells all that was recorded: that is for the coordinator.
    """
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        if reference is None:
            if person:
                raise WrongUse("--person belongs to one case. Give its reference.")
            if seen_by is not None:
                raise WrongUse("--for belongs to one case. Give its reference.")
            rows = casework.list_of_cases(store, pathway=pathway, status=status, after=after, limit=limit)
            _say_list([_plain(row) for row in rows], as_json=as_json)
            return
        seen, moments = casework.view(store, reference), casework.timeline(store, reference, seen_by)
        identity = casework.person_of(store, reference) if person else None
    told = _case_told(seen, moments)
    if person:
        born = identity.date_of_birth.isoformat() if identity and identity.date_of_birth else None
        told["person"] = {"names": list(identity.names), "date_of_birth": born} if identity else None
    if as_json:
        say_json(told)
    else:
        say("\n".join(_case_lines(told)))


def _plain(row: object) -> dict[str, Any]:
    names = getattr(type(row), "__dataclass_fields__", {})
    return {name: _value(getattr(row, name)) for name in names if name != "id"}


def _value(value: object) -> object:
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat is not None else value


def _say_list(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        say_json({"cases": rows})
    elif rows:
        say(table(tuple(rows[0]), [tuple(row.values()) for row in rows]))
    else:
        say("There is no such case.")


def _case_told(seen: CaseView, moments: list[Moment]) -> dict[str, Any]:
    from handrail.cli.change_text import change_line, change_told  # noqa: PLC0415 (takes time)

    zone, standing = seen.rules.pathway.zone, seen.case
    return {
        "reference": seen.reference,
        "pathway": seen.rules.pathway.key,
        "version": seen.rules.pathway.version,
        "status": standing.status,
        "opened_at": _local(standing.opened_at, zone),
        "wake_at": _local(standing.wake_at, zone),
        "tracks": {
            track: {"stage": visit.stage, "owner": visit.owner, "since": _local(visit.entered_at, zone)}
            | {"held": list(visit.held)}
            for track, visit in standing.tracks.items()
        },
        "work": [
            {"kind": work.kind, "name": work.name, "agency": work.agency, "state": work.state}
            | {"due_at": _local(work.due_at, zone), "overdue": work.overdue}
            for work in seen.work
            if work.kind != "track"
        ],
        "timeline": [
            {
                "at": _local(moment.at, zone),
                "events": [_event_told(event, moment, zone) for event in moment.events],
                "changes": [change_told(change, zone) for change in moment.changes],
                "lines": [change_line(change, zone) for change in moment.changes],
            }
            for moment in moments
        ],
    }


def _event_told(event: Event, moment: Moment, zone: ZoneInfo) -> dict[str, Any]:
    withheld = event.number in moment.withheld
    return {
        "number": event.number,
        "event": event.kind,
        "occurred_at": _local(event.occurred_at, zone),
        "agency": event.agency,
        "officer": event.officer,
        "fields": None if withheld else dict(event.fields),
        "withheld": withheld,
    }


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")


def _short(local: str | None) -> str:
    return (local or "").replace("T", " ")[:16]


def _case_lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['reference']} on {told['pathway']}, version {told['version']}: {told['status']}"
    if told.get("person"):
        yield f"About {', '.join(told['person']['names'])}, born {told['person']['date_of_birth'] or 'unknown'}"
    for track, visit in told["tracks"].items():
        held = f"; held back from {', '.join(visit['held'])}" if visit["held"] else ""
        yield f"  {track}: {visit['stage']}, owned by {visit['owner']} since {_short(visit['since'])}{held}"
    if told["work"]:
        rows = [
            (work["kind"].replace("_", "-"), work["name"], work["agency"], work["state"], _short(work["due_at"]))
            + (("late",) if work["overdue"] else ("",))
            for work in told["work"]
        ]
        yield f"\n{table(('open', 'name', 'agency', 'state', 'due', ''), rows)}"
    for moment in told["timeline"]:
        yield f"\n{_short(moment['at'])}"
        for event in moment["events"]:
            fields = "fields withheld" if event["withheld"] else _fields_line(event["fields"])
            said = " ".join(part for part in (event["agency"], event["officer"]) if part) or "nobody named"
            late = f" (of {_short(event['occurred_at'])})" if event["occurred_at"] != moment["at"] else ""
            yield f"  {event['number']}. {event['event']}{late} by {said}{f': {fields}' if fields else ''}"
        for line in moment["lines"]:
            yield f"     {line}"


def _fields_line(fields: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())


def why(
    reference: Annotated[str, typer.Argument(help="The case.")],
    stage: Annotated[str | None, typer.Option("--stage", help="Only the ways to this stage.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Explain why a case stands where it does, and what would move it."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        seen = casework.view(store, reference)
        known = {name for track in seen.rules.pathway.tracks.values() for name in track.stages}
        if stage is not None and stage not in known:
            raise WrongUse(f"There is no stage {stage!r}. Known: {', '.join(sorted(known))}.")
        found = casework.why(store, reference, stage)
        steps = casework.steps(store, reference)
    told = _why_told(seen, found, [step for step in steps if stage in {None, step.to}])
    if as_json:
        say_json(told)
    else:
        say("\n".join(_why_lines(told)))


def _why_told(seen: CaseView, found: Explanation, steps: list[Change]) -> dict[str, Any]:
    from handrail.cli.change_text import change_told  # noqa: PLC0415 (takes time)

    zone = seen.rules.pathway.zone
    return {
        "reference": seen.reference,
        "at": _local(found.at, zone),
        "changes_at": _local(found.changes_at, zone),
        "steps": [change_told(step, zone) | {"events": list(step.evidence)} for step in steps],
        "tracks": [
            {"track": one.track, "stage": one.stage, "owner": one.owner, "since": _local(one.since, zone)}
            | {"moves": [_move_told(move, zone) for move in one.moves]}
            for one in found.tracks
        ],
    }


def _move_told(move: MoveExplained, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "to": move.to,
        "rule": move.rule,
        "by_hand": move.by_hand,
        "asked": _reason_told(move.asked),
        "gate": _reason_told(move.gate) if move.gate is not None else None,
        "time_alone": _local(move.changes_at, zone),
    }


def _reason_told(reason: Reason) -> dict[str, Any]:
    return {
        "holds": reason.holds,
        "because": reason.sentence,
        "events": list(reason.evidence),
        "parts": [_reason_told(part) for part in reason.parts],
    }


def _why_lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['reference']}, as at {_short(told['at'])}"
    if told["steps"]:
        yield "\nhow it came here"
    for step in told["steps"]:
        yield f"  {_short(step['at'])}  {_step_words(step)}: {step['because']}{_events(step['events'])}"
    for one in told["tracks"]:
        yield f"\n{one['track']}: at {one['stage']} since {_short(one['since'])}, owned by {one['owner']}"
        for move in one["moves"]:
            yield f"  to {move['to']}{' (by hand)' if move['by_hand'] else ''}"
            yield from _reason_lines("asked for" if move["asked"]["holds"] else "not asked for", move["asked"], 4)
            if move["gate"] is not None:
                yield from _reason_lines("gate open" if move["gate"]["holds"] else "gate shut", move["gate"], 4)
            if move["time_alone"] is not None:
                yield f"    time alone may change this at {_short(move['time_alone'])}"


def _step_words(step: dict[str, Any]) -> str:
    if step["change"] in {"moved", "held"}:
        verb = "moved" if step["change"] == "moved" else "held back"
        return f"{step['track']} {verb}, {step['from']} -> {step['to']} (rule {step['rule']})"
    return str(step["change"]).replace("_", " ")


def _events(numbers: list[int]) -> str:
    return f" [events {', '.join(map(str, numbers))}]" if numbers else ""


def _reason_lines(lead: str, reason: dict[str, Any], depth: int) -> Iterator[str]:
    events = "" if reason["parts"] else _events(reason["events"])
    yield f"{' ' * depth}{lead}: {reason['because']}{events}"
    for part in reason["parts"]:
        yield from _reason_lines("yes" if part["holds"] else "no", part, depth + 4)
