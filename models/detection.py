"""From the journal to counts: who was where and who waited from when until when, and what stopped whom.

Counts are brought up to date from what changed: each step notes the changes that it adds to a case in ``uncounted``,
in its own transaction, so that nothing is missed, however late it was recorded, and nothing is counted twice. When
what is watched changes, a pathway is counted afresh; both ways end in the same rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import sql

from models.database import RawConnection
from models.patience import waiting_longer
from models.rows import Sheet
from models.stops import Declining, Source, columns_of, note_stops

What = Literal["step", "offer", "wait"]
UNCOUNTED = Sheet("uncounted", ("case_id", "before", "after"), ("int8", "int4", "int4"))


@dataclass(frozen=True, slots=True)
class Turn:
    """A kind of change that begins or ends spells of ``what``.

    ``key`` parts the spells of a case: a track, or a hand-off. ``label`` is where it is from then on: ``$to`` the
    stage that was moved to, ``$agency`` who is asked, ``$again`` where it was before, ``None`` nowhere.
    """

    pathway: str
    zone: str
    kind: str
    track: str | None
    subject: str | None
    what: What
    key: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Watched:
    """All that is counted of some pathways; ``subjects`` are the stages, as ``track.stage``."""

    turns: tuple[Turn, ...]
    subjects: frozenset[str]
    sources: tuple[Source, ...]
    declines: tuple[Declining, ...]

    @property
    def pathways(self) -> list[str]:
        return sorted(
            {each.pathway for each in self.turns}
            | {each.pathway for each in self.sources}
            | {each.pathway for each in self.declines}
        )


@dataclass(frozen=True, slots=True)
class Touched:
    """What of the counts of days before ``today`` has changed."""

    pathway: str
    what: What
    subject: str


_NEWS = """
WITH gone AS (
    DELETE FROM handrail.uncounted AS u USING handrail.cases AS c, handrail.publications AS p
    WHERE c.id = u.case_id AND p.hash = c.publication AND p.key = ANY(%s)
    RETURNING u.case_id, u.before, u.after, p.key AS pathway
)
INSERT INTO news SELECT case_id, min(pathway), min(before), max(after) FROM gone GROUP BY case_id
"""
_DROP_NEWS = """
DELETE FROM handrail.uncounted AS u USING handrail.cases AS c, handrail.publications AS p
WHERE c.id = u.case_id AND p.hash = c.publication AND p.key <> ALL(%s)
"""
_NEWS_OF_ALL = """
DELETE FROM handrail.uncounted AS u USING handrail.cases AS c, handrail.publications AS p
WHERE c.id = u.case_id AND p.hash = c.publication AND p.key = ANY(%s)
"""
_HAPPENED = """
CREATE TEMPORARY TABLE happened ON COMMIT DROP AS
SELECT {pathway} AS pathway, ch.case_id, ch.number, ch.at, ch.kind, ch.track, ch.subject, ch.to_, ch.agency,
       ch.evidence[1] AS event, {counted} AS counted
FROM {source}
WHERE (ch.kind IN ('case_opened', 'case_closed', 'case_reopened', 'event_voided')
       OR (ch.kind = 'moved' AND ch.track = ANY(%(tracks)s))
       OR (ch.kind = ANY(%(hand_off_kinds)s) AND ch.subject = ANY(%(hand_offs)s)))
"""
_OF_NEWS = _HAPPENED.format(
    pathway="n.pathway",
    counted="ch.number <= n.before",
    source="news AS n JOIN handrail.changes AS ch ON ch.case_id = n.case_id AND ch.number <= n.after",
)
_OF_ALL = _HAPPENED.format(
    pathway="a.pathway", counted="false", source="handrail.changes AS ch JOIN alive AS a ON a.case_id = ch.case_id"
)
# Whoever's case was closed before is in none of the counts that are kept: all that was in it ended by then.
_ALIVE = """
CREATE TEMPORARY TABLE alive ON COMMIT DROP AS
SELECT c.id AS case_id, p.key AS pathway
FROM handrail.cases AS c JOIN handrail.publications AS p ON p.hash = c.publication
WHERE p.key = ANY(%s) AND (c.status <> 'closed' OR c.id IN (
    SELECT case_id FROM handrail.changes WHERE kind = 'case_closed' AND at >= %s
))
"""
_TURNS = """
CREATE TEMPORARY TABLE turns ON COMMIT DROP AS
SELECT pathway, zone, kind, track, subject, what, key, label,
       (dense_rank() OVER (ORDER BY pathway, what, key))::smallint AS line
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS t(pathway, zone, kind, track, subject, what, key, label)
"""
# Lines of a case are told apart by a number, for to sort by words takes several times as long. What stays the same is
# asked for only where it is needed: to go through some ten million rows once more takes seconds.
_SPELLS = """
CREATE TEMPORARY TABLE delta ON COMMIT DROP AS
WITH anchors AS (
    SELECT h.case_id, t.line, {sign} AS sign, h.number, h.at, h.kind,
           CASE t.label WHEN '$to' THEN t.key || '.' || h.to_ WHEN '$agency' THEN h.agency ELSE t.label END AS place
    FROM happened AS h
    JOIN turns AS t ON t.pathway = h.pathway AND t.kind = h.kind
        AND (t.track IS NULL OR t.track = h.track) AND (t.subject IS NULL OR t.subject = h.subject)
    {signs}
), {again} turned AS (
    SELECT line, case_id, sign, number, at, kind, place, lag(place) OVER same AS place_before
    FROM {anchors} WINDOW same AS (PARTITION BY case_id, line, sign ORDER BY number)
), lasted AS (
    SELECT line, sign, at, place, lead(at) OVER same AS until, lead(kind) OVER same AS ending
    FROM turned WHERE place IS DISTINCT FROM place_before
    WINDOW same AS (PARTITION BY case_id, line, sign ORDER BY number)
), spelled AS (
    SELECT l.line, l.place, l.sign,
           CASE WHEN g.what = 'wait' AND l.until IS NULL THEN l.at ELSE date_trunc('day', l.at, g.zone) END AS began,
           CASE WHEN l.until IS NULL THEN 'infinity' ELSE date_trunc('day', l.until, g.zone) END AS ended,
           CASE WHEN l.until IS NULL THEN '' ELSE l.ending END AS ending,
           date_part('epoch', l.at)::bigint AS began_s, coalesce(date_part('epoch', l.until)::bigint, 0) AS ended_s
    FROM lasted AS l JOIN (SELECT DISTINCT line, what, zone FROM turns) AS g USING (line)
    WHERE l.place IS NOT NULL AND (g.what <> 'step' OR l.place = ANY(%(subjects)s))
      AND (l.until IS NULL OR l.until >= %(since)s)
), summed AS (
    SELECT line, place, ended, began, ending, sum(sign)::int AS people,
           sum(sign * began_s)::bigint AS began_sum, sum(sign * ended_s)::bigint AS ended_sum
    FROM spelled GROUP BY line, place, ended, began, ending
)
SELECT g.pathway, g.what,
       CASE g.what WHEN 'step' THEN s.place WHEN 'offer' THEN g.key || '/' || s.place ELSE g.key END AS subject,
       s.ended, s.began, s.ending, s.people, s.began_sum, s.ended_sum
FROM summed AS s JOIN (SELECT DISTINCT line, pathway, what, key FROM turns) AS g USING (line)
WHERE s.ended >= %(since)s AND (s.people <> 0 OR s.began_sum <> 0 OR s.ended_sum <> 0)
"""
_AGAIN = """
placed AS (
    SELECT case_id, line, sign, number, at, kind,
           CASE place WHEN '$again' THEN nullif(lag(place, 2) OVER same, '$again') ELSE place END AS place
    FROM anchors WINDOW same AS (PARTITION BY case_id, line, sign ORDER BY number)
),
"""
_SIGNS = "JOIN (VALUES (1), (-1)) AS s(sign) ON s.sign = 1 OR h.counted"
_ADD = """
INSERT INTO handrail.spells AS s (pathway, what, subject, ended, began, ending, people, began_sum, ended_sum)
SELECT pathway, what, subject, ended, began, ending, people, began_sum, ended_sum FROM delta
ON CONFLICT (pathway, what, subject, ended, began, ending) DO UPDATE SET
    people = s.people + EXCLUDED.people,
    began_sum = s.began_sum + EXCLUDED.began_sum, ended_sum = s.ended_sum + EXCLUDED.ended_sum
"""
_FORGET_EMPTY = """
DELETE FROM handrail.spells AS s USING delta AS d
WHERE (s.pathway, s.what, s.subject, s.ended, s.began, s.ending)
    = (d.pathway, d.what, d.subject, d.ended, d.began, d.ending) AND s.people = 0
"""
_TOUCHED = """
SELECT pathway, what, subject FROM (
    SELECT pathway, what, subject, sum(people) AS people FROM delta JOIN unnest(%s::text[], %s::timestamptz[])
        AS morning(pathway, today) USING (pathway)
    WHERE began < today
    GROUP BY pathway, what, subject, began,
             CASE WHEN ended < today THEN ended END, CASE WHEN ended < today THEN ending END
) AS changed WHERE people <> 0 GROUP BY pathway, what, subject ORDER BY 1, 2, 3
"""
HAND_OFF_KINDS = (
    "hand_off_offered", "hand_off_accepted", "hand_off_declined", "hand_off_expired", "hand_off_exhausted",
    "hand_off_withdrawn",
)  # fmt: skip


def hold_counts(connection: RawConnection, memory: str) -> None:
    """Have nobody else count until the transaction ends, and this one see the store as it is from now on.

    Must come first in its transaction. Each sort may take so much ``memory``.
    """
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.execute(sql.SQL("SET LOCAL work_mem = {}").format(sql.Literal(memory)))
    connection.execute("LOCK TABLE handrail.counted IN EXCLUSIVE MODE")


@contextmanager
def long_statements(connection: RawConnection, seconds: int) -> Iterator[None]:
    """Have statements of the transaction take up to so many seconds until the block ends."""
    connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(f"{seconds}s")))
    with waiting_longer(connection, seconds):
        yield
    connection.execute("SET LOCAL statement_timeout TO DEFAULT")


@dataclass(frozen=True, slots=True)
class Counted:
    """What the counts of a pathway were made from, and since when they tell everything that ended."""

    watched: str
    since: datetime


def list_counted(connection: RawConnection) -> dict[str, Counted]:
    """Return by pathway what its counts are."""
    rows = connection.execute("SELECT pathway, watched, since FROM handrail.counted")
    return {row[0]: Counted(row[1], row[2]) for row in rows}


def forget_before(connection: RawConnection, pathways: Sequence[str], since: datetime) -> None:
    """Forget what ended before ``since``. Counts must be held."""
    for table in ("spells", "stops"):
        statement = sql.SQL("DELETE FROM handrail.{} WHERE pathway = ANY(%s) AND ended < %s")
        connection.execute(statement.format(sql.Identifier(table)), [list(pathways), since])
    connection.execute("UPDATE handrail.counted SET since = %s WHERE pathway = ANY(%s)", [since, list(pathways)])


def count_news(
    connection: RawConnection, watched: Watched, since: datetime, mornings: dict[str, datetime]
) -> list[Touched]:
    """Bring the counts of the watched pathways up to date from what was added to cases since the last time.

    What ended before ``since`` is not counted. ``mornings`` tells by pathway when its local day began. Counts must
    be held.
    """
    connection.execute(
        "CREATE TEMPORARY TABLE news (case_id bigint, pathway text, before integer, after integer) ON COMMIT DROP"
    )
    if not connection.execute(_NEWS, [watched.pathways]).rowcount:
        connection.execute("DROP TABLE news")
        return []
    connection.execute("ANALYZE news")
    connection.execute(_OF_NEWS, _names(watched))
    connection.execute("ANALYZE happened")
    _count(connection, watched, since, afresh=False)
    connection.execute(_ADD)
    connection.execute(_FORGET_EMPTY)
    connection.execute("DELETE FROM handrail.stops AS s USING news AS n WHERE s.case_id = n.case_id")
    note_stops(connection, watched.sources, watched.declines, since, afresh=False)
    found = connection.execute(_TOUCHED, [list(mornings), list(mornings.values())]).fetchall()
    connection.execute("DROP TABLE news, happened, turns, delta")
    return [Touched(*row) for row in found]


def count_afresh(connection: RawConnection, watched: Watched, since: datetime, made_from: dict[str, str]) -> None:
    """Count the watched pathways anew, from their whole journals; what ended before ``since`` is left out.

    Counts must be held.

    ``made_from`` tells by pathway what is watched, to be found by ``list_counted``.
    """
    pathways = watched.pathways
    connection.execute("DELETE FROM handrail.spells WHERE pathway = ANY(%s)", [pathways])
    connection.execute("DELETE FROM handrail.stops WHERE pathway = ANY(%s)", [pathways])
    connection.execute("DELETE FROM handrail.looks WHERE pathway = ANY(%s)", [pathways])
    connection.execute(_NEWS_OF_ALL, [pathways])
    connection.execute(_ALIVE, [pathways, since])
    connection.execute("ANALYZE alive")
    connection.execute(_OF_ALL, _names(watched))
    connection.execute("ANALYZE happened")
    _count(connection, watched, since, afresh=True)
    connection.execute(_ADD)
    note_stops(connection, watched.sources, watched.declines, since, afresh=True)
    connection.execute("DROP TABLE alive, happened, turns, delta")
    connection.execute("ANALYZE handrail.spells, handrail.stops")
    connection.execute(
        "INSERT INTO handrail.counted (pathway, watched, since)"
        " SELECT pathway, watched, %s FROM unnest(%s::text[], %s::text[]) AS made(pathway, watched)"
        " ON CONFLICT (pathway) DO UPDATE SET watched = EXCLUDED.watched, since = EXCLUDED.since",
        [since, list(made_from), list(made_from.values())],
    )


def drop_news(connection: RawConnection, but: Collection[str]) -> None:
    """Forget what was added to cases of pathways of which nothing is watched: all but these."""
    connection.execute(_DROP_NEWS, [list(but)])


def _count(connection: RawConnection, watched: Watched, since: datetime, *, afresh: bool) -> None:
    connection.execute(_TURNS, columns_of(Turn, watched.turns))
    connection.execute("ANALYZE turns")
    reopened = connection.execute("SELECT EXISTS (SELECT FROM happened WHERE kind = 'case_reopened')").fetchone()
    again = (_AGAIN, "placed") if reopened == (True,) else ("", "anchors")
    sign = ("1", "") if afresh else ("s.sign", _SIGNS)
    spells = _SPELLS.format(sign=sign[0], signs=sign[1], again=again[0], anchors=again[1])
    connection.execute(spells, {"subjects": sorted(watched.subjects), "since": since})


def _names(watched: Watched) -> dict[str, list[str]]:
    """Return which changes may matter at all, so that most are passed over at once."""
    turns = watched.turns
    tracks = {each.track for each in turns if each.track is not None} | {each.track for each in watched.declines}
    hand_offs = {each.subject for each in turns if each.subject is not None}
    hand_offs |= {each.hand_off for each in watched.declines}
    return {"tracks": sorted(tracks), "hand_offs": sorted(hand_offs), "hand_off_kinds": list(HAND_OFF_KINDS)}
