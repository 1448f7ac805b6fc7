"""The made-up people of the sample. Any likeness to anybody is chance."""

from __future__ import annotations

from datetime import date

from handrail.sample.chance import between, share
from handrail.sample.story import SamplePerson

GIVEN = (
    "Alder", "Bryony", "Corin", "Delphine", "Emrys", "Fern", "Gideon", "Hesper", "Idris", "Jessamy",
    "Kester", "Linnet", "Merrick", "Nerys", "Orson", "Petra", "Quill", "Rowan", "Sorrel", "Tamsin",
    "Ulric", "Verity", "Wystan", "Xanthe", "Yorick", "Zelda", "Bevis", "Cressida", "Dorian", "Elowen",
)  # fmt: skip
FAMILY_BEGINS = ("Ash", "Birk", "Cold", "Dun", "Elm", "Fen", "Gorse", "Hazel", "Iron", "Kes", "Lark", "Marl")
FAMILY_ENDS = ("acre", "bourne", "combe", "dale", "efold")
UNKNOWN_BIRTH = 0.1
HAS_ALIAS = 0.15
YOUNGEST, OLDEST = 19, 57


def person(number: int, referred: date) -> tuple[SamplePerson, int]:
    """Return the ``number``-th person (from 1) and the age stated when they were ``referred``."""
    age = between(YOUNGEST, OLDEST, "age", number)
    family = FAMILY_BEGINS[number % len(FAMILY_BEGINS)] + FAMILY_ENDS[number // len(FAMILY_BEGINS) % len(FAMILY_ENDS)]
    given = GIVEN[number * 7 % len(GIVEN)]
    # A birthday in the first half of the month of January to May has passed by any day from June on.
    born = date(referred.year - age, between(1, 5, "month", number), between(1, 28, "day", number))
    born = born if born.replace(year=referred.year) <= referred else born.replace(year=born.year - 1)
    known = share("birth", number) >= UNKNOWN_BIRTH
    aliases = (f"{given[:3]} {family}",) if share("alias", number) < HAS_ALIAS else ()
    return SamplePerson(given, family, born if known else None, aliases), age
