"""Casework: the one entry for everything that is done to cases and asked about them.

Flows, pages and the command call these functions and nothing below them. Each act is one transaction. What can
go wrong is drawn in ``handrail.errors``.
"""

from __future__ import annotations

from handrail.answers import (
    accept,
    answer,
    approve,
    ask_back,
    clear_blockage,
    close,
    complete,
    complete_hand_off,
    decline,
    move_by_hand,
    propose,
    reopen,
    return_,
    void,
    withdraw,
)
from handrail.publishing import Published, publish
from handrail.recording import Said, Speaker, record
from handrail.referrals import Referral, Referred, refer
from handrail.steps import Outcome
from handrail.sweeps import Act, WakeBatch, database_now, next_due, wake, wake_due
from models.journal import Origin
from models.persons import Identity

__all__ = [
    "Act",
    "Identity",
    "Origin",
    "Outcome",
    "Published",
    "Referral",
    "Referred",
    "Said",
    "Speaker",
    "WakeBatch",
    "accept",
    "answer",
    "approve",
    "ask_back",
    "clear_blockage",
    "close",
    "complete",
    "complete_hand_off",
    "database_now",
    "decline",
    "move_by_hand",
    "next_due",
    "propose",
    "publish",
    "record",
    "refer",
    "reopen",
    "return_",
    "void",
    "wake",
    "wake_due",
    "withdraw",
]
