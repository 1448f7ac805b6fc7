"""What can go wrong with an outside party.

IntegrationError
├── Delayed                 it may heal: send the same message again, under the same key
├── Refused                 it will not heal by itself: a person must look
│   └── AdapterNotReady     this side lacks something: a package, a setting; set right, the same message may leave
├── TemplateBroken          a notice's template cannot be read or filled in
└── DatabaseNotStarted      the embedded PostgreSQL did not come up

No text of these classes holds an address, a subject, a body or anything that the other side said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


class IntegrationError(Exception):
    """An outside party, or our way to it, failed."""


class Delayed(IntegrationError):
    """The message was not taken now; the same message may be taken later.

    ``code`` is the other side's own number (SMTP or HTTP), if it gave one.
    ``retry_after`` is how long the other side asked us to wait, if it asked.
    """

    def __init__(
        self,
        sentence: str,
        *,
        code: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        self.code = code
        self.retry_after = retry_after
        super().__init__(sentence)


class Refused(IntegrationError):
    """The message will never be taken as it stands.

    ``code`` is the other side's own number (SMTP or HTTP), if it gave one.
    """

    def __init__(self, sentence: str, *, code: int | None = None) -> None:
        self.code = code
        super().__init__(sentence)


class AdapterNotReady(Refused):
    """An adapter lacks a package or a setting on this side."""


class TemplateBroken(IntegrationError):
    """A template of a notice cannot be read or filled in.

    ``file`` is the template's name or path, ``line`` its line (from 1), where it is known.
    """

    def __init__(self, file: str, line: int | None, found: str) -> None:
        self.file = file
        self.line = line
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {found}")


class DatabaseNotStarted(IntegrationError):
    """The embedded PostgreSQL did not come up."""
