"""The one place where an error becomes a sentence and an exit status.

Errors of our own trees speak for themselves. Anything else is a fault of the program: its text may hold
personal data, so only its class and a number are shown; the rest is kept in a file that only its owner may read.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TextIO

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
DONE, FOUND_WRONG, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
OURS = ("handrail.", "integrations.", "pathways.", "models.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about an error, and with which status the command ends."""

    status: int
    kind: str
    sentence: str


def report(error: Exception, *, as_json: bool) -> int:
    """Say on standard error what happened (and as JSON on standard output if asked), and return the exit status."""
    if isinstance(error, BrokenPipeError):
        _send_nowhere(sys.stdout)
        return DONE
    if type(error).__name__ == HELP_INSTEAD:
        _print(str(error), sys.stderr)
        return WRONG_USE
    verdict = _mistyped(error) or judge(error)
    if as_json:
        told = {"error": {"kind": verdict.kind, "message": verdict.sentence}}
        _print(json.dumps(told, ensure_ascii=False), sys.stdout)
    _print(f"handrail: {verdict.sentence}", sys.stderr)
    _let_out(sys.stdout)
    return verdict.status


HELP_INSTEAD = "NoArgsIsHelpError"
EXTRA_WORDS = "Got unexpected extra argument"


def _mistyped(error: Exception) -> Verdict | None:
    """Return what is wrong with the words behind the command, or ``None`` if they could be read.

    Words too many are not repeated: most often they are a name that wants quotes.
    """
    told, context = getattr(error, "format_message", None), getattr(error, "ctx", None)
    if told is None:
        return None
    sentence = str(told())
    if sentence.startswith(EXTRA_WORDS):
        sentence = "There are more words than this verb takes. Put what has blanks in it in quotes."
    stop = "" if sentence.endswith((".", "?")) else "."
    usage = "" if context is None else f" {' '.join(context.get_usage().split())} (more: {context.command_path} --help)"
    return Verdict(WRONG_USE, "WrongUse", f"{sentence}{stop}{usage}")


def _print(line: str, stream: TextIO) -> None:
    """Print at once; a stream that nobody reads, or with no room left, keeps nobody from the status."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        _send_nowhere(stream)


def _let_out(stream: TextIO) -> None:
    """Write what is still held back, or drop it: Python would try again at its end, and leave with 120."""
    try:
        stream.flush()
    except OSError:
        _send_nowhere(stream)


def judge(error: Exception) -> Verdict:
    """Return what to say about ``error``; a fault of the program is written down first."""
    kind = type(error).__name__
    if _is_ours(error):
        return Verdict(getattr(error, "status", FOUND_WRONG), kind, str(error))
    if kind == "ValidationError" and getattr(error, "title", "") == "Settings":
        return Verdict(WRONG_USE, "SettingsRefused", _settings_sentence(error))
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        return Verdict(WRONG_USE, "NotText", "Something that was given is not UTF-8 text. Nothing was done; repeat it.")
    if (no_room := _no_room_sentence(error)) is not None:
        return Verdict(FOUND_WRONG, kind, no_room)
    if isinstance(error, OSError) and error.filename is not None:
        reason = error.strerror or kind
        return Verdict(WRONG_USE, kind, f"{error.filename}: {reason}. Check the path and who may use it.")
    return Verdict(FOUND_WRONG, kind, _fault_sentence(error))


def _is_ours(error: Exception) -> bool:
    """Whether the error's own tree (not a library's) promises a message fit to be read by anybody."""
    return any(cls.__module__.startswith(OURS) and cls is not Exception for cls in type(error).__mro__)


def _no_room_sentence(error: Exception) -> str | None:
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return "There is no room left where this was to be written. Make some, repeat it."
    if getattr(error, "sqlite_errorname", None) == "SQLITE_FULL":  # a log is sorted on disk
        place = f"There is no room left for scratch files in {gettempdir()}."
        return f"{place} Make some, or name a roomier folder in TMPDIR; then repeat it."
    return None


def _settings_sentence(error: Exception) -> str:
    """Return which settings are wrong and why, never what they were set to."""
    faults: list[dict[str, Any]] = getattr(error, "errors", list)()
    told = [f"HANDRAIL_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in faults]
    return f"The settings in the environment cannot be read. {'; '.join(told)}."


def _fault_sentence(error: Exception) -> str:
    number = secrets.token_hex(4)
    begun = f"Something unexpected happened ({type(error).__name__}, fault {number})."
    kept = _keep(error, number)
    if kept is None:
        return f"{begun} Its details could not be kept. Set HANDRAIL_STATE to a folder you may write to, and repeat it."
    return f"{begun} The details are in {kept}; they may hold personal data."


def _keep(error: Exception, number: str) -> Path | None:
    """Write the whole fault into the state folder and return where; ``None`` if that fails too."""
    folder = Path(os.environ.get("HANDRAIL_STATE", ".handrail")) / "faults"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{number}.txt"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return path


def _send_nowhere(stream: TextIO) -> None:
    """Whoever read our output has read enough: let Python's own last flush go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
