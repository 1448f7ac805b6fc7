"""Every file in ``broken/`` gives exactly the problems that its own comments tell, each with its place and words.

To add one, write the file with a first comment that says what is wrong with it, then ``# `` and what
the loader says of it, a line for each problem.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathways.checks.rules import RULES
from pathways.loading import load_pathway

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
TOLD = re.compile(r"# (\d+:\d+: (?:error|warning)\[([a-z0-9-]+)\] .+)")
RULES_OF_OTHER_TESTS = {
    "another-pathway": "needs a published file",
    "version-not-raised": "needs a published file",
    "empty-file": "has no room for a comment",
    "not-utf-8": "is no text",
    "control-character": "cannot be seen",
    "too-large": "is too large to read",
    "too-deep": "is too deep to read",
    "too-many-aliases": "is too long to read",
    "yaml-directive": "must be the first line",
}


def _told(text: str) -> list[str]:
    return [match[1] for line in text.splitlines() if (match := TOLD.fullmatch(line))]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_broken_file_gives_exactly_the_problems_that_it_tells(path: Path) -> None:
    content = path.read_bytes()

    loaded = load_pathway(content, path.name)

    found = [str(problem).removeprefix(f"{path.name}:") for problem in loaded.problems]
    assert found == _told(content.decode())
    assert (loaded.file is None) == any("error[" in line for line in found)


def test_there_are_at_least_forty_broken_files_and_each_says_what_is_wrong_with_it() -> None:
    assert len(FILES) >= 40
    for path in FILES:
        first, second = path.read_text().splitlines()[:2]
        assert re.fullmatch(r"# [A-Z\"].+\.", first), path.name
        assert TOLD.fullmatch(second), path.name


def test_one_mistake_gives_one_problem() -> None:
    several = [path.stem for path in FILES if len(_told(path.read_text())) != 1]

    assert several == ["many_faults_at_once"]


def test_the_broken_files_break_nearly_every_rule() -> None:
    broken = {match[2] for path in FILES for line in path.read_text().splitlines() if (match := TOLD.fullmatch(line))}

    missing = RULES.keys() - broken - RULES_OF_OTHER_TESTS.keys()

    assert sorted(missing) == []
