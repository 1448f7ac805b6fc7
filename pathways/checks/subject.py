"""What the checks look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pathways.checks.names import Names, names_in
from pathways.declaration import AgenciesFile, AgencyEntry, PathwayFile
from pathways.yaml_text import Plain


@dataclass(frozen=True)
class Subject:
    """A file of the right form, the agencies it may name, and the published file before it.

    ``plain`` are the file's values as written. They may hold more than ``file``: what is not of the
    right form is left out of ``file``, and yet its names are declared.
    """

    file: PathwayFile
    plain: Plain
    agencies_file: AgenciesFile | None
    previous: PathwayFile | None = None

    @cached_property
    def agencies(self) -> dict[str, AgencyEntry]:
        return dict(self.agencies_file.agencies) if self.agencies_file else {}

    @cached_property
    def names(self) -> Names:
        return names_in(self.plain, self.agencies_file)
