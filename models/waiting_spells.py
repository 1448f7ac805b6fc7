"""Read the counts: who waited from when until when, and what stopped whom. ``models.detection`` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from models.database import RawConnection
from models.detection import What


@dataclass(frozen=True, slots=True)
class CountedDays:
    """So many ``people`` who came on one local day and left on another; ``left`` is None while they are there."""

    subject: str
    arrived: date
    left: date | None
    ending: str
    people: int


@dataclass(frozen=True, slots=True)
class CountedSpell:
    """So many people who waited from one instant until another; ``ended`` is None while they wait."""

    began: datetime
    ended: datetime | None
    people: int


@dataclass(frozen=True, slots=True)
class WaitingNow:
    """How many wait for something, and since when the first of them does; None if nobody does."""

    people: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """One reason of a list: how many different people it stopped, since when, and their cases."""

    reason: str
    people: int
    since: datetime
    cases: tuple[int, ...]


_DAYS = """
SELECT subject, (began AT TIME ZONE %(zone)s)::date,
       CASE WHEN ended <> 'infinity' THEN (ended AT TIME ZONE %(zone)s)::date END, ending, sum(people)
FROM handrail.spells
WHERE pathway = %(pathway)s AND what = %(what)s AND subject = ANY(%(subjects)s) AND ended >= %(since)s
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_SPENT = """
SELECT coalesce(sum(greatest(0,
    CASE WHEN ended = 'infinity' THEN people * %(until)s::bigint ELSE least(ended_sum, people * %(until)s::bigint) END
    - greatest(began_sum, people * %(since)s::bigint)
)), 0) / 86400.0
FROM handrail.spells
WHERE pathway = %(pathway)s AND what = %(what)s AND subject = ANY(%(subjects)s)
  AND ended >= to_timestamp(%(since)s) - interval '1 day' AND began < to_timestamp(%(until)s)
"""
_SPELLS = """
SELECT to_timestamp(began_sum / people), CASE WHEN ended <> 'infinity' THEN to_timestamp(ended_sum / people) END, people
FROM handrail.spells
WHERE pathway = %(pathway)s AND what = 'wait' AND subject = ANY(%(subjects)s)
  AND ended > %(since)s - interval '1 day' AND began < %(until)s ORDER BY 1, 2
"""
_WAITING = """
SELECT coalesce(sum(people), 0)::int, min(began) FROM handrail.spells
WHERE pathway = %s AND what = 'wait' AND subject = ANY(%s) AND ended = 'infinity'
"""
_STOPPING = """
SELECT reason, case_id, at, ended, coalesce(l.person_id, -case_id) AS person
FROM handrail.stops LEFT JOIN handrail.case_persons AS l USING (case_id)
WHERE pathway = %(pathway)s AND list = %(list)s AND reason = ANY(%(reasons)s) AND at <= %(now)s
  AND (at > %(since)s OR (%(standing)s AND stands AND ended > %(since)s))
"""
_REFUSED = """
UNION ALL
SELECT a.reason, a.case_id, a.presented_at, 'infinity', coalesce(l.person_id, -a.case_id)
FROM handrail.arrivals AS a LEFT JOIN handrail.case_persons AS l USING (case_id)
WHERE a.kind = ANY(%(kinds)s) AND a.state = 'refused' AND a.reason = ANY(%(reasons)s)
  AND a.presented_at > %(since)s AND a.presented_at <= %(now)s AND a.night >= (%(since)s::timestamptz)::date - 2
"""
_STOPS = f"""
SELECT reason, count(DISTINCT person), min(at), array_agg(DISTINCT case_id) FROM ({_STOPPING} {_REFUSED}) AS stopping
GROUP BY reason HAVING count(DISTINCT person) >= %(people)s ORDER BY reason
"""  # noqa: S608 - put together of our own words
_STOPPED_FOR = """
WITH stretches AS (
    SELECT coalesce(l.person_id, -case_id) AS person,
           tstzrange(greatest(at, %(since)s), greatest(least(ended, %(until)s), at, %(since)s)) AS during
    FROM handrail.stops LEFT JOIN handrail.case_persons AS l USING (case_id)
    WHERE pathway = %(pathway)s AND list = %(list)s AND reason = %(reason)s
      AND ended > %(since)s AND at < %(until)s
), merged AS (SELECT person, unnest(range_agg(during)) AS during FROM stretches GROUP BY person)
SELECT coalesce(sum(extract(epoch FROM upper(during) - lower(during))), 0) / 86400.0
FROM merged WHERE NOT isempty(during)
"""


def list_days(
    connection: RawConnection, of: tuple[str, What], zone: str, subjects: Sequence[str], since: datetime
) -> list[CountedDays]:
    """Return whoever was there at ``since`` or came later, by day; ``of`` is the pathway and what is counted."""
    asked = {"pathway": of[0], "zone": zone, "what": of[1], "subjects": list(subjects), "since": since}
    return [CountedDays(*row) for row in connection.execute(_DAYS, asked)]


def days_spent(
    connection: RawConnection, pathway: str, what: What, subjects: Sequence[str], between: tuple[datetime, datetime]
) -> float:
    """Return for how many days, all people together, they were there between two instants."""
    asked = {
        "pathway": pathway,
        "what": what,
        "subjects": list(subjects),
        "since": int(between[0].timestamp()),
        "until": int(between[1].timestamp()),
    }
    return float((connection.execute(_SPENT, asked).fetchone() or (0,))[0])


def count_waiting(connection: RawConnection, pathway: str, hand_offs: Sequence[str]) -> WaitingNow:
    """Return how many people wait in one of these hand-offs."""
    row = connection.execute(_WAITING, [pathway, list(hand_offs)]).fetchone()
    return WaitingNow(0, None) if row is None else WaitingNow(*row)


def list_waits(
    connection: RawConnection, pathway: str, hand_offs: Sequence[str], between: tuple[datetime, datetime]
) -> list[CountedSpell]:
    """Return whoever waited in one of the hand-offs about between two instants, by when they began.

    Those who wait still are told to the second; of the others, who are counted by days, the mean of their day is told.
    """
    asked = {"pathway": pathway, "subjects": list(hand_offs), "since": between[0], "until": between[1]}
    return [CountedSpell(*row) for row in connection.execute(_SPELLS, asked)]


@dataclass(frozen=True, slots=True)
class AskedReasons:
    """Which reasons of a list are looked at, of whom since when; refusals at the door of ``kinds`` of places too."""

    pathway: str
    list: str
    reasons: tuple[str, ...]
    kinds: tuple[str, ...]
    since: datetime
    now: datetime
    people: int
    standing: bool = True
    """Whether a barrier from before counts for as long as it stands."""


def list_stopping(connection: RawConnection, asked: AskedReasons) -> list[Stopped]:
    """Return the reasons that stopped so many different people or more, by reason."""
    values = {
        "pathway": asked.pathway,
        "list": asked.list,
        "reasons": list(asked.reasons),
        "kinds": list(asked.kinds),
        "since": asked.since,
        "now": asked.now,
        "people": asked.people,
        "standing": asked.standing,
    }
    return [Stopped(row[0], row[1], row[2], tuple(row[3])) for row in connection.execute(_STOPS, values)]


def days_stopped(
    connection: RawConnection, pathway: str, of: tuple[str, str], between: tuple[datetime, datetime]
) -> float:
    """Return for how many days, all people together, they were stopped by a reason; ``of`` is its list and itself."""
    asked = {
        "pathway": pathway,
        "list": of[0],
        "reason": of[1],
        "since": between[0],
        "until": between[1],
    }
    return float((connection.execute(_STOPPED_FOR, asked).fetchone() or (0,))[0])
