"""The pictures in the documents show the pathways as they are."""

from __future__ import annotations

from pathlib import Path

from pathways.loading import load_agencies, load_pathway
from pathways.swim_lanes import draw

HOUSE = Path(__file__).parents[2]


def test_the_picture_of_peep_is_fresh() -> None:
    agencies, _ = load_agencies((HOUSE / "pathways/agencies.yaml").read_text(), "agencies.yaml")
    file = load_pathway((HOUSE / "pathways/peep.yaml").read_text(), "peep.yaml", agencies).file
    assert file is not None

    fresh = draw(file, agencies)

    shown = (HOUSE / "docs/peep.svg").read_text()
    assert shown == fresh, "run: handrail show pathways/peep.yaml --diagram docs/peep.svg"
