"""The year itself: the store's clock goes through it at an even pace, the real sweeps wake what falls due."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from benchmarks.soak.city import City
from benchmarks.soak.flatness import what_grew
from benchmarks.soak.receivers import Receivers
from benchmarks.soak.watching import Sight, Watch
from handrail import casework
from handrail.deliveries import next_delivery
from handrail.prefect_automations import ON_DUTY
from handrail.prefect_server import WORKER_CHILD
from handrail.running import Installation
from handrail.wiring import Store, open_store
from models.story_clock import StoryClock, lay_story_clock

TICK = timedelta(seconds=0.2)
LONGEST_STEP = timedelta(seconds=1)
LONGEST_STORY = timedelta(days=366)
TABLES = ("housing-blockages", "daily-tasking", "outcomes")
PATIENCE = 120.0  # seconds in which what is due at the end must be done
SENT = text("SELECT DISTINCT message FROM handrail.notices WHERE state = 'sent' AND case_id = ANY(:cases)")
LEFT = text("SELECT count(*) FROM handrail.notices WHERE state = 'waiting' AND send_at <= clock_timestamp()")
OPEN = text("SELECT count(*) FROM handrail.incidents WHERE closed_at IS NULL")
OURS = text(
    "SELECT c.id FROM handrail.cases AS c JOIN handrail.publications AS p ON p.hash = c.publication"
    " WHERE p.key = 'peep'"
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long the year takes, how many times over the city is there, and how often it is looked at.

    ``rate``: how many seconds of the story pass in one; ``share`` of the year that is told. ``longer``: how many times
    as long as planned a slow machine may take; then the rest of the year is left out, and that is told.
    """

    minutes: float
    copies: int = 1
    look_every: float = 60.0
    share: float = 1.0
    longer: float = 10.0

    @property
    def rate(self) -> float:
        return LONGEST_STORY.total_seconds() * self.share / (self.minutes * 60)


@dataclass(frozen=True)
class Verdict:
    """How it ended. ``wrong`` holds a sentence for each thing that should not be."""

    events: int
    cases: int
    messages: int
    doubled: int
    sights: list[Sight]
    wrong: list[str]


def live_through(installation: Installation, receivers: Receivers, plan: Plan, tell: Tell) -> Verdict:
    """Have the year lived through, and return what was seen and what is wrong. PEEP is in force, sweeps are on duty.

    The sweeps are relieved before and after, because what is opened under the story's clock ends with it.
    """
    city = City(installation.store, plan.copies)
    begin = city.story()[0][0] - timedelta(minutes=1)
    installation.supervisor.relieve(WORKER_CHILD)
    with lay_story_clock(installation.store.engine, begin) as clock:
        try:
            with open_store(installation.settings) as store:
                return _Year(installation, receivers, plan, tell, store, clock, begin).pass_by()
        finally:
            installation.supervisor.relieve(WORKER_CHILD)


@dataclass
class _Year:
    installation: Installation
    receivers: Receivers
    plan: Plan
    tell: Tell
    store: Store
    clock: StoryClock
    begin: datetime

    def pass_by(self) -> Verdict:
        city, watch = City(self.store, self.plan.copies), Watch(self.installation)
        self._put_on_duty()
        came_to = self._tell_all(city, watch)
        wrong = self._bring_to_rest()
        watch.look(came_to, self._now(), city.told)
        proof = casework.verify(self.store)
        if proof.wrong:
            first = [f"{found.reference}: {found.what}" for found in proof.mismatches[:3]]
            wrong.append(f"{proof.wrong} cases are not what their journal amounts to: {'; '.join(first)}")
        messages, doubled = self._messages(wrong)
        wrong += [f"{len(city.refused)} events were refused, such as {city.refused[0]}"] if city.refused else []
        wrong += what_grew(watch.seen)
        return Verdict(city.told, proof.cases, messages, doubled, watch.seen, wrong)

    def _put_on_duty(self) -> None:
        """Start the sweeps now; their schedules relieve them, as on any day."""
        before = {sign.sweep: sign.beats for sign in casework.signs_of_life(self.store)}
        sweeps = ("timed-follow-ups", "hand-offs", "deliver-notices")
        for sweep in sweeps:
            self.installation.client.start_run(sweep)
        deadline = time.monotonic() + PATIENCE
        while any(
            {sign.sweep: sign.beats for sign in casework.signs_of_life(self.store)}.get(sweep, 0)
            <= before.get(sweep, 0)
            for sweep in sweeps
        ):
            if time.monotonic() > deadline:
                message = "The sweeps did not go on duty. See their runs in Prefect, and the worker's log."
                raise TimeoutError(message)
            self._wait()

    def _wait(self) -> None:
        """Look after the servers for a tick.

        Raises:
            KeyboardInterrupt: somebody has asked to stop.
        """
        self.installation.supervisor.watch(TICK)
        if self.installation.supervisor.signals.is_asked:
            raise KeyboardInterrupt

    def _tell_all(self, city: City, watch: Watch) -> float:
        """Let the year pass, and return how many seconds it took."""
        story = deque(city.story())
        began = time.monotonic()
        next_look, next_tables, last, now, before = 0.0, 0.0, None, self.begin, 0.0
        end, longest = self.begin + LONGEST_STORY * self.plan.share, self.plan.minutes * 60 * self.plan.longer
        while now < end and (at := time.monotonic() - began) < longest:
            # A slow machine takes longer for the year: it is never asked for more at once than it can tell.
            now += min(timedelta(seconds=at - before), LONGEST_STEP) * self.plan.rate
            before = at
            while story and story[0][0] <= now:
                recorded_at, tell_it = story.popleft()
                self.clock.set_to(recorded_at)  # what an agency answers may be gone an hour later
                tell_it()
            self.clock.set_to(now)
            if at >= next_tables:
                for name in TABLES:
                    self.installation.client.start_run(name, {"turn_seconds": 0} if name in ON_DUTY else {})
                next_tables = at + 300
            if at >= next_look:
                sight = watch.look(at, now, city.told)
                self.tell(sight.line(last, self.plan.rate))
                last, next_look = sight, at + self.plan.look_every
            self._wait()
            self.installation.look_after_everything()
        if now < end:
            self.tell(f"This machine was too slow for the whole of it: it came to {now:%Y-%m-%d}.")
        return time.monotonic() - began

    def _now(self) -> datetime:
        return casework.database_now(self.store)

    def _bring_to_rest(self) -> list[str]:
        """Have everything that is due by the end of the story be done; return what was not."""
        deadline, now = time.monotonic() + PATIENCE, self._now()
        while time.monotonic() < deadline:
            waiting = (casework.next_due(self.store), next_delivery(self.store))
            if all(instant is None or instant > now for instant in waiting):
                return []
            self.clock.set_to(now)  # whoever is on duty looks again
            self._wait()
        return [f"Not everything that was due was done {PATIENCE:.0f} seconds after the end."]

    def _messages(self, wrong: list[str]) -> tuple[int, int]:
        """Compare what was sent with what came; return the messages, and how many came twice under their key."""
        with self.store.engine.connect() as connection:
            cases = list(connection.execute(OURS).scalars())
            sent = list(connection.execute(SENT, {"cases": cases}).scalars())
            left = connection.execute(LEFT).scalar_one()
            incidents = connection.execute(OPEN).scalar_one()
        came = [self.receivers.count_of(key) for key in sent]
        lost, doubled = came.count(0), sum(count > 1 for count in came)
        wrong += [] if sent else ["No message was sent at all."]
        wrong += [f"{lost} messages that count as sent never came."] if lost else []
        wrong += [f"{doubled} messages came more than once."] if doubled else []
        wrong += [f"{left} notices that are due have not left."] if left else []
        wrong += [f"{incidents} incidents are open."] if incidents else []
        return len(sent), doubled
