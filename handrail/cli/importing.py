"""``handrail import``: a log of dated events brought into the store, ending in the state that a replay ends in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.act_outcomes import newest_pathway
from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, counted, say, say_json
from handrail.cli.progress import progress
from handrail.cli.replaying import Refusals, warn_undeclared
from handrail.cli.store_access import opened_store
from handrail.cli.typed_values import typed_instant, typed_name

if TYPE_CHECKING:
    from handrail.imports import Brought
    from integrations.event_files import LogEvent
    from integrations.event_spool import Spool

EXAMPLE = "Example: handrail import events.csv --pathway peep --source old-system"


def import_(
    log: Annotated[Path, typer.Argument(help="CSV, JSON lines or XES, gzipped or not.")],
    pathway: Annotated[str, typer.Option("--pathway", help="The name of a published pathway.")],
    source: Annotated[str, typer.Option("--source", help="Where the log comes from, always the same name.")],
    until: Annotated[str | None, typer.Option("--until", help="Let time go on until then: 2026-03-21 09:00.")] = None,
    *,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Pass over events that the pathway does not know.")
    ] = False,
    notify: Annotated[bool, typer.Option("--notify", help="Tell agencies of what happened in the log.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a log of dated events into the store; again is harmless."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)
    from handrail.cli.log_lines import LogLines, SeenEvents  # noqa: PLC0415
    from integrations.event_files import BadLine, read_log  # noqa: PLC0415
    from integrations.event_spool import Spool  # noqa: PLC0415

    if not log.is_file():
        raise WrongUse(f"{log} cannot be opened: there is no such file. Give the path of a log.")
    source = typed_name(source, "--source")
    refusals = Refusals(log)
    with opened_store() as store, Spool() as spool:
        rules = newest_pathway(store, pathway)
        end = typed_instant(until, rules.zone, "--until")
        lines = LogLines(rules, ignore_unknown=ignore_unknown)
        with SeenEvents() as seen, progress("Reading the log") as advance:
            for line in lines.checked(read_log(log, rules.zone), seen):
                advance(1)
                if isinstance(line, BadLine):
                    refusals(line)
                elif end is None or (line.recorded_at or line.occurred_at) <= end:
                    spool.add(line)
        options = casework.ImportOptions(
            source, until=end or spool.last_instant, quiet=not notify, ignore_unknown=ignore_unknown
        )
        with progress("Bringing cases in") as advance:
            done = casework.import_events(
                store, pathway, _cases(spool, advance), options, lambda number, why: refusals(BadLine(number, why))
            )
    refusals.end()
    warn_undeclared(lines.undeclared)
    told = {
        "pathway": pathway,
        "source": source,
        "cases": done.cases,
        "new_cases": done.new_cases,
        "events": done.events,
        "repeated": done.repeated,
        "refused": refusals.count,
        "ignored": lines.ignored,
        "references": done.references,
    }
    if as_json:
        say_json(told)
    else:
        new, again = counted(done.new_cases, "new case"), counted(done.repeated, "event")
        say(f"{counted(done.events, 'event')} came in, {new}; {again} had been there before; {refusals.count} refused.")
    raise typer.Exit(1 if refusals.count else 0)


def _cases(spool: Spool, advance: object) -> Iterator[tuple[str, Iterator[Brought]]]:
    for name, events in spool.by_case():
        yield name, (as_brought(event) for event in events)
        if callable(advance):
            advance(1)


def as_brought(event: LogEvent) -> Brought:
    """Return a line of a log as an import takes it; a log names no officers."""
    from handrail.imports import Brought  # noqa: PLC0415 (the store takes time to import)

    return Brought(
        case=event.case,
        kind=event.event,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        agency=event.agency,
        fields=event.fields,
        external_id=event.external_id,
        number=event.number,
    )
