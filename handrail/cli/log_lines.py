"""The lines of an event log against a pathway: what may happen to a case, and what is refused with its number."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from handrail.errors import FieldsRefused
from handrail.event_fields import declared_fields, read_fields
from integrations.event_files import BadLine, LogEvent
from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.chart import Pathway


class LogLines:
    """Reads a log's lines as events of one pathway, and remembers what it left out.

    ``ignore_unknown``: events that the pathway does not know are passed over instead of being refused.
    """

    def __init__(self, pathway: Pathway, *, ignore_unknown: bool) -> None:
        self.pathway = pathway
        self.ignore_unknown = ignore_unknown
        self.ignored = 0
        """How many events were passed over because the pathway does not know them."""
        self.undeclared: Counter[tuple[str, str]] = Counter()
        """By event and field: how often a field was left out because that event does not declare it."""
        self._declared: dict[str, Mapping[str, object] | None] = {}

    def checked(self, lines: Iterator[LogEvent | BadLine], seen: SeenEvents) -> Iterator[LogEvent | BadLine]:
        """Yield each event with typed fields, and each refused line with a sentence."""
        for line in lines:
            found = line if isinstance(line, BadLine) else self._event(line, seen)
            if found is not None:
                yield found

    def _event(self, line: LogEvent, seen: SeenEvents) -> LogEvent | BadLine | None:
        declared = self._fields_of(line.event)
        if declared is None and self.ignore_unknown:
            self.ignored += 1
            return None
        if line.recorded_at is not None and line.occurred_at > line.recorded_at:
            found = f"It occurred at {line.occurred_at.isoformat()} but was recorded at {line.recorded_at.isoformat()}."
            return BadLine(line.number, f"{found} Expected what is recorded to have happened already.")
        given = line.fields
        if declared is not None and not given.keys() <= declared.keys():
            self.undeclared.update((line.event, name) for name in given if name not in declared)
            given = {name: value for name, value in given.items() if name in declared}
        try:
            fields = read_fields(self.pathway, line.event, given)
        except FieldsRefused as error:
            return BadLine(line.number, " ".join(error.faults))
        wrong = self._not_theirs(line)
        if wrong is not None:
            return BadLine(line.number, wrong)
        event = line._replace(fields=fields, tabular=False)
        return seen.judged(event) if line.external_id is not None else event

    def _fields_of(self, kind: str) -> Mapping[str, object] | None:
        """Return the fields that ``kind`` declares; ``None`` for an event that the pathway does not know."""
        if kind not in self._declared:
            known = kind in BUILT_IN_EVENTS or kind in self.pathway.declaration.events
            self._declared[kind] = declared_fields(self.pathway, kind) if known else None
        return self._declared[kind]

    def _not_theirs(self, line: LogEvent) -> str | None:
        """Return why the agency may not say this; a log need not name agencies."""
        agency, pathway = line.agency, self.pathway
        if agency is None:
            return None
        if agency not in pathway.agencies:
            return f"There is no agency {agency!r}. Known: {', '.join(sorted(pathway.agencies)) or 'none'}."
        if line.event in BUILT_IN_EVENTS:
            return None  # the engine knows who owns what
        by = pathway.declaration.events[line.event].by
        at = line.recorded_at or line.occurred_at
        if agency in by or agency in {pathway.serving(each, at) for each in by}:
            return None
        return f"Agency {agency!r} may not record {line.event!r}. It is for: {', '.join(by)}."


class SeenEvents:
    """Which external ids a log has brought, kept on disk: the same again counts once, another body is refused."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="handrail-seen-")
        self._connection = sqlite3.connect(Path(self._folder.name, "seen.sqlite3"), isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE seen (id TEXT PRIMARY KEY, body BLOB NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID",
            "BEGIN",
        ):
            self._connection.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._folder.cleanup()

    def judged(self, event: LogEvent) -> LogEvent | BadLine | None:
        """Return the event if its id is new, nothing if it came before, a refusal if it was another event then."""
        body = _body(event)
        added = self._connection.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (event.external_id, body, event.number)
        )
        if added.rowcount:
            return event
        was, number = self._connection.execute(
            "SELECT body, number FROM seen WHERE id = ?", (event.external_id,)
        ).fetchone()
        if was == body:
            return None
        found = f"The external id {event.external_id!r} brought another event in line {number}."
        return BadLine(event.number, f"{found} Expected the very same, or an id of its own.")


def _body(event: LogEvent) -> bytes:
    told = (event.case, event.event, event.occurred_at, event.recorded_at, event.agency, sorted(event.fields.items()))
    return hashlib.blake2b(repr(told).encode(), digest_size=16).digest()
