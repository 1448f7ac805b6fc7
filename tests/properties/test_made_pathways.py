"""The makers of random pathways: what they make is what a coordinator could have written."""

from __future__ import annotations

from hypothesis import given
from lives import as_yaml, compiled
from made_pathways import pathway_trees
from made_words import Tree
from trying import tried

from pathways.declaration import PathwayFile
from pathways.loading import load_pathway


@tried(20)
@given(tree=pathway_trees())
def test_every_made_pathway_passes_all_checks_of_the_loader(tree: Tree) -> None:
    loaded = load_pathway(as_yaml(tree), "made.yaml")

    assert loaded.file is not None, "\n".join(str(error) for error in loaded.errors)
    assert loaded.file == PathwayFile.model_validate(tree)
    assert compiled(tree).tracks
