"""The demonstration: a programme that runs before your eyes, with every deployment at work at least once.

Person A's story is told through the real flows, on a clock that the story sets. The rest of the published year is
imported. Cases in trouble today are then found, chased and told about by the same flows, on the clock of today.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handrail.casework import signs_of_life
from handrail.prefect_automations import ON_DUTY, SWEEPS
from handrail.prefect_client import PrefectClient, Run
from handrail.running import Installation, Report
from handrail.sample_loading import (
    Loaded,
    begin_of_person_a,
    come_tonight,
    find_person_a,
    load_live_cases,
    load_places,
    load_published_year,
    publish_sample,
    story_of_person_a,
)
from handrail.story import tell_story
from handrail.summary import Table, summary
from handrail.wiring import open_store
from models.story_clock import lay_story_clock

WORKER = "Prefect worker"
WAKING = ("timed-follow-ups", "hand-offs")
TELLING_OF_IT = ("deliver-notices", "housing-blockages", "daily-tasking", "outcomes")
A_WHILE = timedelta(minutes=4)
TELLING = 900  # seconds; longer than any story takes
GLANCE = 0.3  # seconds


class DemonstrationFailed(Exception):
    """A part of it did not do what it should."""


@dataclass(frozen=True)
class Shown:
    """What there is to see: ``person_a`` is the reference of his case."""

    person_a: str
    tables: Sequence[Table]


def demonstrate(installation: Installation) -> Shown:
    """Have the sample in the store and every deployment run once, and return what there is to see.

    Raises:
        DemonstrationFailed: a run of a deployment did not complete.
        NobodyOnDuty: the sweeps did not take what fell due.
    """
    # No run but ours, for the story has a clock of its own. Cut off in the middle, it goes on at the next start;
    # until then the schedules rest, lest a run of today find his case of 2017 nine years late.
    installation.client.pause(paused=True)
    installation.supervisor.relieve(WORKER)
    publish_sample(installation.store)
    year = load_published_year(installation.store)
    if year.new:
        installation.report(f"Imported the published year: {year.cases} people, {year.events:,} events.")
    _tell_person_a(installation)
    try:
        return _show_today(installation, year)
    finally:
        installation.client.pause(paused=False)


def _show_today(installation: Installation, year: Loaded) -> Shown:
    store, report = installation.store, installation.report
    if places := load_places(store):
        report(f"Brought in {places} places of five projects, as full as they are today.")
    live = load_live_cases(store)
    if live.new:
        report(f"Imported {live.cases} cases that are in trouble today.")
    else:
        report(f"The data of an earlier start is here: {year.cases + 1 + live.cases} cases. Going on with it.")
    runs = _run_everything(installation)
    person_a, _ = find_person_a(store)
    return Shown(person_a or "", [_runs_table(installation.client, runs), *summary(store)])


def _tell_person_a(installation: Installation) -> None:
    """Have his story told while the three sweeps are on duty."""
    _, ended = find_person_a(installation.store)
    if ended:
        return
    with lay_story_clock(installation.store.engine, begin_of_person_a()) as clock:
        try:
            with open_store(installation.settings) as store:
                _put_on_duty(installation)
                story = story_of_person_a(store)
                installation.report(f"Telling Person A's story of {len(story)} events; the real flows wake his case.")
                tell_story(store, clock, story, _Calendar(installation.report).turn_to)
        finally:
            installation.supervisor.relieve(WORKER)
    installation.store.engine.dispose()  # whatever was opened under the story's clock


@dataclass
class _Calendar:
    """Tells of each month once."""

    report: Report
    page: str = ""

    def turn_to(self, at: datetime) -> None:
        """Tell that the story has come to ``at``."""
        if (page := f"{at:%B %Y}") != self.page:
            self.page = page
            self.report(f"Person A: {page}.")


def _put_on_duty(installation: Installation) -> None:
    """Start the sweeps and wait until each has shown a sign of life."""
    before = _beats(installation)
    runs = [installation.client.start_run(sweep, {"turn_seconds": TELLING}) for sweep in SWEEPS]
    installation.report(f"Putting {len(runs)} sweeps on duty (about 15 seconds).")
    deadline = time.monotonic() + A_WHILE.total_seconds()
    while any(_beats(installation).get(sweep, 0) <= before.get(sweep, 0) for sweep in SWEEPS):
        ended = [run for run in runs if installation.client.find_run(run.run_id).has_ended]
        if ended or time.monotonic() > deadline:
            raise DemonstrationFailed("The sweeps did not go on duty. See their runs in Prefect, and the worker's log.")
        time.sleep(GLANCE)


def _beats(installation: Installation) -> dict[str, int]:
    return {sign.sweep: sign.beats for sign in signs_of_life(installation.store)}


def _run_everything(installation: Installation) -> list[Run]:
    """Have every deployment run once: first what wakes the cases that are due, then what tells of it."""
    ended: list[Run] = []
    for names in (WAKING, TELLING_OF_IT):
        if names is TELLING_OF_IT:
            come_tonight(installation.store)
        installation.report(f"Running {', '.join(names)} (about 15 seconds).")
        runs = [_start(installation, name) for name in names]
        states = installation.client.await_runs(runs, A_WHILE, ended.append)
        if set(states) != {"COMPLETED"}:
            told = ", ".join(f"{number} {state.lower()}" for state, number in states.items())
            raise DemonstrationFailed(f"Not every run of {', '.join(names)} completed: {told}. See them in Prefect.")
    return ended


def _start(installation: Installation, name: str) -> Run:
    """Have the deployment run now; a sweep does what is due and goes."""
    return installation.client.start_run(name, {"turn_seconds": 0} if name in ON_DUTY else {})


def _runs_table(client: PrefectClient, runs: Sequence[Run]) -> Table:
    names = {each.deployment_id: each.name for each in client.list_deployments()}
    rows = [(names.get(run.deployment_id or "", ""), run.name, run.state.lower()) for run in runs]
    return Table("Runs of the deployments", ("deployment", "what it did", "state"), tuple(rows))
