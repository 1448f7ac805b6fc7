"""Persons: what is known of who they are, and who on file may be the one that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handrail.errors import NotFound, Refused
from handrail.steps import transaction
from handrail.wiring import Store
from models import persons
from models.persons import Identity, LikelySame

LONGEST_NAME = 200


def likely_same(store: Store, identity: Identity) -> list[LikelySame]:
    """Return persons on file who may be this one, the likeliest in front: look before you refer."""
    with transaction(store) as connection:
        return persons.list_likely_same(connection, identity)


def add_names(store: Store, person: int, names: Sequence[str]) -> Identity:
    """Have the names on file as the person's aliases too, and return all that is known.

    Raises:
        NotFound: no person has this id.
        Refused: a name is none.
    """
    check_names(names)
    with transaction(store) as connection:
        _known(persons.find_identity(connection, person), person)
        persons.record_names(connection, person, names)
        return _known(persons.find_identity(connection, person), person)


def correct_birth(store: Store, person: int, born: date | None, age_evidence: str | None = None) -> Identity:
    """Have this be the person's date of birth, or the evidence of age where none is known; return what is known.

    Raises:
        NotFound: no person has this id.
    """
    with transaction(store) as connection:
        persons.update_birth(connection, person, born, age_evidence)
        return _known(persons.find_identity(connection, person), person)


def check_names(names: Sequence[str]) -> None:
    """Make sure that each of ``names`` can be one. Nobody has to have any.

    Raises:
        Refused: a name is blank, too long, or holds what cannot be printed; it is not repeated.
    """
    if any(not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME for name in names):
        raise Refused(f"A name is blank or no name. Give up to {LONGEST_NAME} signs that can be printed.")


def _known(found: Identity | None, person: int) -> Identity:
    if found is None:
        message = f"There is no person {person} on file. Look the person up by the case."
        raise NotFound(message)
    return found
