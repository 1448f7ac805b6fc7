"""Pathway files as the verbs read them: the file, and the agencies.yaml beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.errors import WrongUse

if TYPE_CHECKING:
    from pathways.declaration import AgenciesFile, PathwayFile
    from pathways.problems import Problem

AGENCIES = "agencies.yaml"
MOST_BYTES_READ = 16 * 1024 * 1024
"""Many times what a pathway file may hold: beyond it nobody needs to know how large the file is."""
AgenciesOption = Annotated[
    Path | None,
    typer.Option("--agencies", help="The file of the agencies; left out, the agencies.yaml beside the pathway."),
]


@dataclass(frozen=True, slots=True)
class ReadPathway:
    """What a file turned out to be; ``file`` is ``None`` when there are errors, or when it only holds agencies."""

    path: Path
    text: bytes
    file: PathwayFile | None
    agencies: AgenciesFile | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "error")


def read_bytes(path: Path) -> bytes:
    """Return a file's content; of an endless one as much as shows that it is too large.

    Raises:
        WrongUse: there is no such file, or it may not be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES_READ)
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}. Give the path of a file.") from error


def read_pathway(path: Path, agencies: Path | None = None, previous: PathwayFile | None = None) -> ReadPathway:
    """Return the file with all of its problems, and those of the agencies it stands on.

    Raises:
        WrongUse: one of the files cannot be read at all.
    """
    from pathways.loading import load_agencies, load_pathway  # noqa: PLC0415 (takes a third of a second)

    text = read_bytes(path)
    if path.name == AGENCIES:
        known, problems = load_agencies(text, str(path))
        return ReadPathway(path, text, None, known, problems)
    beside = agencies_path(path, agencies)
    if beside is None:
        loaded = load_pathway(text, str(path), previous=previous)
        return ReadPathway(path, text, loaded.file, loaded.agencies, loaded.problems)
    known, problems = load_agencies(read_bytes(beside), str(beside))
    loaded = load_pathway(text, str(path), known, previous=previous)
    file = loaded.file if known is not None or (loaded.file and loaded.file.agencies) else None
    return ReadPathway(path, text, file, loaded.agencies or known, (*problems, *loaded.problems))


def agencies_path(path: Path, agencies: Path | None) -> Path | None:
    """Return the agencies' file that was named, or the one beside ``path`` if there is one."""
    if agencies is not None:
        return agencies
    beside = path.with_name(AGENCIES)
    return beside if beside.is_file() else None
