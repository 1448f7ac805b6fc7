"""What the number of an HTTP answer means to a message: taken, later, or never."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from integrations.errors import AdapterNotReady, Delayed, Refused

# Too early, too many, took too long: the receiver itself says that it will heal.
HEALING = frozenset({408, 425, 429})
LONGEST_WAIT = timedelta(days=1)  # whoever asks for more would turn a delay into a silence
LONGEST_NUMBER = 9  # digits of a wait in seconds that is worth counting


def raise_unless_taken(party: str, code: int, retry_after: str | None = None, now: datetime | None = None) -> None:
    """Return for 2xx. ``party`` names the other side in the sentence; ``now`` serves a dated ``Retry-After``.

    Raises:
        Delayed: 408, 425, 429, 5xx and what is no HTTP status.
        Refused: every other status, redirections among them: the message is for the address we were given.
    """
    match code // 100:
        case 2:
            return
        case 3:
            sentence = f"{party} answered {code}, which points elsewhere. Enter the final address instead."
            raise Refused(sentence, code=code)
        case 4 if code not in HEALING:
            raise Refused(f"{party} answered {code}, which refuses the message. Expected was 2xx.", code=code)
    sentence = f"{party} answered {code}. Expected was 2xx; the message can be sent again."
    raise Delayed(sentence, code=code, retry_after=wait_asked_for(retry_after, now))


def is_about_a_certificate(error: BaseException) -> bool:
    """Say whether ``error``, or what it came from, is that the other side's certificate is not trusted."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def untrusted(party: str) -> AdapterNotReady:
    """Return what it means: the message waits until a person has seen to it."""
    sentence = f"{party}'s certificate is not trusted. Have those who run it see to its name, its dates and its signer."
    return AdapterNotReady(sentence)


def wait_asked_for(retry_after: str | None, now: datetime | None) -> timedelta | None:
    """Return the wait that a ``Retry-After`` header asks for, at most a day; None if it asks for none."""
    if retry_after is None:
        return None
    asked = retry_after.strip()
    if re.fullmatch(r"[0-9]+", asked):
        # More digits than a day has need no counting, and could be a million of them.
        return LONGEST_WAIT if len(asked) > LONGEST_NUMBER else min(timedelta(seconds=int(asked)), LONGEST_WAIT)
    return _until(asked, now)


def _until(date: str, now: datetime | None) -> timedelta | None:
    if now is None:
        return None
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError, IndexError):  # the reader of dates gives up in many ways
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return min(max(then - now, timedelta()), LONGEST_WAIT)
