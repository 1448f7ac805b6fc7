"""Made-up places like a city's: a large hostel and two small ones, a winter shelter, beds for a night.

How many places the hostel and the shelter have is published of Derby; nothing else of it is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from handrail.housing.registry import PlaceGiven, ProjectGiven, Registered, bring
from handrail.wiring import Store
from models.places import PlaceFacts

HOSTEL, NIGHTLY = "hostel_room", "nightly_bed"
SEVERE_WEATHER = "severe_weather"
OPENED = date(2016, 4, 1)
NO_SEXUAL_OFFENCE, NO_ARSON = frozenset({"sexual_offence"}), frozenset({"arson"})
NEITHER = NO_SEXUAL_OFFENCE | NO_ARSON


@dataclass(frozen=True, slots=True)
class SampleProject:
    """A project with so many places, named by numbers.

    ``usual`` is what its places are like, ``unlike`` in what some of them differ, by number; ``extra`` more places
    serve only in severe weather.
    """

    project: ProjectGiven
    places: int
    usual: Mapping[str, object] = field(default_factory=dict)
    unlike: Mapping[Sequence[int], Mapping[str, object]] = field(default_factory=dict)
    extra: int = 0


PROJECTS = (
    SampleProject(
        ProjectGiven("milestone", HOSTEL, "Milestone House", "riverside", 7),
        places=43,
        usual={"risks_not_accepted": NO_SEXUAL_OFFENCE},
        unlike={
            (1, 2, 3): {"accessible": True},
            (4, 5, 6, 7, 8, 9): {"women_only": True},
            (10, 11): {"dogs": True},
            (12,): {"dogs": True, "accessible": True},
            (40, 41, 42, 43): {"risks_not_accepted": NEITHER},
        },
    ),
    SampleProject(
        ProjectGiven("castle_court", HOSTEL, "Castle Court", "derby_homes", 10),
        places=12,
        usual={"risks_not_accepted": NO_ARSON},
        unlike={(1,): {"accessible": True}, (2, 3): {"couples": True, "dogs": True}},
    ),
    SampleProject(
        ProjectGiven("padley_house", HOSTEL, "Padley House", "padley", 5),
        places=8,
        usual={"risks_not_accepted": NEITHER},
        unlike={(1, 2, 3, 4): {"women_only": True}, (5, 6): {"single": False, "couples": True}},
    ),
    SampleProject(
        ProjectGiven(
            "winter_shelter", NIGHTLY, "Winter night shelter, moving from church to church", "derby_city_mission"
        ),
        places=35,
        usual={"single": False, "risks_not_accepted": NO_SEXUAL_OFFENCE},
        unlike={(1, 2, 3, 4, 5): {"women_only": True}, (6, 7): {"accessible": True}, (8, 9): {"dogs": True}},
        extra=10,
    ),
    SampleProject(
        ProjectGiven("nsno", NIGHTLY, "No Second Night Out", "riverside"),
        places=12,
        usual={"risks_not_accepted": NO_ARSON},
        unlike={(1,): {"accessible": True}, (2, 3): {"women_only": True}, (4,): {"dogs": True}},
        extra=4,
    ),
)


def sample_projects() -> list[ProjectGiven]:
    """Return the projects of the sample."""
    return [one.project for one in PROJECTS]


def sample_places() -> Iterator[PlaceFacts]:
    """Yield the places of the sample; extra ones are named ``x1`` and so on."""
    for one in PROJECTS:
        for number in range(1, one.places + 1):
            told: dict[str, object] = {**one.usual}
            for numbers, news in one.unlike.items():
                told |= news if number in numbers else {}
            facts = PlaceFacts(one.project.key, f"{number:02d}", in_service_from=OPENED)
            yield replace(facts, **told)  # type: ignore[arg-type]
        for number in range(1, one.extra + 1):
            extra = PlaceFacts(one.project.key, f"x{number}", only_while=SEVERE_WEATHER, in_service_from=OPENED)
            yield replace(extra, single=False)


def load_sample_places(store: Store) -> Registered:
    """Have the places of the sample in the registry; again is harmless. PEEP must be published.

    Raises:
        NotPossible: the pathway was changed so that they no longer fit; nothing was changed.
    """
    return bring(store, sample_projects(), [PlaceGiven(facts) for facts in sample_places()])
