"""Every letter says where to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail.letters import Letter, Writer
from handrail.rules import ready
from integrations.messages import Address, Templates
from models.notices import Waiting
from models.publications import Publication

HOSPITAL = Path(__file__).parents[2] / "pathways" / "hospital_discharge.yaml"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def waiting(number: int) -> Waiting:
    return Waiting(
        key=f"K4T-W9M-P2R/{number}",
        reference="K4T-W9M-P2R",
        pathway="hospital_discharge",
        agency="housing",
        kind="task_opened",
        track=None,
        subject=None,
        at=NOON,
        due_at=None,
        because="",
        urgent=False,
        message=None,
        tries=0,
    )


@pytest.mark.parametrize(
    ("base_url", "one", "several"),
    [
        pytest.param(
            "https://handrail.example.org",
            "https://handrail.example.org/cases/K4T-W9M-P2R",
            "https://handrail.example.org/agencies/housing",
            id="on the pages of the installation",
        ),
        pytest.param(
            "",
            "handrail case K4T-W9M-P2R",
            "handrail report tasking --agency housing",
            id="with the command where there are no pages",
        ),
    ],
)
def test_a_letter_says_where_to_answer(base_url: str, one: str, several: str) -> None:
    rules = ready(Publication("hash", "hospital_discharge", 1, HOSPITAL.read_text(), None, frozenset(), None))
    writer = Writer(Templates(), {"hospital_discharge": rules}, base_url)
    notices = (waiting(1), waiting(2))

    letter = writer.message(Letter("K4T-W9M-P2R/1", "housing", notices[:1]), Address("housing@example.org"))
    daily = writer.message(Letter("digest/housing", "housing", notices), Address("housing@example.org"))

    assert one in letter.body.splitlines()
    assert several in daily.body.splitlines()
