"""What a provider says of its places today, held against what is known here.

Who is known to hold or occupy a place stays: a list that says otherwise is told so, line by line. Whoever it says is
in a place and is not known here has a stay of no case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from handrail.housing.kinds import known_kinds
from handrail.housing.place_checks import CODE, Refuse
from handrail.housing.registry import Tally
from handrail.housing.sentences import no_such_place, place_name, use_told, way_out
from handrail.wiring import Store
from integrations.place_lines import VacancyLine
from models.database import PLACES_CHANNEL, RawConnection, raw, tell
from models.database import now as database_now
from models.place_uses import Use, list_uses
from models.places import PlaceKey, list_projects, lock_places
from models.voids import UseWithoutCase, end_uses, find_last_ends, record_uses, update_reasons
from pathways.wall_clock import MOMENT

UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a place: what is in it now, what is to come, and whose it is."""

    now: Use | None
    later: Use | None
    provider: str
    zone: ZoneInfo


@dataclass(slots=True)
class _Plan:
    ends: list[tuple[PlaceKey, str]] = field(default_factory=list)
    news: list[UseWithoutCase] = field(default_factory=list)
    reasons: list[tuple[PlaceKey, str]] = field(default_factory=list)
    same: int = 0


class _Conflict(Exception):
    """The line cannot be true as well; the message says what is known and what to do."""


def bring_vacancies(store: Store, connection: Connection, lines: Sequence[VacancyLine], refuse: Refuse) -> Tally:
    """Have places free, void or taken as the lines say, within the caller's transaction.

    What cannot be is told to ``refuse`` with its number. Nobody begins to use one of these places meanwhile.
    """
    below = raw(connection)
    sound = {(line.project, line.name): line for line in _sound(below, lines, refuse)}
    now = database_now(connection)
    known = _known(store, connection, sound, now)
    plan = _Plan()
    for key, line in sound.items():
        try:
            _decide(key, line, known[key], now, plan)
        except _Conflict as error:
            refuse(line.number, str(error))
    changed = _carry_out(below, plan, now)
    if changed:
        tell(connection, PLACES_CHANNEL)
    return Tally(0, changed, plan.same)


def _sound(connection: RawConnection, lines: Sequence[VacancyLine], refuse: Refuse) -> Iterator[VacancyLine]:
    there = lock_places(connection, [(line.project, line.name) for line in lines], against_uses=True)
    seen: dict[PlaceKey, int] = {}
    for line in lines:
        key = (line.project, line.name)
        before = seen.setdefault(key, line.number)
        if key not in there:
            refuse(line.number, f"{no_such_place(key)}, or bring in the places first.")
        elif before != line.number:
            refuse(line.number, f"{place_name(key)} was told before, in line {before}. Expected each place once.")
        elif line.reason is not None and not CODE.fullmatch(line.reason):
            told = "A void needs a coded reason of small letters, digits, _ and -, such as void_repair."
            refuse(line.number, told)
        else:
            yield line


def _known(
    store: Store, connection: Connection, lines: Mapping[PlaceKey, VacancyLine], now: datetime
) -> dict[PlaceKey, _Known]:
    below, kinds = raw(connection), known_kinds(store, connection)
    projects = {one.key: one for one in list_projects(below)}
    uses: dict[PlaceKey, list[Use]] = {}
    for use in list_uses(below, dict.fromkeys(lines, now)):
        uses.setdefault(use.place, []).append(use)
    found = {}
    for key in lines:
        project, mine = projects[key[0]], uses.get(key, [])
        zone = kinds[project.kind].pathway.zone if project.kind in kinds else UTC_ZONE
        running = next((use for use in mine if use.since <= now), None)
        found[key] = _Known(running, next((use for use in mine if use.since > now), None), project.provider, zone)
    return found


def _decide(key: PlaceKey, line: VacancyLine, known: _Known, now: datetime, plan: _Plan) -> None:
    use = known.now
    if line.since is not None and line.since > now:
        raise _Conflict(f"{place_name(key)}: {line.since.isoformat()} is still to come. Expected how it stands today.")
    match line.state:
        case "free":
            _check_nobody_known(key, line, known)
            plan.same += use is None
            _end(key, use, plan)
        case "void":
            if use is not None and use.use == "void":
                plan.same += use.reason == line.reason
                plan.reasons.append((key, str(line.reason)))
                return
            _check_nobody_known(key, line, known)
            _begin(key, line, known, plan)
        case "taken":
            if use is not None and use.use != "void":
                plan.same += 1
                return
            _begin(key, line, known, plan)
        case _:
            assert_never(line.state)


def _check_nobody_known(key: PlaceKey, line: VacancyLine, known: _Known) -> None:
    use = known.now
    if use is not None and use.reference is not None:
        told = f"{place_name(key)} is {line.state} by this list, but here it {use_told(use, known.zone)}."
        raise _Conflict(f"{told} {way_out(use)}, or mend the list.")


def _begin(key: PlaceKey, line: VacancyLine, known: _Known, plan: _Plan) -> None:
    if known.later is not None:
        told = f"{place_name(key)} is {line.state} by this list, but here it {use_told(known.later, known.zone)}."
        raise _Conflict(f"{told} {way_out(known.later)}, or mend the list.")
    _end(key, known.now, plan)
    use = "void" if line.state == "void" else "stay"
    plan.news.append(UseWithoutCase(key, "void" if use == "void" else "stay", line.since, line.reason, known.provider))


def _end(key: PlaceKey, use: Use | None, plan: _Plan) -> None:
    if use is not None:
        plan.ends.append((key, "turned_round" if use.use == "void" else "left"))


def _carry_out(connection: RawConnection, plan: _Plan, now: datetime) -> int:
    """End, then begin; what begins does so after all that was in the place before."""
    changed = {use.place for use in end_uses(connection, plan.ends)} if plan.ends else set()
    last = find_last_ends(connection, [new.place for new in plan.news])
    news = [_after(new, last.get(new.place), now) for new in plan.news]
    record_uses(connection, news)
    return len(changed | {new.place for new in news}) + update_reasons(connection, plan.reasons)


def _after(new: UseWithoutCase, last: datetime | None, now: datetime) -> UseWithoutCase:
    since = new.since or now
    if last is not None and last >= since:
        since = last + MOMENT
    return UseWithoutCase(new.place, new.use, since, new.reason, new.agency)
