"""A whole pathway in plain English, for the agencies that work under it.

Everything that the file declares is told: what a reader does not find here is not a rule.
"""

from __future__ import annotations

from pathways.declaration import AgenciesFile, PathwayFile
from pathways.plain_english.conditions import condition_point
from pathways.plain_english.names import Names
from pathways.plain_english.outline import Point, Section, inline, render
from pathways.plain_english.pathway import pathway_section

__all__ = ["Names", "Point", "Section", "condition_point", "inline", "pathway_in_english", "pathway_section"]


def pathway_in_english(file: PathwayFile, agencies: AgenciesFile | None = None, width: int = 96) -> str:
    """Return the pathway as text of at most ``width`` columns where words allow it.

    ``agencies`` gives titles to the agencies when the file declares none itself.
    """
    return render(pathway_section(file, Names(file, agencies), agencies), width)
