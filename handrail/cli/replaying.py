"""``handrail replay``: a log of dated events run through a pathway, with the clock driven by the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import FoundWrong, WrongUse
from handrail.cli.output import AsJson, counted, say, say_json, table, tell
from handrail.cli.pathway_files import AGENCIES, AgenciesOption, ReadPathway, read_pathway
from handrail.cli.typed_values import typed_instant

if TYPE_CHECKING:
    from handrail.cli.replay_run import Replayed
    from integrations.event_files import BadLine
    from pathways.chart import Pathway

EXAMPLE = "Example: handrail replay events.csv --pathway pathways/peep.yaml --changes changes.jsonl"
MOST_REFUSALS = 100
"""How many refused lines are told one by one."""


def replay(
    log: Annotated[Path, typer.Argument(help="CSV, JSON lines or XES, gzipped or not.")],
    pathway: Annotated[Path, typer.Option("--pathway", help="A pathway file; it need not be published.")],
    until: Annotated[str | None, typer.Option(help="Let time go on (or end) there: 2026-03-21 09:00.")] = None,
    changes: Annotated[Path | None, typer.Option(help="Write every change into this file, one JSON a line.")] = None,
    agencies: AgenciesOption = None,
    *,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Pass over events that the pathway does not know.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a log of dated events through a pathway, in memory."""
    from handrail.cli.checking import built  # noqa: PLC0415 (what runs a pathway takes time to import)
    from handrail.cli.replay_run import Order  # noqa: PLC0415
    from handrail.cli.replay_run import replay as run  # noqa: PLC0415

    if not log.is_file():
        raise WrongUse(f"{log} cannot be opened: there is no such file. Give the path of a log.")
    read = read_pathway(pathway, agencies)
    _must_run(read)
    _must_be_writable(changes, (log, pathway, read.path.with_name(AGENCIES), agencies))
    ready = built(read)
    refusals = Refusals(log)
    found = run(Order(log, ready, typed_instant(until, ready.zone, "--until"), changes, ignore_unknown), refusals)
    refusals.end()
    warn_undeclared(found.undeclared)
    if found.later:
        tell(f"{counted(found.later, 'event')} recorded after --until did not happen.")
    if as_json:
        say_json(_told(ready, found))
    else:
        _say(ready, found)
    raise typer.Exit(1 if found.refused else 0)


def _must_run(read: ReadPathway) -> None:
    if read.file is not None and not read.errors:
        return
    for problem in read.errors:
        tell(str(problem))
    if not read.errors:
        raise WrongUse(f"{read.path} holds agencies only. Give the file of a pathway.")
    raise FoundWrong(f"Nothing was replayed: {read.path} has {counted(len(read.errors), 'error')}. Mend them first.")


def _must_be_writable(target: Path | None, sources: Sequence[Path | None]) -> None:
    """Refuse what would fail when all is done, or write over what was read."""
    if target is None:
        return
    if target.is_dir() or any(source is not None and _is_same(target, source) for source in sources):
        found = "it is a folder" if target.is_dir() else "it is what is read"
        raise WrongUse(f"{target} cannot be written: {found}. Give another path.")
    if not target.parent.is_dir():
        raise WrongUse(
            f"{target} cannot be written: there is no folder {target.parent}. Make it, or give another path."
        )


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


class Refusals:
    """Tells refused lines by their number, and after many of them only how many there are."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.count = 0

    def __call__(self, line: BadLine) -> None:
        self.count += 1
        if self.count <= MOST_REFUSALS:
            tell(f"{self._log}:{line.number}: {line.message}")

    def end(self) -> None:
        if self.count > MOST_REFUSALS:
            tell(f"{self._log}: and {counted(self.count - MOST_REFUSALS, 'refused line')} more.")


def warn_undeclared(undeclared: Mapping[tuple[str, str], int]) -> None:
    """Tell once for each event and field how often the field was left out."""
    for (event, name), times in sorted(undeclared.items()):
        tell(f"The field {name!r} is not declared for {event!r}: it was left out of {counted(times, 'event')}.")


def _told(pathway: Pathway, found: Replayed) -> dict[str, Any]:
    tracks = {track: list(chart.stages) for track, chart in pathway.tracks.items()}
    rate = found.tally.events / found.seconds if found.seconds else 0.0
    return {
        "pathway": pathway.key,
        "version": pathway.version,
        "cases": found.tally.cases,
        "events": found.tally.events,
        "refused": found.refused,
        "ignored": found.ignored,
        "later": found.later,
        "until": found.end.astimezone(pathway.zone).isoformat() if found.end is not None else None,
        **found.tally.told(tracks),
        "seconds": round(found.seconds, 3),
        "events_per_second": round(rate),
    }


def _say(pathway: Pathway, found: Replayed) -> None:
    told = _told(pathway, found)
    say(f"{pathway.title}, version {pathway.version}")
    counts = [counted(told["cases"], "case"), counted(told["events"], "event"), f"{told['refused']:,} refused"]
    say(f"{', '.join(counts)}; the clock ends at {told['until'] or 'nothing'}.")
    moves = [(track, *move.split(" -> "), n) for track, all_ in told["moves"].items() for move, n in all_.items()]
    people = [(track, stage, n) for track, stages in told["stages"].items() for stage, n in stages.items()]
    subjects = ("tasks", "follow_ups", "hand_offs", "blockages")
    states = [(subject.replace("_", "-"), state, n) for subject in subjects for state, n in told[subject].items()]
    for columns, rows in (
        (("track", "stage", "people"), people),
        (("track", "from", "to", "moves"), moves),
        (("what", "state", "count"), states),
    ):
        if rows:
            say(f"\n{table(columns, rows)}")
    say(f"\n{told['seconds']:.2f} s, {told['events_per_second']:,} events a second.")
