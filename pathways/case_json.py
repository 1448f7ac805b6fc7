"""A case as canonical JSON text: the same case gives the same bytes, on every machine.

Keys are sorted, there are no blanks, instants stand in UTC, and what equals its default is left out.
Mappings come back with their keys sorted: nothing may depend on their order.
"""

from __future__ import annotations

import msgspec

from pathways.case import Case

_WRITER = msgspec.json.Encoder(order="sorted")
_READER = msgspec.json.Decoder(Case)


class CaseUnreadable(ValueError):
    """A text is not the canonical JSON of a case."""


def to_json(case: Case) -> str:
    """Return the canonical text of ``case``, whose instants are in UTC."""
    return _WRITER.encode(case).decode()


def from_json(text: str) -> Case:
    """Return the case that ``text`` stands for; ``to_json`` gives the same text again.

    Raises:
        CaseUnreadable: the text is not JSON, or not that of a case.
    """
    try:
        return _READER.decode(text)
    except msgspec.DecodeError as error:
        sentence = (
            "The stored text is not a case as this release writes it. Compare the releases that wrote and read it."
        )
        raise CaseUnreadable(sentence) from error
