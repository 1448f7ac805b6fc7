"""The verbs put together. What a verb needs is imported when it runs, so that help comes at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from handrail.cli import (
    acts,
    asking,
    beds,
    blockage_acts,
    checking,
    deploying,
    importing,
    keeping,
    opening,
    places,
    replaying,
    reporting,
    running,
    showing,
    tonight,
    whatif,
)
from handrail.cli.faults import INTERRUPTED, report

app = typer.Typer(
    name="handrail",
    help="Moves people in a multi-agency programme along the pathway that a coordinator declared.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every verb takes --help and --json. Status: 0 done, 1 found something wrong, 2 wrong use.",
)
app.command("demo", epilog=running.DEMO_EXAMPLE)(running.demo)
app.command("up", epilog=running.UP_EXAMPLE)(running.up)
app.command("deploy", epilog=deploying.EXAMPLE)(deploying.deploy)
app.command("check", epilog=checking.EXAMPLE)(checking.check)
app.command("show", epilog=showing.EXAMPLE)(showing.show)
app.command("publish", epilog=opening.PUBLISH_EXAMPLE)(opening.publish)
app.command("refer", epilog=opening.REFER_EXAMPLE)(opening.refer)
app.command("record", epilog=acts.RECORD_EXAMPLE)(acts.record)
app.command("answer", epilog=acts.ANSWER_EXAMPLE)(acts.answer)
app.command("case", epilog=asking.CASE_EXAMPLE)(asking.case)
app.command("why", epilog=asking.WHY_EXAMPLE)(asking.why)
app.command("import", epilog=importing.EXAMPLE)(importing.import_)
app.command("replay", epilog=replaying.EXAMPLE)(replaying.replay)
app.command("verify", epilog=keeping.VERIFY_EXAMPLE)(keeping.verify)
app.command("report", epilog=reporting.EXAMPLE)(reporting.report)
app.add_typer(blockage_acts.blockage)
app.command("tonight", epilog=tonight.TONIGHT_EXAMPLE)(tonight.tonight)
app.command("match", epilog=tonight.MATCH_EXAMPLE)(tonight.match)
app.add_typer(beds.beds)
app.command("whatif", epilog=whatif.EXAMPLE)(whatif.whatif)
app.add_typer(keeping.database)
app.add_typer(places.places)


def _version(wanted: bool) -> None:  # noqa: FBT001 (typer calls it like this)
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (only when asked)

        typer.echo(version("handrail"))
        raise typer.Exit


@app.callback()
def _top(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Hold the options that stand before the verb."""


def main() -> None:
    """Run the command of this process and leave with its status."""
    _open_streams()
    try:
        status = app(prog_name="handrail", standalone_mode=False)
        sys.stdout.flush()  # what cannot be written is told now; at Python's own end it would be a status of its own
    except KeyboardInterrupt:  # before the verb began: it takes its own
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:  # noqa: BLE001 (the outermost place: nobody is to see a traceback)
        raise SystemExit(report(error, as_json="--json" in sys.argv)) from None
    raise SystemExit(status or 0)


def _open_streams() -> None:
    """Have something to speak into: a stream that the caller closed goes nowhere, and no sign is too odd to print."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (open to the end)
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
