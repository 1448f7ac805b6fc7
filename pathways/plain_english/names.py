"""What the parts of a pathway are called in a text for people: titles where there are any, else plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from pathways.clocks import Duration
from pathways.declaration import AgenciesFile, PathwayFile

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

WEEKDAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def plain(name: str) -> str:
    """Return ``offer.made`` as "offer made": a name without the marks that join its words."""
    return " ".join(name.replace("_", " ").replace(".", " ").split()) or name


def quoted(text: str) -> str:
    return f"“{text}”"


def either(words: Iterable[str], conjunction: str = "or") -> str:
    """Return "a", "a or b", "a, b or c"."""
    *most, last = list(words) or ["nothing"]
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def day(instant: datetime) -> str:
    """Return "21 March 2026", with the time of day unless it is midnight."""
    text = f"{instant.day} {MONTHS[instant.month - 1]} {instant.year}"
    if instant.time() == time(0) and instant.tzinfo is None:
        return text
    clock = f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
    zone = "" if instant.tzinfo is None else f" ({instant:%z})"
    return f"{text}, {clock}{zone}"


def every(time: Duration) -> str:
    """Return "every day", "every 4 weeks"."""
    return f"every {str(time).removeprefix('1 ')}" if time.amount == 1 else f"every {time}"


def weekdays(text: str) -> str:
    """Return "Monday to Friday" for ``mon-fri``."""
    return " to ".join(WEEKDAYS.get(part.strip().lower(), part.strip()) for part in text.split("-"))


def value(of: Any) -> str:
    """Return a value of a field as a person would write it."""
    if isinstance(of, bool):
        return "yes" if of else "no"
    return quoted(plain(of)) if isinstance(of, str) else str(of)


class Names:
    """The titles of everything that a pathway file names."""

    def __init__(self, file: PathwayFile, agencies: AgenciesFile | None = None) -> None:
        entries = file.agencies if file.agencies is not None else agencies.agencies if agencies else {}
        stages = [(name, stage) for track in file.tracks.values() for name, stage in track.stages.items()]
        self._agencies = {name: entry.title for name, entry in entries.items()}
        self._tracks = _titles({name: track.title for name, track in file.tracks.items()})
        self._stages = _titles({name: stage.title for name, stage in stages})
        self._events = _titles({name: event.title for name, event in file.events.items()})
        self._tasks = _titles({name: task.title for _, stage in stages for name, task in stage.tasks.items()})
        self._hand_offs = _titles(
            {name: hand_off.title for _, stage in stages for name, hand_off in stage.hand_offs.items()}
        )
        self._blockages = _titles({name: blockage.title for name, blockage in file.blockages.items()})
        self._places = _titles({name: kind.title for name, kind in file.places.items()})

    def agency(self, name: str) -> str:
        return "the stage's owner" if name == "owner" else self._agencies.get(name, plain(name))

    def agencies(self, names: Iterable[str], conjunction: str = "or") -> str:
        # Titles may hold commas of their own, so that only a semicolon tells agencies apart.
        titles = [self.agency(name) for name in names]
        if any("," in title for title in titles):
            return "; ".join(titles)
        return either(titles, conjunction)

    def track(self, name: str) -> str:
        return self._tracks.get(name, plain(name))

    def stage(self, name: str) -> str:
        return quoted(self.stage_title(name))

    def stage_title(self, name: str) -> str:
        return self._stages.get(name, plain(name))

    def whole_stage(self, name: str) -> str:
        """Return a stage that is written ``track.stage``, with its track."""
        track, _, stage = name.partition(".")
        return f"{self.stage(stage)} of the track {self.track(track)}"

    def event(self, name: str) -> str:
        return quoted(self._events.get(name, plain(name)))

    def task(self, name: str) -> str:
        return quoted(self._tasks.get(name, plain(name)))

    def hand_off(self, name: str) -> str:
        return quoted(self._hand_offs.get(name, plain(name)))

    def blockage(self, name: str) -> str:
        return quoted(self._blockages.get(name, plain(name)))

    def place(self, name: str) -> str:
        return quoted(self._places.get(name, plain(name)))


def _titles(given: Mapping[str, str | None]) -> dict[str, str]:
    """Return a title for each name; where two things would be called the same, their names follow."""
    titles = {name: title or plain(name) for name, title in given.items()}
    often = Counter(title.casefold() for title in titles.values())
    return {name: f"{title} [{name}]" if often[title.casefold()] > 1 else title for name, title in titles.items()}
