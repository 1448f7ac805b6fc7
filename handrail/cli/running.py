"""``handrail up`` and ``handrail demo``: a whole Handrail on this machine, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.output import AsJson, say, say_json, table, tell

if TYPE_CHECKING:
    from handrail.demonstration import Shown
    from handrail.running import Installation
    from handrail.settings import Settings

UP_EXAMPLE = "Example: handrail up --state /srv/handrail --port 4200"
DEMO_EXAMPLE = "Example: handrail demo --stop --state demo-state"
INTERRUPTED = 130
StateOption = Annotated[
    Path | None, typer.Option("--state", help="The folder of all that is kept; left out, HANDRAIL_STATE or .handrail.")
]
PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Where Prefect's pages are; 0 takes a free port.")
]


def up(state: StateOption = None, port: PortOption = None, *, as_json: AsJson = False) -> None:
    """Run everything on this machine: PostgreSQL if none is named, Prefect, a worker, all deployments."""
    from handrail.prefect_running import begin_duty  # noqa: PLC0415 (takes time to import)
    from handrail.running import running  # noqa: PLC0415

    report = _report()
    try:
        with running(_settings(state, port), report) as installation:
            begin_duty(installation.client)
            if as_json:
                say_json({"addresses": _addresses(installation)})
            else:
                _say_addresses(installation)
            if resting := [each.name for each in installation.client.list_deployments() if each.paused]:
                tell(f"Paused in Prefect, so that no schedule starts them: {', '.join(resting)}.")
            tell("Handrail is up. Ctrl-C stops everything that it started.")
            installation.stay_up()
    except KeyboardInterrupt:
        _interrupted()


def demo(
    state: StateOption = None,
    port: PortOption = None,
    *,
    stop: Annotated[bool, typer.Option("--stop", help="End when all has been shown, instead of staying up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a whole programme at work: PEEP with its sample people, every deployment run for real."""
    from handrail.demonstration import demonstrate  # noqa: PLC0415 (takes time to import)
    from handrail.running import running  # noqa: PLC0415

    report = _report()
    try:
        with running(_settings(state, port), report) as installation:
            _show(demonstrate(installation), installation, as_json=as_json)
            if not stop:
                tell("The demonstration stays up. Ctrl-C stops everything that it started.")
                installation.stay_up()
    except KeyboardInterrupt:
        _interrupted()


def _settings(state: Path | None, port: int | None) -> Settings:
    from handrail.settings import Settings  # noqa: PLC0415 (takes time to import)

    given = {"state": state, "prefect_port": port}
    return Settings().model_copy(update={name: value for name, value in given.items() if value is not None})


def _report() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda sentence: tell(f"[{time.monotonic() - began:4.0f} s] {sentence}")


def _show(shown: Shown, installation: Installation, *, as_json: bool) -> None:
    if as_json:
        told = {each.title: each.told() for each in shown.tables}
        say_json({"person_a": shown.person_a, "addresses": _addresses(installation), "tables": told})
        return
    for each in shown.tables:
        say(f"\n{each.title}")
        say(table(each.columns, each.rows) if each.rows else "none")
    say(f"\nPerson A's case is {shown.person_a}.")
    _say_addresses(installation)


def _say_addresses(installation: Installation) -> None:
    for what, where in _addresses(installation).items():
        say(f"{what}: {where}")


def _addresses(installation: Installation) -> dict[str, str]:
    ui = installation.place.ui_url
    return {
        "Prefect": ui,
        "Deployments": f"{ui}/deployments",
        "Runs": f"{ui}/runs",
        "Tables": f"{ui}/artifacts",
        "Notices": str(installation.settings.outbox_folder),
        "State": str(installation.settings.state),
    }


def _interrupted() -> None:
    tell("Stopped.")
    raise typer.Exit(INTERRUPTED)
