"""Publishing: from then on new cases stand on these rules; those that are open keep theirs."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.errors import NotFound
from handrail.rules import read_rules, rules_hash
from handrail.steps import transaction
from handrail.wiring import Store
from integrations.bank_holidays import england_and_wales
from models.publications import Publication, find_newest, hold_pathway, list_newest, record_publication


@dataclass(frozen=True, slots=True)
class Published:
    """What is in force now. ``new`` is False if these very rules were in force before."""

    key: str
    version: int
    hash: str
    new: bool


def publish(store: Store, text: str, agencies: str | None, *, file_name: str, officer: str | None = None) -> Published:
    """Have the rules of ``text`` in force for new cases. ``agencies`` is the text of agencies.yaml.

    The very same rules again change nothing. Changed rules need a raised version; changed agencies do not.

    Raises:
        RulesRefused: the texts have errors; all of them are told, and nothing was published.
    """
    file, _ = read_rules(text, agencies, file_name)
    holidays = england_and_wales() if file.calendar is not None else frozenset()
    hash_ = rules_hash(text, agencies, holidays)
    with transaction(store) as connection:
        hold_pathway(connection, file.pathway)
        before = find_newest(connection, file.pathway)
        if before is not None and before.hash == hash_:
            return Published(file.pathway, file.version, hash_, new=False)
        if before is not None and before.text != text:
            previous, _ = read_rules(before.text, before.agencies, f"{before.key}.yaml")
            read_rules(text, agencies, file_name, previous)
        given = Publication(hash_, file.pathway, file.version, text, agencies, holidays, officer)
        record_publication(connection, given)
    return Published(file.pathway, file.version, hash_, new=True)


def get_newest(store: Store, key: str) -> Publication:
    """Return the rules of pathway ``key`` that are in force for new cases.

    Raises:
        NotFound: it was never published.
    """
    with transaction(store) as connection:
        found = find_newest(connection, key)
        known = [each.key for each in list_newest(connection)]
    if found is None:
        message = f"The pathway {key!r} was never published. Published: {', '.join(known) or 'none'}."
        raise NotFound(message)
    return found
