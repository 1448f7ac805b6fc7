"""An evening at the door: one night held fast, the cases of who came, and what each of them becomes.

Acts of one night come one after the other: the night is held first, then cases in the order of their ids, then
places. Whoever keeps to that order never waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from handrail.errors import CaseworkError, NotYours, Refused
from handrail.housing.kinds import KnownKind
from handrail.housing.saying import sayings, step_or_incident, tell_incident
from handrail.recording import Speaker
from handrail.saving import Step, save_steps
from handrail.steps import Saying, Scene, decided, scene_of
from handrail.wiring import Store
from models import nights
from models.cases import lock_cases
from models.database import raw
from models.nights import Arrival, NewArrival, Night
from models.place_uses import (
    NewUse,
    Use,
    find_persons,
    list_uses_of_night,
    start_uses,
)
from models.places_in_service import list_free, list_in_service, lock_kind
from pathways.blockage_forms import Attribution
from pathways.matching import Needs, Place, Waiter, allocate, misfits, needs_of
from pathways.place_forms import Saying as SayingName

State = Literal["allocated", "waiting", "refused", "missed"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of somebody. ``reference`` of None: nobody known here. ``until`` is when the night is over."""

    reference: str | None
    state: State
    where: str | None = None
    until: datetime | None = None
    reason: str | None = None
    attributable_to: Attribution | None = None
    """Whose doing a refusal is; what is the system's or the provider's is never the person's own refusal."""
    agency: str = ""
    repeated: bool = False


@dataclass(eq=False)
class Evening:
    """The night at hand with all that is known of it; what it comes to is written by ``save``."""

    store: Store
    connection: Connection
    known: KnownKind
    night: Night
    scenes: dict[int, Scene] = field(default_factory=dict)
    said: dict[int, list[Saying]] = field(default_factory=dict)
    asked: int | None = None
    """The case whose own act it is: what it cannot be told is refused. Of others an incident tells."""

    def __post_init__(self) -> None:
        self.arrivals: list[Arrival] = nights.list_arrivals(raw(self.connection), self.night)
        self._look()

    def _look(self) -> None:
        self.uses: list[Use] = list_uses_of_night(raw(self.connection), self.night.kind, self.night.night)

    @property
    def waiting(self) -> list[Arrival]:
        """Those who came and have no place yet."""
        return [arrival for arrival in self.arrivals if arrival.state == "waiting"]

    def hold_cases(self, case_ids: Iterable[int]) -> None:
        """Hold the cases until the transaction ends. Once an evening: a second time would be out of order."""
        for stored in lock_cases(raw(self.connection), sorted(set(case_ids))):
            self.scenes[stored.id] = scene_of(self.store, self.connection, stored)
        self._look()  # a place of theirs may have been given up until now

    def use_of(self, case_id: int) -> Use | None:
        """Return what the case has of tonight: the newest hold or stay that was not given up."""
        found = [use for use in self.uses if use.case_id == case_id and use.ended != "given_up"]
        return found[-1] if found else None

    def say(
        self, case_id: int, what: SayingName, place: Place | Use | None, speaker: Speaker, reason: str = ""
    ) -> None:
        """Have the case know what happened, if it is open.

        Raises:
            Refused: the case whose act it is cannot be told.
        """
        scene = self.scenes[case_id]
        if scene.case.status != "open" or scene.case.silenced:
            return
        try:
            found = sayings(scene, what, place, speaker, reason or None, kind=self.night.kind)
        except CaseworkError as error:
            if case_id == self.asked:
                raise
            tell_incident(self.connection, scene, error)
            return
        self.said.setdefault(case_id, []).extend(found)

    def record(self, new: Sequence[NewArrival]) -> None:
        """Keep what became of these people, here and in the store."""
        nights.record_arrivals(raw(self.connection), self.night, new)
        self.arrivals = nights.list_arrivals(raw(self.connection), self.night)

    def give(self, speaker: Speaker | None, *, wanted: str | None = None) -> list[Arrived]:
        """Give the places that nobody has to those who wait, in the declared order, and return who got one.

        ``wanted`` leaves only that place to be given. Without a ``speaker`` each place's provider speaks.
        """
        waiting = [arrival for arrival in self.waiting if arrival.case_id in self.scenes]
        if not waiting:
            return []
        below, kind = raw(self.connection), self.night.kind
        free = [place for place in self.free() if wanted in {None, place.where}]
        by_reference = {arrival.reference: arrival for arrival in waiting}
        given = [(by_reference[waiter.reference], place) for waiter, place in allocate(self._waiters(waiting), free)]
        persons = find_persons(below, [arrival.case_id for arrival, _ in given])
        new = [NewUse(place.id, arrival.case_id, persons[arrival.case_id]) for arrival, place in given]
        started = start_uses(below, (kind, "stay"), new, self.night.ends_at, self.night.night) if new else {}
        self.record(
            [
                NewArrival(a.case_id, a.expected, "allocated", a.agency, use_id=started[place.id])
                for a, place in given
                if place.id in started
            ]
        )
        return [self._came(arrival, place, speaker) for arrival, place in given if place.id in started]

    def free(self) -> list[Place]:
        """Return the places that nobody has for the rest of the night; nobody else begins to use one meanwhile."""
        lock_kind(raw(self.connection), self.night.kind)
        return list_free(raw(self.connection), self.night.kind, self.night.night, self.night.ends_at)

    def turn_away(self, arrivals: Sequence[Arrival], free: Sequence[Place]) -> list[Arrived]:
        """Refuse those for whom nothing is left, each for a coded reason, and return them.

        What rule keeps somebody from each place that is left is the reason, if it is one of the declared refusals.
        Else it is the first of those that are the system's doing. Where there is none, nobody is refused: they wait.
        """
        refused = [(a, found) for a in arrivals if (found := self._reason_for(a, free)) is not None]
        self.record(
            [
                NewArrival(a.case_id, a.expected, "refused", a.agency, reason=code, attributable_to=whose)
                for a, (code, whose) in refused
            ]
        )
        for arrival, (code, _) in refused:
            self.say(arrival.case_id, "refused", None, self.door(Speaker(arrival.agency)), code)
        return [Arrived(a.reference, "refused", None, None, code, whose, a.agency) for a, (code, whose) in refused]

    def save(self) -> dict[int, Step]:
        """Have all cases know what happened to them; return the steps by case."""
        steps: dict[int, Step] = {}
        for case_id, said in sorted(self.said.items()):
            scene = self.scenes[case_id]
            one = decided(scene, said) if case_id == self.asked else step_or_incident(self.connection, scene, said)
            if one is not None:
                steps[case_id] = one
        save_steps(raw(self.connection), list(steps.values()))
        return steps

    def door(self, speaker: Speaker) -> Speaker:
        """Return who tells of a refusal: the speaker, or for the coordinator the first provider of such places."""
        providers = [one.provider for one in self._places()]
        serving, at = self.known.pathway.serving, self.night.opened_at
        if not providers or serving(speaker.agency, at) in {serving(provider, at) for provider in providers}:
            return speaker
        return Speaker(providers[0], speaker.officer)

    def _places(self) -> list[Place]:
        return list_in_service(raw(self.connection), self.night.kind, self.night.night)

    def check_speaker(self, speaker: Speaker, now: datetime) -> None:
        """Make sure that a provider of such places speaks, or whoever followed it, or the coordinator.

        Raises:
            NotYours: it is somebody else.
        """
        pathway = self.known.pathway
        allowed = {pathway.serving(one.provider, now) for one in self._places()}
        allowed.add(pathway.serving(pathway.coordinator, now))
        if pathway.serving(speaker.agency, now) not in allowed:
            raise NotYours(speaker.agency, "say who comes for a place tonight", sorted(allowed))

    def needs(self, case_id: int) -> Needs:
        """Return what the person asks of a place, by the case's own rules; nothing if they know no such places."""
        scene = self.scenes[case_id]
        chart = scene.rules.pathway.places.get(self.night.kind)
        return Needs() if chart is None else needs_of(scene.case, scene.rules.pathway, chart)

    def _waiters(self, arrivals: Sequence[Arrival]) -> list[Waiter]:
        return [Waiter(a.reference, a.presented_at, self.needs(a.case_id)) for a in arrivals]

    def _came(self, arrival: Arrival, place: Place, speaker: Speaker | None) -> Arrived:
        self.say(arrival.case_id, "came", place, speaker or Speaker(place.provider))
        where = place.where
        return Arrived(arrival.reference, "allocated", where, self.night.ends_at, agency=place.provider)

    def _reason_for(self, arrival: Arrival, free: Sequence[Place]) -> tuple[str, Attribution] | None:
        refusals = self.known.chart.refusals
        needs = self.needs(arrival.case_id)
        for place in free:
            for wrong in misfits(place, needs):
                if wrong.reason in refusals:
                    return wrong.reason, refusals[wrong.reason]
        return next(((code, whose) for code, whose in refusals.items() if whose == "system"), None)


def check_reason(known: KnownKind, reason: str) -> Attribution:
    """Return whose doing a refusal for ``reason`` is.

    Raises:
        Refused: the kind of places declares no such reason.
    """
    refusals = known.chart.refusals
    if reason not in refusals:
        expected = ", ".join(f"{code} ({whose})" for code, whose in refusals.items()) or "none; declare 'refusals'"
        message = f"{reason!r} is no reason to refuse somebody {known.chart.title}. Give one of: {expected}."
        raise Refused(message)
    return refusals[reason]
