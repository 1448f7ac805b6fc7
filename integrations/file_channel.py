"""Notices as files in a folder, for trying out: one message, one file, named by its key."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.errors import Delayed, Refused
from integrations.messages import Receipt

if TYPE_CHECKING:
    from integrations.messages import Message

LONGEST_NAME = 120  # characters; file systems allow 255 bytes


class FileChannel:
    """A channel that writes each message into ``folder``, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> Receipt:
        """Write ``message``; the receipt is the file's name. The same key again gives the same file.

        Raises:
            Delayed: the disk is full or fails.
            Refused: the folder is none, or may not be written to.
        """
        name = file_name(message.key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_whole(self._folder / name, _letter(message))
        except (
            PermissionError,
            NotADirectoryError,
            FileExistsError,
            IsADirectoryError,
        ) as error:
            sentence = f"The notice could not be filed: {error.strerror}. Expected was a folder to write to."
            raise Refused(sentence) from error
        except OSError as error:
            sentence = f"The notice could not be filed now: {error.strerror}. It can be tried again."
            raise Delayed(sentence) from error
        return Receipt(name)


def file_name(key: str) -> str:
    """Return the file's name for ``key``: the key if it can be one, else as much of it as can be, and a hash."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", key)
    if plain == key and 0 < len(key) <= LONGEST_NAME:
        return f"{key}.txt"
    return f"{plain[:LONGEST_NAME]}.{hashlib.sha256(key.encode()).hexdigest()[:16]}.txt"


def _letter(message: Message) -> str:
    head = [
        f"To: {message.to.value}",
        f"Agency: {message.agency}",
        f"Date: {message.sent_for.isoformat()}",
        f"Key: {message.key}",
        f"Kind: {message.kind}{' (urgent)' if message.urgent else ''}",
        f"Subject: {message.subject}",
    ]
    return "\n".join(head) + "\n\n" + message.body


def _write_whole(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
