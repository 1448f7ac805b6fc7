"""Kinds of places that are blocked: full while people wait, void for too long, or free for nobody who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from handrail.blockages.findings import Finding, Look, on
from models.blocked_places import (
    PlaceNow,
    VoidNow,
    list_nights,
    list_places_now,
    list_voids,
    list_waiting_states,
)
from models.waiting_spells import count_waiting
from pathways.blockage_forms import Attribution
from pathways.case_json import from_json
from pathways.clocks import Duration, Unit
from pathways.matching import Needs, Place, misfits, needs_of
from pathways.place_charts import PlaceKindChart, SharedBlockageChart

AT_A_TIME = 500  # people who wait, looked at


def full(look: Look, chart: SharedBlockageChart, kind: PlaceKindChart, for_: Duration) -> list[Finding]:
    """Find that people wait for such a place, somebody for ``for_`` and longer, and none has been free meanwhile."""
    waiting = count_waiting(look.connection, look.pathway.key, kind.waiting)
    taken = _full_nights(look, kind) if kind.nightly else _taken_since(look, kind)
    if taken is None or waiting.since is None:
        return []
    known = look.known_until(chart, kind.name)
    if known is not None and taken[0] <= known:
        return []
    since = max(taken[0], waiting.since)
    if not (look.is_open(chart, kind.name) or look.has_lasted(chart, since, for_)):
        return []
    because = (
        f"{_people(waiting.people)} for {kind.title}, and none of {taken[1]} places has been free since "
        f"{on(look.pathway.calendar.local(since).date())}"
    )
    evidence: dict[str, str | int] = {"waiting": waiting.people, "places": taken[1]}
    return [Finding(chart, kind.name, since, because, evidence, _attribution(chart))]


def void(look: Look, chart: SharedBlockageChart, kind: PlaceKindChart, for_: Duration) -> list[Finding]:
    """Find the projects with a place that cannot be used for longer than the project allows itself, or ``for_``."""
    found = []
    voids = list_voids(look.connection, kind.name, look.now, look.today)
    for project, several in groupby(voids, key=lambda each: each.project):
        subject = f"{kind.name}/{project}"
        late = [each for each in several if _is_late(look, chart, each, for_) and _is_news(look, chart, subject, each)]
        if not late:
            continue
        first = min(each.since for each in late)
        reasons = Counter(each.reason for each in late)
        because = (
            f"{_places(len(late))} of {project} cannot be used and should be ready again, the first since "
            f"{on(look.pathway.calendar.local(first).date())}: "
            + ", ".join(f"{reason.replace('_', ' ')} ({number})" for reason, number in sorted(reasons.items()))
        )
        evidence: dict[str, str | int] = {"voids": len(late)}
        reason = reasons.most_common(1)[0][0]
        found.append(Finding(chart, subject, first, because, evidence, _attribution(chart), reason))
    return found


def unfit(look: Look, chart: SharedBlockageChart, kind: PlaceKindChart, for_: Duration) -> list[Finding]:
    """Find the projects with a place that has been free for ``for_`` while people wait whom it does not fit."""
    free = {
        each: each.free_since
        for each in list_places_now(look.connection, kind.name, str(look.pathway.zone), look.now, look.today)
        if each.free_since is not None and _may_be_news(look, chart, kind, each, for_)
    }
    if not free:
        return []
    left, people = _keep_out(look, kind, list(free))
    found = []
    for project, several in groupby(left, key=lambda each: each.project):
        places = list(several)
        kept_out = sum((left[each] for each in places), Counter[tuple[str, str]]())
        if not people or not kept_out:
            continue
        (rule, reason), _ = kept_out.most_common(1)[0]
        most = max(left[each][rule, reason] for each in places)
        since = max(min(free[each] for each in places), _waiting_since(look, kind))
        if not (look.is_open(chart, f"{kind.name}/{project}") or look.has_lasted(chart, since, for_)):
            continue
        because = (
            f"{_places(len(places))} of {project} free and for none of {people} who wait; {most} kept out by: {rule}"
        )
        evidence: dict[str, str | int] = {"places": len(places), "waiting": people, "rule": rule, "kept_out": most}
        found.append(Finding(chart, f"{kind.name}/{project}", since, because, evidence, _attribution(chart), reason))
    return found


def _keep_out(
    look: Look, kind: PlaceKindChart, places: Sequence[PlaceNow]
) -> tuple[dict[PlaceNow, Counter[tuple[str, str]]], int]:
    """Return the places that fit nobody who waits, each with how many each rule keeps out, and how many wait."""
    left = {each: Counter[tuple[str, str]]() for each in places}
    people = 0
    for needs in _needs(look, kind):
        people += 1
        for place in list(left):
            why = misfits(_as_place(place), needs)
            if not why:
                del left[place]
            else:
                left[place].update((each.title, each.reason) for each in why)
        if not left:
            break
    return left, people


def _needs(look: Look, kind: PlaceKindChart) -> Iterator[Needs]:
    after = 0
    while states := list_waiting_states(look.connection, look.pathway.key, kind.waiting, after, AT_A_TIME):
        for _, _, state in states:
            yield needs_of(from_json(state), look.pathway, kind)
        after = states[-1][0]


def _taken_since(look: Look, kind: PlaceKindChart) -> tuple[datetime, int] | None:
    """Return since when no place has been free, and how many there are; None if one is, or there is none."""
    places = list_places_now(look.connection, kind.name, str(look.pathway.zone), look.now, look.today)
    taken = [each.taken_since for each in places if each.taken_since is not None]
    return (max(taken), len(taken)) if taken and len(taken) == len(places) else None


def _full_nights(look: Look, kind: PlaceKindChart) -> tuple[datetime, int] | None:
    """Return the cut-off since which no place has been left over in any night, and how many there were in the last."""
    found = None
    for night in list_nights(look.connection, kind.name, look.now, look.today):
        if night.unused or not night.places:
            break
        found = (night.cut_off_at, night.places if found is None else found[1])
    return found


def _is_late(look: Look, chart: SharedBlockageChart, void: VoidNow, for_: Duration) -> bool:
    allowed = for_ if void.turnaround_days is None else Duration(void.turnaround_days, Unit.DAYS)
    return look.has_lasted(chart, void.since, allowed)


def _is_news(look: Look, chart: SharedBlockageChart, subject: str, void: VoidNow) -> bool:
    known = look.known_until(chart, subject)
    return known is None or void.since > known


def _may_be_news(look: Look, chart: SharedBlockageChart, kind: PlaceKindChart, place: PlaceNow, for_: Duration) -> bool:
    subject = f"{kind.name}/{place.project}"
    known = look.known_until(chart, subject)
    if place.free_since is None or (known is not None and place.free_since <= known):
        return False
    return look.is_open(chart, subject) or look.has_lasted(chart, place.free_since, for_)


def _waiting_since(look: Look, kind: PlaceKindChart) -> datetime:
    return count_waiting(look.connection, look.pathway.key, kind.waiting).since or look.now


def _as_place(place: PlaceNow) -> Place:
    return Place(
        place.id,
        place.project,
        place.name,
        place.provider,
        place.single,
        place.accessible,
        place.women_only,
        place.dogs,
        place.couples,
        frozenset(place.risks_not_accepted),
    )


def _attribution(chart: SharedBlockageChart) -> Attribution:
    return chart.attributable_to or "system"


def _people(number: int) -> str:
    return "1 person waits" if number == 1 else f"{number} people wait"


def _places(number: int) -> str:
    return "1 place" if number == 1 else f"{number} places"
