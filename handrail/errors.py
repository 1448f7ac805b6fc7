"""What can keep casework from doing what it was asked.

CaseworkError
├── Refused                    a person must look: nothing was changed
│   ├── RulesRefused           a pathway file has errors, or may not follow the one before it
│   ├── NotEligible            the person does not come within the pathway
│   ├── NotYours               this agency may not record or answer this
│   ├── FieldsRefused          an event's fields are not those that were declared
│   ├── InstantRefused         an event has not happened yet, or its instant makes no sense
│   ├── NotOpen                nothing of this name waits for an answer
│   ├── NotPossible            the case does not stand where this could be done
│   └── SaidDifferently        the same external id brought something else before
├── NotFound                   no such case, pathway, person or event
└── Delayed                    the store is busy or away: the same again may succeed
"""

from __future__ import annotations

from collections.abc import Collection, Mapping


class CaseworkError(Exception):
    """Casework could not do what it was asked."""


class Refused(CaseworkError):
    """A person must look; nothing was changed."""


class NotFound(CaseworkError):
    """There is no such thing."""


class Delayed(CaseworkError):
    """The store is busy or away; the same act may be repeated."""


class RulesRefused(Refused):
    """A pathway file has errors; ``problems`` are their texts, one a line."""

    def __init__(self, file_name: str, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(self.problems)
        super().__init__(f"{file_name} was not published. Mend these first:\n{lines}")


class NotEligible(Refused):
    """The person does not come within the pathway; ``reason`` says which part of the rule fails."""

    def __init__(self, pathway: str, reason: str) -> None:
        self.pathway = pathway
        self.reason = reason
        super().__init__(f"The referral to {pathway} was not taken: {reason}. Nothing was recorded.")


class NotYours(Refused):
    """An agency tried to record or answer what is another's."""

    def __init__(self, agency: str | None, what: str, whose: Collection[str]) -> None:
        self.agency = agency
        self.whose = tuple(whose)
        expected = ", ".join(self.whose) or "nobody"
        given = "Nobody named" if agency is None else f"Agency {agency!r}"
        super().__init__(f"{given} may not {what}. It is for: {expected}.")


class FieldsRefused(Refused):
    """The fields of an event are not those that its kind declares."""

    def __init__(self, kind: str, faults: Collection[str]) -> None:
        self.kind = kind
        self.faults = tuple(faults)
        super().__init__(f"The event {kind!r} was not recorded. {' '.join(self.faults)}")


class InstantRefused(Refused):
    """An event's instant lies in the future or makes no sense."""


class NotOpen(Refused):
    """Nothing of this name waits for this answer any more."""

    def __init__(self, kind: str, name: str, open_names: Collection[str], *, why: str = "") -> None:
        self.kind = kind
        self.name = name
        self.open_names = tuple(sorted(open_names))
        expected = ", ".join(self.open_names) or "none"
        because = f" {why}" if why else ""
        super().__init__(f"There is no open {kind} {name!r} in this case.{because} Open now: {expected}.")


class NotPossible(Refused):
    """The case does not stand where this could be done; the sentence says why and what would help."""


class SaidDifferently(Refused):
    """The same external id brought something else before. ``differences``: by part, what was and what is."""

    def __init__(self, source: str, external_id: str, differences: Mapping[str, tuple[object, object]]) -> None:
        self.source = source
        self.external_id = external_id
        self.differences = dict(differences)
        parts = "; ".join(f"{part} was {was!r} and is now {now!r}" for part, (was, now) in self.differences.items())
        super().__init__(
            f"{source} {external_id} was recorded before, and not like this: {parts}. "
            "Void the recorded event and send the new one under an id of its own."
        )
