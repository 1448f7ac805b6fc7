"""The names that a file declares, read from its plain values so that a fault elsewhere hides none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.declaration import AgenciesFile
from pathways.yaml_text import Plain

NameKind: TypeAlias = Literal[
    "agency",
    "event",
    "track",
    "stage",
    "whole_stage",
    "task",
    "hand_off",
    "blockage",
    "role",
    "reasons",
    "measure",
    "place",
]


@dataclass(frozen=True)
class Names:
    """Declared names in the order of the file; ``stages`` by track."""

    agencies: tuple[str, ...]
    events: tuple[str, ...]
    tracks: tuple[str, ...]
    stages: Mapping[str, tuple[str, ...]]
    tasks: tuple[str, ...]
    hand_offs: tuple[str, ...]
    blockages: tuple[str, ...]
    roles: tuple[str, ...]
    reasons: tuple[str, ...]
    measures: tuple[str, ...]
    places: tuple[str, ...]

    def of(self, kind: NameKind, track: str | None = None) -> tuple[str, ...]:
        """Return the names of one kind; stages of one track, or of all, then with ``track.stage`` too.

        A ``whole_stage`` is one that is written as ``track.stage`` only.
        """
        match kind:
            case "agency":
                return self.agencies
            case "event":
                return (*self.events, *BUILT_IN_EVENTS)
            case "stage":
                return self.stages.get(track, ()) if track else self._all_stages()
            case "whole_stage":
                return tuple(f"{track}.{stage}" for track, stages in self.stages.items() for stage in stages)
            case "reasons":
                return self.reasons
            case _:
                plural: tuple[str, ...] = getattr(self, f"{kind}s")
                return plural

    def knows(self, kind: NameKind, name: str, track: str | None = None) -> bool:
        """Whether ``name`` is declared; quick even among thousands."""
        known = self._sets.get((kind, track))
        if known is None:
            known = self._sets[kind, track] = frozenset(self.of(kind, track))
        return name in known

    @cached_property
    def _sets(self) -> dict[tuple[NameKind, str | None], frozenset[str]]:
        return {}

    def _all_stages(self) -> tuple[str, ...]:
        plain = [stage for stages in self.stages.values() for stage in stages]
        return tuple(dict.fromkeys([*plain, *self.of("whole_stage")]))


def names_in(plain: Plain, agencies: AgenciesFile | None) -> Names:
    """Return the names that ``plain`` declares; its own agencies take the place of ``agencies``."""
    tracks = _mapping(plain, "tracks")
    own = _mapping(plain, "agencies")
    known = tuple(own) or (tuple(agencies.agencies) if agencies else ())
    roles = plain.get("roles") if isinstance(plain, dict) else None
    return Names(
        agencies=known,
        events=tuple(_mapping(plain, "events")),
        tracks=tuple(tracks),
        stages={name: tuple(_mapping(track, "stages")) for name, track in tracks.items()},
        tasks=tuple(dict.fromkeys(_inside_stages(tracks, "tasks"))),
        hand_offs=tuple(dict.fromkeys(_inside_stages(tracks, "hand_offs"))),
        blockages=tuple(_mapping(plain, "blockages")),
        roles=tuple(str(role) for role in roles) if isinstance(roles, list) else (),
        reasons=tuple(_mapping(plain, "reasons")),
        measures=tuple(_mapping(plain, "measures")),
        places=tuple(_mapping(plain, "places")),
    )


def _inside_stages(tracks: Mapping[str, Any], section: str) -> Iterator[str]:
    for track in tracks.values():
        for stage in _mapping(track, "stages").values():
            yield from _mapping(stage, section)


def _mapping(value: object, key: str) -> dict[str, Any]:
    part = value.get(key) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}
