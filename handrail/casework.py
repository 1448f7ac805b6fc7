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
    dispute_blockage,
    move_by_hand,
    offer_again,
    propose,
    reassign_blockage,
    reopen,
    return_,
    void,
    withdraw,
)
from handrail.blockages.acting import (
    ViewedShared,
    act_on_shared,
    close_shared,
    dispute_shared,
    merge_shared,
    reassign_shared,
    view_shared,
)
from handrail.blockages.detecting import Detected, detect
from handrail.imports import Brought, Imported, ImportOptions, import_events
from handrail.locality import LocalityRecorded, record_locality
from handrail.persons import add_names, correct_birth, likely_same
from handrail.publishing import Published, publish
from handrail.reading import (
    CaseView,
    Moment,
    list_of_cases,
    open_reviews,
    open_work_of,
    people_per_stage,
    person_of,
    steps,
    timeline,
    view,
    why,
)
from handrail.recording import Said, Speaker, record
from handrail.referrals import Referral, Referred, refer
from handrail.steps import Outcome
from handrail.survey import BlockageRow, BlockageSurvey, standing_blockages, survey_blockages
from handrail.sweeps import Act, WakeBatch, database_now, next_due, wake, wake_due
from handrail.upkeep import (
    beat,
    get_incident,
    open_incidents,
    record_fault,
    settle_incident,
    settle_review,
    signs_of_life,
)
from handrail.verification import Mismatch, Verified, verify
from models.journal import Origin
from models.persons import Identity

__all__ = [
    "Act",
    "BlockageRow",
    "BlockageSurvey",
    "Brought",
    "CaseView",
    "Detected",
    "Identity",
    "ImportOptions",
    "Imported",
    "LocalityRecorded",
    "Mismatch",
    "Moment",
    "Origin",
    "Outcome",
    "Published",
    "Referral",
    "Referred",
    "Said",
    "Speaker",
    "Verified",
    "ViewedShared",
    "WakeBatch",
    "accept",
    "act_on_shared",
    "add_names",
    "answer",
    "approve",
    "ask_back",
    "beat",
    "clear_blockage",
    "close",
    "close_shared",
    "complete",
    "complete_hand_off",
    "correct_birth",
    "database_now",
    "decline",
    "detect",
    "dispute_blockage",
    "dispute_shared",
    "get_incident",
    "import_events",
    "likely_same",
    "list_of_cases",
    "merge_shared",
    "move_by_hand",
    "next_due",
    "offer_again",
    "open_incidents",
    "open_reviews",
    "open_work_of",
    "people_per_stage",
    "person_of",
    "propose",
    "publish",
    "reassign_blockage",
    "reassign_shared",
    "record",
    "record_fault",
    "record_locality",
    "refer",
    "reopen",
    "return_",
    "settle_incident",
    "settle_review",
    "signs_of_life",
    "standing_blockages",
    "steps",
    "survey_blockages",
    "timeline",
    "verify",
    "view",
    "view_shared",
    "void",
    "wake",
    "wake_due",
    "why",
    "withdraw",
]
