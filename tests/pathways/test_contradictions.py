"""Which conditions exclude each other: told only where it is certain."""

from __future__ import annotations

import pytest

from pathways.checks.contradictions import contradict
from pathways.conditions import Condition

Tree = dict[str, object]


def score(test: object) -> Tree:
    return {"latest": {"event": "seen", "field": "score", "is": test}}


def stage(**test: object) -> Tree:
    return {"stage": {"track": "support"} | test}


def nested(deep: int, inner: Tree) -> Tree:
    for _ in range(deep):
        inner = {"any": [inner, inner]}
    return inner


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        (score("high"), score("low"), True),
        (score(["high", "middle"]), score(["middle", "low"]), False),
        (score("high"), score({"is_not": "high"}), True),
        (score("low"), score({"is_not": "high"}), False),
        (score(3), score({"at_least": 4}), True),
        (score(4), score({"at_least": 4}), False),
        (score(3), score({"at_most": 2}), True),
        (score(2), score({"at_most": 2}), False),
        (score("high"), score({"at_least": 4}), False),
        (score({"at_least": 4}), score({"at_most": 3}), True),
        (score({"at_least": 3}), score({"at_most": 3}), False),
        (score("high"), {"latest": {"event": "heard", "field": "score", "is": "low"}}, False),
        (stage(**{"is": "housed"}), stage(**{"is": "lost"}), True),
        (stage(**{"is": ["housed", "lost"]}), stage(**{"is": "lost"}), False),
        (stage(**{"is": "housed"}), stage(is_not=["housed", "lost"]), True),
        (stage(is_not=["housed", "lost"]), stage(**{"is": "housed"}), True),
        (stage(is_not="lost"), stage(**{"is": "housed"}), False),
        (stage(is_not="lost"), stage(is_not="housed"), False),
        (stage(**{"is": "housed"}), {"stage": {"track": "enforcement", "is": "lost"}}, False),
        ({"none": [{"accepted": "bed"}]}, {"accepted": "bed"}, True),
        ({"accepted": "bed"}, {"none": [{"accepted": "bed"}]}, True),
        ({"accepted": "bed"}, {"waited": "3 days"}, False),
        ({"all": [{"waited": "3 days"}, score("high")]}, {"all": [score("low")]}, True),
        ({"any": [score("high"), score("middle")]}, score("low"), True),
        ({"any": [score("high"), score("low")]}, score("low"), False),
        (nested(4, score("high")), score("low"), True),
        (nested(5, score("high")), score("low"), False),
    ],
)
def test_two_conditions_exclude_each_other_only_if_that_is_certain(
    one: Tree,
    other: Tree,
    excluded: bool,  # noqa: FBT001 - a column of the table
) -> None:
    first, second = Condition.model_validate(one), Condition.model_validate(other)

    assert contradict(first, second) is contradict(second, first) is excluded
