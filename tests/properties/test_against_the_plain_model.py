"""The engine against a small plain model of a case, on random pathways and random histories.

The model was written after the design and the language page, keeps every event and computes everything anew at
every instant that might matter. What differs is printed with the pathway's YAML and what was recorded.
"""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from lives import Lives
from made_histories import Step, histories
from made_pathways import pathway_trees
from made_words import Tree
from trying import tried


@tried(120)
@given(tree=pathway_trees(), history=histories)
def test_a_case_is_at_every_step_what_a_plain_reading_of_the_language_makes_of_it(
    tree: Tree, history: tuple[datetime, list[Step]]
) -> None:
    Lives(tree).live(history)
