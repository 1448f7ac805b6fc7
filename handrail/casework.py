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
from handrail.housing.arriving import Presented, present, present_unknown, refuse
from handrail.housing.cut_off import CutOff, cut_off
from handrail.housing.duty import (
    next_hand_off_or_place,
    next_place_due,
    see_to_places,
    wake_hand_offs_and_places,
)
from handrail.housing.evening import Arrived
from handrail.housing.holding import PlaceUsed, hold, occupy
from handrail.housing.leaving import give_up, leave
from handrail.housing.night_list import GuestLine, Tonight, tonight
from handrail.housing.nights import NightOpened, nightly_kinds, open_night
from handrail.housing.offering import Offered, offer_freed
from handrail.housing.place_imports import PlacesImported, import_places
from handrail.housing.registry import Registered, capacity, places_of
from handrail.housing.registry import bring as bring_places
from handrail.housing.registry import retire as retire_place
from handrail.housing.switches import TurnedOff
from handrail.housing.switches import turn_off as turn_switch_off
from handrail.housing.switches import turn_on as turn_switch_on
from handrail.housing.voids import Void, open_void, turned_round
from handrail.housing.waiting import PersonMatch, PlaceMatch, PlaceMatches, WaiterMatch, match_person, match_place
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
    "Arrived",
    "BlockageRow",
    "BlockageSurvey",
    "Brought",
    "CaseView",
    "CutOff",
    "Detected",
    "GuestLine",
    "Identity",
    "ImportOptions",
    "Imported",
    "LocalityRecorded",
    "Mismatch",
    "Moment",
    "NightOpened",
    "Offered",
    "Origin",
    "Outcome",
    "PersonMatch",
    "PlaceMatch",
    "PlaceMatches",
    "PlaceUsed",
    "PlacesImported",
    "Presented",
    "Published",
    "Referral",
    "Referred",
    "Registered",
    "Said",
    "Speaker",
    "Tonight",
    "TurnedOff",
    "Verified",
    "ViewedShared",
    "Void",
    "WaiterMatch",
    "WakeBatch",
    "accept",
    "act_on_shared",
    "add_names",
    "answer",
    "approve",
    "ask_back",
    "beat",
    "bring_places",
    "capacity",
    "clear_blockage",
    "close",
    "close_shared",
    "complete",
    "complete_hand_off",
    "correct_birth",
    "cut_off",
    "database_now",
    "decline",
    "detect",
    "dispute_blockage",
    "dispute_shared",
    "get_incident",
    "give_up",
    "hold",
    "import_events",
    "import_places",
    "leave",
    "likely_same",
    "list_of_cases",
    "match_person",
    "match_place",
    "merge_shared",
    "move_by_hand",
    "next_due",
    "next_hand_off_or_place",
    "next_place_due",
    "nightly_kinds",
    "occupy",
    "offer_again",
    "offer_freed",
    "open_incidents",
    "open_night",
    "open_reviews",
    "open_void",
    "open_work_of",
    "people_per_stage",
    "person_of",
    "places_of",
    "present",
    "present_unknown",
    "propose",
    "publish",
    "reassign_blockage",
    "reassign_shared",
    "record",
    "record_fault",
    "record_locality",
    "refer",
    "refuse",
    "reopen",
    "retire_place",
    "return_",
    "see_to_places",
    "settle_incident",
    "settle_review",
    "signs_of_life",
    "standing_blockages",
    "steps",
    "survey_blockages",
    "timeline",
    "tonight",
    "turn_switch_off",
    "turn_switch_on",
    "turned_round",
    "verify",
    "view",
    "view_shared",
    "void",
    "wake",
    "wake_due",
    "wake_hand_offs_and_places",
    "why",
    "withdraw",
]
