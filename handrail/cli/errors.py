"""What the command itself refuses.

CommandError
├── WrongUse      the arguments cannot be meant like this (status 2)
└── FoundWrong    the work was done, and something is wrong with what it looked at (status 1)
"""

from __future__ import annotations


class CommandError(Exception):
    """The command cannot do what it was asked; the message is a sentence."""

    status = 1


class WrongUse(CommandError):
    """The arguments cannot be meant like this; the sentence says what to give instead."""

    status = 2


class FoundWrong(CommandError):
    """Something is wrong with what the command looked at; everything else has been printed already."""
