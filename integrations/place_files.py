"""Files of places as streams: which kind of file it is, and what it says, line by line.

``PlacesUnreadable`` (or ``LogUnreadable``, of a broken table) is raised for a file of which nothing can be read; a
single wrong line is a ``BadLine`` among the others and never ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from integrations.event_lines import BadLine
from integrations.open_referral import read_open_referral
from integrations.packed_files import beginning_of, refuse_wide_text, unpacked
from integrations.place_csv import read_places_csv
from integrations.place_lines import CapacityLine, PlaceLine, PlacesUnreadable, VacancyLine

__all__ = ["BadLine", "CapacityLine", "PlaceLine", "PlacesUnreadable", "VacancyLine", "read_places"]

_JSON = (b"{", b"[")


def read_places(path: Path, zone: ZoneInfo) -> Iterator[PlaceLine | VacancyLine | CapacityLine | BadLine]:
    """Yield what the file holds in its order: places or vacancies of a table, capacities of Open Referral JSON.

    Which it is, its beginning tells, and of a table its header. Gzip is known by its content. ``zone`` is the zone of
    instants without an offset. Memory is bounded by a line of a table, and by 16 MiB of JSON.

    Raises:
        PlacesUnreadable, LogUnreadable: at the first item, when nothing can be read at all.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise PlacesUnreadable(f"{path} cannot be opened: {error.strerror}. Give the path of a file.") from error
    with raw:
        stream = unpacked(raw)
        beginning = beginning_of(stream, path)
        refuse_wide_text(beginning, path)
        if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_JSON):
            yield from read_open_referral(stream, path)
        else:
            yield from read_places_csv(stream, path, zone)
