"""A pathway drawn as swim-lanes: one lane an agency, for a wall, a screen or a sheet of A4.

The drawing needs no script, no style sheet and no font of its own.
"""

from __future__ import annotations

from pathways.declaration import AgenciesFile, PathwayFile
from pathways.swim_lanes.drawing import svg
from pathways.swim_lanes.layout import lay_out
from pathways.swim_lanes.plan import plan

__all__ = ["draw", "lay_out", "plan"]


def draw(file: PathwayFile, agencies: AgenciesFile | None = None) -> str:
    """Return the pathway as SVG text; ``agencies`` gives titles when the file declares none itself."""
    return svg(lay_out(plan(file, agencies)), file.pathway)
