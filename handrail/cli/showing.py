"""``handrail show``: a pathway as its partner agencies can read it, in words or as a picture."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import FoundWrong, WrongUse
from handrail.cli.output import AsJson, counted, say, say_json, tell
from handrail.cli.pathway_files import AgenciesOption, agencies_path, read_pathway

if TYPE_CHECKING:
    from pathways.declaration import AgenciesFile, PathwayFile
    from pathways.plain_english import Point, Section

EXAMPLE = "Example: handrail show pathways/peep.yaml --diagram peep.svg"
WIDEST = 100


def show(
    file: Annotated[Path, typer.Argument(help="A pathway file.")],
    diagram: Annotated[Path | None, typer.Option("--diagram", help="Draw swim-lanes into this SVG file.")] = None,
    agencies: AgenciesOption = None,
    width: Annotated[int | None, typer.Option(min=40, help="Columns of text; left out, those of the terminal.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell a pathway in plain English, or draw it."""
    read = read_pathway(file, agencies)
    if read.file is None or read.errors:
        for problem in read.errors:
            tell(str(problem))
        if not read.errors:
            raise WrongUse(f"{file} holds agencies only. Give the file of a pathway.")
        raise FoundWrong(f"{file} was not shown: it has {counted(len(read.errors), 'error')}. Mend them first.")
    if diagram is not None:
        _must_not_be_read(diagram, (file, agencies_path(file, agencies)))
        _draw(read.file, read.agencies, diagram, as_json=as_json)
    elif as_json:
        say_json(_told(read.file, read.agencies))
    else:
        _say(read.file, read.agencies, width)


def _say(file: PathwayFile, agencies: AgenciesFile | None, width: int | None) -> None:
    from pathways.plain_english import pathway_in_english  # noqa: PLC0415 (takes time)

    columns = width or min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    sys.stdout.write(pathway_in_english(file, agencies, columns))


def _told(file: PathwayFile, agencies: AgenciesFile | None) -> dict[str, Any]:
    from pathways.plain_english import Names, pathway_in_english, pathway_section  # noqa: PLC0415 (takes time)

    section = pathway_section(file, Names(file, agencies), agencies)
    return {
        "pathway": file.pathway,
        "version": file.version,
        "title": file.title,
        "text": pathway_in_english(file, agencies),
        "outline": _section(section),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "points": [_point(point) for point in section.points],
        "sections": [_section(inner) for inner in section.sections],
    }


def _point(point: Point) -> dict[str, Any]:
    return {"text": point.text, "parts": [_point(part) for part in point.parts]}


def _must_not_be_read(target: Path, sources: tuple[Path | None, ...]) -> None:
    """Refuse to draw over what was read."""
    if any(source is not None and target.exists() and target.samefile(source) for source in sources):
        raise WrongUse(f"{target} cannot be written: it is what is read. Give another path.")


def _draw(file: PathwayFile, agencies: AgenciesFile | None, target: Path, *, as_json: bool) -> None:
    from pathways.swim_lanes import draw  # noqa: PLC0415 (takes time)

    try:
        target.write_text(draw(file, agencies), encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{target} cannot be written: {error.strerror}. Give another path.") from error
    if as_json:
        say_json({"pathway": file.pathway, "version": file.version, "diagram": str(target)})
    else:
        say(f"{file.title} is drawn in {target}. Print it on A4, landscape.")
