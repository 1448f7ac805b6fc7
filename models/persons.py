"""Persons: who they are stands here and nowhere else. Everything else knows only the case."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from sqlalchemy import Connection, text

ALIKE = 0.45
"""How similar two names must be (0 to 1, by their groups of three letters) to be worth a look."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a person. The first of ``names`` is the usual one, the others are aliases."""

    names: tuple[str, ...] = field(repr=False)
    date_of_birth: date | None = field(default=None, repr=False)
    age_evidence: str | None = field(default=None, repr=False)
    """What shows the age when no date of birth is known: "passport seen", "about 40, outreach"."""


@dataclass(frozen=True, slots=True)
class LikelySame:
    """A person on file who may be the one meant. ``cases`` are references, the newest in front."""

    person: int
    names: tuple[str, ...] = field(repr=False)
    date_of_birth: date | None = field(repr=False)
    cases: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """A case that a person has or had."""

    id: int
    reference: str
    pathway: str
    status: str


_LIKELY = """
WITH asked AS (SELECT unnest(CAST(:folded AS text[])) AS name),
alike AS (
    SELECT n.person_id, max({similarity}) AS score
    FROM handrail.person_names AS n, asked WHERE n.folded = asked.name OR {condition} GROUP BY n.person_id
), born AS (
    SELECT person_id FROM handrail.identities WHERE date_of_birth = :born
), found AS (
    SELECT COALESCE(a.person_id, b.person_id) AS person_id, COALESCE(a.score, 0) AS score,
        b.person_id IS NOT NULL AS born
    FROM alike AS a FULL JOIN born AS b ON a.person_id = b.person_id
)
SELECT f.person_id, i.date_of_birth, f.score, f.born,
    ARRAY(SELECT name FROM handrail.person_names AS n WHERE n.person_id = f.person_id ORDER BY alias, name) AS names,
    ARRAY(SELECT c.reference FROM handrail.case_persons AS p JOIN handrail.cases AS c ON c.id = p.case_id
          WHERE p.person_id = f.person_id ORDER BY c.id DESC) AS cases
FROM found AS f JOIN handrail.identities AS i ON i.person_id = f.person_id
ORDER BY f.born DESC, f.score DESC, f.person_id LIMIT :limit
"""
_BY_LETTERS = {"similarity": "CASE WHEN n.folded = asked.name THEN 1 ELSE 0 END", "condition": "false"}
_BY_SOUND = {
    "similarity": "{schema}.similarity(n.folded, asked.name)",
    "condition": f"{{schema}}.similarity(n.folded, asked.name) >= {ALIKE}",
}
# It may stand where only the role that laid the tables looks.
_SCHEMA = """
SELECT quote_ident(n.nspname) FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_trgm'
"""


def fold_name(name: str) -> str:
    """Return the name as it is compared: small letters, no accents, single blanks."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return " ".join(plain.casefold().split())


def record_person(connection: Connection, identity: Identity) -> int:
    """Have a new person on file and return the id."""
    statement = text("INSERT INTO handrail.persons DEFAULT VALUES RETURNING id")
    person = cast("int", connection.execute(statement).scalar_one())
    connection.execute(
        text(
            "INSERT INTO handrail.identities (person_id, date_of_birth, age_evidence)"
            " VALUES (:person, :born, :evidence)"
        ),
        {"person": person, "born": identity.date_of_birth, "evidence": identity.age_evidence},
    )
    record_names(connection, person, identity.names)
    return person


def record_names(connection: Connection, person: int, names: Sequence[str]) -> None:
    """Have the names on file too; the first is the usual one if the person had none."""
    statement = text(
        "INSERT INTO handrail.person_names (person_id, name, folded, alias) SELECT :person, :name, :folded,"
        " EXISTS (SELECT 1 FROM handrail.person_names WHERE person_id = :person) ON CONFLICT DO NOTHING"
    )
    for name in names:
        connection.execute(statement, {"person": person, "name": name.strip(), "folded": fold_name(name)})


def update_birth(connection: Connection, person: int, born: date | None, age_evidence: str | None) -> None:
    """Have this be what is known of the person's age."""
    statement = text(
        "UPDATE handrail.identities SET date_of_birth = :born, age_evidence = :evidence WHERE person_id = :person"
    )
    connection.execute(statement, {"person": person, "born": born, "evidence": age_evidence})


def find_identity(connection: Connection, person: int) -> Identity | None:
    """Return what is known of the person."""
    statement = text(
        "SELECT ARRAY(SELECT name FROM handrail.person_names AS n"
        " WHERE n.person_id = i.person_id ORDER BY alias, name), i.date_of_birth, i.age_evidence"
        " FROM handrail.identities AS i WHERE i.person_id = :person"
    )
    rows = connection.execute(statement, {"person": person})
    return next((Identity(tuple(names), born, evidence) for names, born, evidence in rows), None)


def find_person_of(connection: Connection, reference: str) -> int | None:
    """Return the person of the case."""
    statement = text(
        "SELECT p.person_id FROM handrail.case_persons AS p JOIN handrail.cases AS c ON c.id = p.case_id"
        " WHERE c.reference = :reference"
    )
    return cast("int | None", connection.scalar(statement, {"reference": reference}))


def link_case(connection: Connection, case_id: int, person: int) -> None:
    """Have the case be the person's."""
    connection.execute(
        text("INSERT INTO handrail.case_persons (case_id, person_id) VALUES (:case, :person)"),
        {"case": case_id, "person": person},
    )


def lock_cases_of(connection: Connection, person: int) -> list[EarlierCase]:
    """Return the person's cases, the newest in front; nobody else opens one until the transaction ends."""
    connection.execute(text("SELECT 1 FROM handrail.persons WHERE id = :person FOR UPDATE"), {"person": person})
    statement = text(
        "SELECT c.id, c.reference, b.key, c.status FROM handrail.case_persons AS p"
        " JOIN handrail.cases AS c ON c.id = p.case_id JOIN handrail.publications AS b ON b.hash = c.publication"
        " WHERE p.person_id = :person ORDER BY c.id DESC"
    )
    return [EarlierCase(*row) for row in connection.execute(statement, {"person": person})]


def list_likely_same(connection: Connection, identity: Identity, limit: int = 10) -> list[LikelySame]:
    """Return persons on file who may be this one, the likeliest in front.

    Alike is who was born on the same day, or has a name or an alias that is similar to one of these; without the
    extension pg_trgm, one that is the same but for accents and capitals.
    """
    schema = connection.scalar(text(_SCHEMA))
    means = _BY_LETTERS if schema is None else {name: part.format(schema=schema) for name, part in _BY_SOUND.items()}
    statement = text(_LIKELY.format(**means))
    folded = [fold_name(name) for name in identity.names]
    rows = connection.execute(statement, {"folded": folded, "born": identity.date_of_birth, "limit": limit})
    return [
        LikelySame(person, tuple(names), born, tuple(cases), _because(score, same_day=same_day))
        for person, born, score, same_day, names, cases in rows
    ]


def _because(score: float, *, same_day: bool) -> str:
    reasons = []
    if score > 0:
        reasons.append("the same name" if score >= 1 else "a similar name")
    if same_day:
        reasons.append("the same date of birth")
    return " and ".join(reasons)
