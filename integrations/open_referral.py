"""Services of Open Referral UK (HSDS-UK 3.0) and how many places they have (``capacities``, of HSDS 3.1).

Read are one service, an array of services, and a page of them (``contents``), each whole, with its organization,
attributes and locations in it. docs/places.md has the map. Source: docs.openreferral.org, HSDS 3.1, schema reference.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from integrations.event_lines import READING_FAULTS, BadLine, shown, stopped_here
from integrations.place_lines import PLACES_LIMIT, CapacityLine, PlacesUnreadable, ProjectLine, Traits

FILE_LIMIT = 1 << 24
"""Bytes of one file, unpacked: a page of a service directory is far below."""
MOST_PLACES = 1_000
"""Of one service."""
TAXONOMY = "handrail"
"""The taxonomy whose terms say what HSDS has no words for."""
UNITS = frozenset(
    ("bed", "beds", "bed space", "bed spaces", "bedspace", "bedspaces", "room", "rooms", "place", "places")
)
SERVING = "active"
_FLAGS = ("single", "accessible", "women_only", "dogs", "couples")
_VALUED = ("project", "kind", "provider", "turnaround_days", "only_while", "risk_not_accepted")
_MOST_DIGITS = 6


class _ServiceError(ValueError):
    """The service says nothing that can be taken; the message is its ``BadLine``."""


class _Term(msgspec.Struct):
    code: str | None = None
    name: str | None = None
    taxonomy: str | None = None


class _Attribute(msgspec.Struct):
    taxonomy_term: _Term | None = None
    value: str | None = None


class _Unit(msgspec.Struct):
    name: str


class _Capacity(msgspec.Struct):
    unit: _Unit
    available: Annotated[float, msgspec.Meta(ge=0)]
    maximum: Annotated[float, msgspec.Meta(ge=0)] | None = None


class _Location(msgspec.Struct):
    attributes: list[_Attribute] | None = None


class _AtLocation(msgspec.Struct):
    location: _Location | None = None
    attributes: list[_Attribute] | None = None


class _Organization(msgspec.Struct):
    name: str


class _Service(msgspec.Struct):
    id: str
    name: str
    status: str
    organization: _Organization | None = None
    capacities: list[_Capacity] | None = None
    attributes: list[_Attribute] | None = None
    service_at_locations: list[_AtLocation] | None = None


class _Page(msgspec.Struct):
    contents: list[msgspec.Raw]


def read_open_referral(stream: io.BufferedIOBase, path: Path) -> Iterator[CapacityLine | BadLine]:
    """Yield a capacity or a refusal for every service, in the file's order, numbered from 1.

    Raises:
        PlacesUnreadable: it is no JSON, is too large, or holds no services.
    """
    seen: dict[str, int] = {}
    for number, raw in enumerate(_services(stream, path), 1):
        if number > PLACES_LIMIT:
            yield BadLine(number, f"Found more than {PLACES_LIMIT:,} services. Reading stopped here; split the file.")
            return
        try:
            line = _read(number, raw)
        except _ServiceError as error:
            yield BadLine(number, str(error))
            continue
        before = seen.setdefault(line.project.key, number)
        if before != number:
            told = f"The project {shown(line.project.key)} stands in service {before} already."
            yield BadLine(number, f"{told} Tell them apart by the attribute {TAXONOMY}:project.")
        else:
            yield line


def _services(stream: io.BufferedIOBase, path: Path) -> list[msgspec.Raw]:
    try:
        content = stream.read(FILE_LIMIT + 1)
    except READING_FAULTS as error:
        raise PlacesUnreadable(f"{path}: {stopped_here(error)}") from error
    if len(content) > FILE_LIMIT:
        raise PlacesUnreadable(f"{path} is larger than {FILE_LIMIT:,} bytes. Split it, a page of services a file.")
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        if content[:1] == b"[":
            return msgspec.json.decode(content, type=list[msgspec.Raw])
        keys = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        if "contents" in keys:
            return msgspec.json.decode(keys["contents"], type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).rstrip(".")
        raise PlacesUnreadable(
            f"{path} is no Open Referral JSON: {told}. Expected services; export it again."
        ) from error
    return [msgspec.Raw(content)]


def _read(number: int, raw: msgspec.Raw) -> CapacityLine:
    try:
        service = msgspec.json.decode(raw, type=_Service)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).rstrip(".")
        raise _ServiceError(f"This is no service of HSDS: {told}.") from error
    flags, values, risks = _terms(service)
    maximum, available = _places(service)
    days = values.get("turnaround_days")
    project = ProjectLine(
        values.get("project") or _key(service.name),
        values.get("kind"),
        service.name,
        values.get("provider"),
        None if days is None else _whole(days),
    )
    organization = None if service.organization is None else service.organization.name
    traits = Traits(**flags, risks_not_accepted=risks or None, only_while=values.get("only_while"))
    return CapacityLine(number, project, maximum, available, organization, traits)


def _places(service: _Service) -> tuple[int, int]:
    if service.status != SERVING:  # inactive, defunct or temporarily closed
        return 0, 0
    beds = [one for one in service.capacities or () if one.unit.name.strip().lower() in UNITS]
    if not beds:
        units = ", ".join(shown(one.unit.name) for one in (service.capacities or ())[:5]) or "none"
        raise _ServiceError(f"{shown(service.name)} has no capacity in beds. Units found: {units}; expected 'Bed'.")
    if any(one.maximum is None for one in beds):
        raise _ServiceError(f"A capacity of {shown(service.name)} has no maximum. Expected how many beds there are.")
    maximum, available = sum(one.maximum or 0.0 for one in beds), sum(one.available for one in beds)
    if not (maximum % 1 == 0 == available % 1 and available <= maximum <= MOST_PLACES):
        found = f"{shown(service.name)} has {available:g} of {maximum:g} beds available."
        raise _ServiceError(f"{found} Expected whole numbers, at most {MOST_PLACES:,}, and no more than there are.")
    return int(maximum), int(available)


def _terms(service: _Service) -> tuple[dict[str, bool], dict[str, str], frozenset[str]]:
    """Return what the terms of our taxonomy say, the last word winning: flags, values, and risks not accepted."""
    flags: dict[str, bool] = {}
    values: dict[str, str] = {}
    risks: set[str] = set()
    for attribute in _attributes(service):
        term = attribute.taxonomy_term
        if term is None or (term.taxonomy or "").strip().lower() != TAXONOMY:
            continue
        code, value = (term.code or term.name or "").strip(), (attribute.value or "").strip()
        if code in _FLAGS or code == "shared":
            flags["single" if code == "shared" else code] = _flag(code, value) != (code == "shared")
        elif code == "risk_not_accepted" and value:
            risks.add(value)
        elif code in _VALUED and value:
            values[code] = value
        else:
            known = ", ".join((*_FLAGS, "shared", *_VALUED))
            raise _ServiceError(f"The term {shown(code)} of {TAXONOMY} says nothing. Expected, with a value: {known}.")
    return flags, values, frozenset(risks)


def _attributes(service: _Service) -> Iterable[_Attribute]:
    for at in service.service_at_locations or ():
        yield from (at.location.attributes if at.location is not None else None) or ()
        yield from at.attributes or ()
    yield from service.attributes or ()


_ANSWERS: Mapping[str, bool] = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _flag(code: str, value: str) -> bool:
    found = _ANSWERS.get(value.lower())
    if found is None:
        raise _ServiceError(f"The term {code!r} has the value {shown(value)}, expected yes or no.")
    return found


def _whole(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return int(text)
    raise _ServiceError(f"turnaround_days is {shown(text)}, expected a whole number of days.")


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]
