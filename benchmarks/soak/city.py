"""A city's year: the made-up programme, told once or several times over with people of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast

from handrail import casework
from handrail.casework import Identity, Origin, Referral, Said, Speaker
from handrail.errors import CaseworkError
from handrail.sample import SampleEvent, published_events
from handrail.sample_loading import PATHWAY, PATHWAYS, ReferredBy
from handrail.wiring import Store

SOURCE = "soak"
ADULT = date(1980, 1, 1)  # whoever refers somebody by hand must say that they are of age


def publish_with(store: Store, contacts: Mapping[str, str]) -> list[str]:
    """Have PEEP in force with agencies that are reached alternately by each way in ``contacts``; return their names."""
    text = (PATHWAYS / "peep.yaml").read_text(encoding="utf-8")
    lines = (PATHWAYS / "agencies.yaml").read_text(encoding="utf-8").splitlines()
    ways = list(contacts.items())
    agencies: list[str] = []
    for number, line in enumerate(lines):
        if line.strip().startswith("contacts: {file: "):
            way, where = ways[len(agencies) % len(ways)]
            agencies.append(line.partition("{file: ")[2].strip(" }"))
            lines[number] = f'{line.partition("{")[0]}{{{way}: "{where}"}}'
    casework.publish(store, text, "\n".join(lines), file_name="peep.yaml", officer="Soak")
    return agencies


@dataclass
class City:
    """Tells the events of ``copies`` times the programme to the store, in the order in which they were recorded."""

    store: Store
    copies: int
    told: int = 0
    refused: list[str] = field(default_factory=list)
    _references: dict[str, str] = field(default_factory=dict, init=False)

    def story(self) -> list[tuple[datetime, Callable[[], None]]]:
        """List each event with the instant at which it is to be told."""
        events = sorted(self._events(), key=lambda event: event.recorded_at)
        return [(event.recorded_at, lambda event=event: self._tell(event)) for event in events]  # type: ignore[misc]

    def _events(self) -> Iterator[SampleEvent]:
        for event in published_events():
            for copy in range(self.copies):
                if event.case is not None:
                    yield replace(event, case=f"{event.case} {copy}", external_id=f"{event.external_id} {copy}")

    def _tell(self, event: SampleEvent) -> None:
        self.told += 1
        case, speaker = str(event.case), Speaker(event.agency, event.officer)
        origin = Origin(SOURCE, event.external_id)
        try:
            if event.person is None:
                said = Said(event.kind, event.fields, speaker, event.occurred_at, origin)
                casework.record(self.store, self._references[case], said)
                return
            name = f"{event.person.given_name} {event.person.family_name} {case.rsplit(' ', 1)[1]}"
            referral = Referral(
                Identity((name, *event.person.aliases), event.person.born or ADULT),
                speaker,
                event.fields,
                cast("ReferredBy", event.fields.get("referred_by", "professional")),
                kind=event.kind,
                occurred_at=event.occurred_at,
                origin=origin,
            )
            self._references[case] = casework.refer(self.store, PATHWAY, referral).reference
        except (CaseworkError, KeyError) as error:
            self.refused.append(f"{event.kind}: {type(error).__name__}: {error}")
