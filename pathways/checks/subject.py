"""What the checks look at, and the names that it declares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pathways.declaration import AgenciesFile, AgencyEntry, PathwayFile, Stage
from pathways.yaml_text import Path


@dataclass(frozen=True)
class Subject:
    """A file of the right form, the agencies it may name, and the published file before it."""

    file: PathwayFile
    agencies_file: AgenciesFile | None
    previous: PathwayFile | None = None

    @cached_property
    def agencies(self) -> dict[str, AgencyEntry]:
        return dict(self.agencies_file.agencies) if self.agencies_file else {}

    @cached_property
    def stages(self) -> tuple[tuple[Path, str, str, Stage], ...]:
        """Path, track, name and declaration of every stage, in the order of the file."""
        return tuple(
            (("tracks", track_name, "stages", name), track_name, name, stage)
            for track_name, track in self.file.tracks.items()
            for name, stage in track.stages.items()
        )
