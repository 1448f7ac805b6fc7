"""What is sent to an agency: the message, its way out, and the text of a notice."""

from __future__ import annotations

import difflib
import re
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from integrations.errors import TemplateBroken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

KINDS = (
    "task_opened",
    "task_overdue",
    "hand_off_offered",
    "hand_off_reminder",
    "hand_off_expired",
    "hand_off_returned",
    "follow_up_due",
    "follow_up_reminder",
    "escalation",
    "blockage",
    "review",
    "digest",
    "generic",
)
DEFAULT_TEMPLATES = Path(__file__).parent / "templates"
SUBJECT = "Subject:"
EMPTY_LINES = re.compile(r"\n{3,}")

# What a template may raise besides Jinja's own errors: it computes with the values it is given.
COMPUTING_ERRORS = (
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


@dataclass(frozen=True)
class Address:
    """Where a message goes: an e-mail address, or the URL of a webhook."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class Message:
    """One notice, ready to be sent. ``key`` stays the same however often it is tried.

    ``agency`` is the agency's name in agencies.yaml, ``case`` a case's reference, ``sent_for`` aware.
    ``data`` are further codes and instants for machines; nothing personal belongs in any part.
    """

    key: str
    agency: str
    to: Address
    subject: str = field(repr=False)
    body: str = field(repr=False)
    kind: str
    case: str | None
    sent_for: datetime
    urgent: bool
    data: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Receipt:
    """What the other side, or we for it, call the message that was taken."""

    reference: str


class Channel(Protocol):
    """A way out for messages."""

    def send(self, message: Message) -> Receipt:
        """Hand ``message`` over; twice with one key can be told by the receiver.

        Raises:
            Delayed: it was not taken now; send it again later, under the same key.
            Refused: it will not be taken as it stands; a person must look.
        """


@dataclass(frozen=True)
class DigestItem:
    """One line of a digest."""

    what: str
    reference: str | None = None
    by_when: str | None = None
    answer_at: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a template may say. ``by_when`` is local text such as "Friday 20 March 2026, 16:00"."""

    agency_title: str
    what: str
    answer_at: str
    reference: str | None = None
    by_when: str | None = None
    because: str | None = None
    items: Sequence[DigestItem] = ()


@dataclass(frozen=True)
class Text:
    """A notice in words: ``subject`` is one line, ``body`` ends with a line break."""

    subject: str
    body: str


class Templates:
    """The texts of all kinds of notices: a coordinator's own ``folder`` first, then the ones we bring."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read nothing yet but the names in ``folder``.

        Raises:
            TemplateBroken: ``folder`` is missing, or a file in it would never be used.
        """
        if folder is not None:
            _check_names(folder)
        folders = [DEFAULT_TEMPLATES] if folder is None else [folder, DEFAULT_TEMPLATES]
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(place) for place in folders]),
            undefined=StrictUndefined,
            finalize=_given,
            autoescape=False,  # plain text, not HTML
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, kind: str, facts: Facts) -> Text:
        """Return the words of a notice of ``kind``.

        Raises:
            TemplateBroken: there is no such kind, or its template cannot be read, filled in or understood.
        """
        name = f"{kind}.j2"
        if kind not in KINDS:
            raise TemplateBroken(name, None, f"no such kind of notice. Known kinds: {', '.join(KINDS)}.")
        try:
            template = self._environment.get_template(name)
            written = template.render(_on_one_line(facts))
        except TemplateSyntaxError as error:
            found = f"{error.message}. Mend the template."
            raise TemplateBroken(error.filename or error.name or name, error.lineno, found) from error
        except (TemplateError, *COMPUTING_ERRORS) as error:
            _raise_broken(name, error)
        return _parted(template.filename or name, written)

    def check(self, example: Facts) -> list[TemplateBroken]:
        """Return what is wrong with any kind's template, in the order of ``KINDS``, tried out on ``example``."""
        found = []
        for kind in KINDS:
            try:
                self.render(kind, example)
            except TemplateBroken as error:
                found.append(error)
        return found


def _check_names(folder: Path) -> None:
    if not folder.is_dir():
        found = "no such folder of templates. Make it, or take the setting away."
        raise TemplateBroken(str(folder), None, found)
    for path in sorted(folder.glob("*.j2")):
        if path.stem in KINDS or path.stem.startswith("_"):
            continue
        near = difflib.get_close_matches(path.stem, KINDS, n=1)
        meant = f"Did you mean {near[0]}.j2? " if near else ""
        found = f"no notice uses a template of this name. {meant}Known kinds: {', '.join(KINDS)}."
        raise TemplateBroken(str(path), None, found)


def _on_one_line(facts: Facts) -> dict[str, object]:
    values = asdict(facts)
    values["items"] = [_flat(item) for item in values["items"]]
    return _flat(values)


def _flat(values: Mapping[str, object]) -> dict[str, object]:
    # A line break in a value would end the subject early, and look like the next header.
    return {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in values.items()}


def _given(value: object) -> object:
    # Jinja would print "None", and an agency would read it.
    if value is None:
        sentence = "a value is printed that this notice does not have; ask for it first with {% if ... %}"
        raise UndefinedError(sentence)
    return value


def _raise_broken(name: str, error: Exception) -> NoReturn:
    """Raise ``TemplateBroken`` for ``error``, at the template's line; a foreign error's text may hold values."""
    file, line = name, None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.endswith(".j2"):
            file, line = frame.filename, frame.lineno
    told = (error.message or "") if isinstance(error, TemplateError) else ""
    found = f"{type(error).__name__}{': ' if told else ''}{told}."
    if isinstance(error, UndefinedError):
        found += f" Known values: {', '.join(Facts.__dataclass_fields__)}."
    raise TemplateBroken(file, line, found) from error


def _parted(file: str, written: str) -> Text:
    first, _, rest = written.partition("\n")
    subject = first.removeprefix(SUBJECT).strip()
    if not first.startswith(SUBJECT) or not subject:
        raise TemplateBroken(file, 1, 'the text must begin with a line "Subject: ...", and does not.')
    blank, _, body = rest.partition("\n")
    if blank.strip():
        raise TemplateBroken(file, 2, "a blank line must follow the subject, and does not.")
    if not body.strip():
        raise TemplateBroken(file, 3, "the text has a subject and nothing after it.")
    return Text(subject, EMPTY_LINES.sub("\n\n", body).strip("\n") + "\n")
