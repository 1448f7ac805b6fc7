"""``handrail verify`` and ``handrail db``: the store proved, and its tables looked after."""

from __future__ import annotations

from typing import Any

import typer

from handrail.cli.output import AsJson, counted, say, say_json, table
from handrail.cli.progress import progress
from handrail.cli.store_access import opened_store

VERIFY_EXAMPLE = "Example: handrail verify --json"
UPGRADE_EXAMPLE = "Example: handrail db upgrade"
STATUS_EXAMPLE = "Example: handrail db status"

database = typer.Typer(
    name="db", help="Look after the case store's tables.", no_args_is_help=True, rich_markup_mode=None
)


def verify(*, as_json: AsJson = False) -> None:
    """Prove that every case is what its journal amounts to."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store, progress("Proving cases") as advance:
        found = casework.verify(store, _steps(advance))
    told = {
        "cases": found.cases,
        "events": found.events,
        "changes": found.changes,
        "wrong": found.wrong,
        "mismatches": [{"reference": one.reference, "what": one.what} for one in found.mismatches],
    }
    if as_json:
        say_json(told)
    else:
        for one in found.mismatches:
            say(f"{one.reference}: {one.what}")
        proved = f"{counted(found.cases, 'case')}, {counted(found.events, 'event')}"
        wrong = f"{counted(found.wrong, 'case is', 'cases are')} not what the journal amounts to"
        say(f"{proved}: {wrong if found.wrong else 'every state is what its journal amounts to'}.")
    raise typer.Exit(1 if found.wrong else 0)


def _steps(advance: Any) -> Any:
    """Return what turns a running total into steps."""
    before = 0

    def total(cases: int) -> None:
        nonlocal before
        advance(cases - before)
        before = cases

    return total


@database.command("upgrade", epilog=UPGRADE_EXAMPLE)
def upgrade(*, as_json: AsJson = False) -> None:
    """Bring the tables to the form that this release needs."""
    from models import migrations  # noqa: PLC0415 (the store takes time to import)

    with opened_store(check_tables=False) as store:
        before = migrations.current(store.engine)
        after = migrations.upgrade(store.engine)
    if as_json:
        say_json({"before": before, "after": after})
    elif before == after:
        say(f"The tables are of form {after} already.")
    else:
        say(f"The tables were brought from {before or 'nothing'} to form {after}.")


@database.command("status", epilog=STATUS_EXAMPLE)
def status(*, as_json: AsJson = False) -> None:
    """Tell whether the store answers, the form of its tables, and which sweeps are alive."""
    from models import heartbeats, migrations  # noqa: PLC0415 (the store takes time to import)

    with opened_store(check_tables=False) as store:
        form, needed = migrations.current(store.engine), migrations.newest()
        beats = []
        if form == needed:
            with store.engine.connect() as connection:
                beats = heartbeats.list_heartbeats(connection)
    sweeps = [{"sweep": one.sweep, "at": one.at.isoformat(), "beats": one.beats} for one in beats]
    if as_json:
        say_json({"form": form, "needed": needed, "sweeps": sweeps})
    else:
        say(f"The store answers. Its tables are of form {form or 'none'}; this release needs {needed}.")
        if sweeps:
            say(table(("sweep", "last seen", "beats"), [tuple(one.values()) for one in sweeps]))
    raise typer.Exit(0 if form == needed else 1)
