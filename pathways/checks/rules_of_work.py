"""Rules about whether a pathway can work: what each says, and how to mend what breaks it."""

from __future__ import annotations

RULES_OF_WORK: dict[str, tuple[str, str]] = {
    "gated-start": ("The first stage of a track has no gate.", "start in a stage before it"),
    "closed-at-once": ("Not every track starts in a final stage.", "remove one 'final'"),
    "unreachable-stage": ("Moves lead from the start of a track to each of its stages.", "add a move to it"),
    "dead-end": ("A stage that is not final has a move.", "add a move or 'final: true'"),
    "outcome-before-end": ("Only a final stage has an outcome.", "add 'final: true' or remove the outcome"),
    "loop-with-no-wait": (
        "Every cycle of moves waits for an event or for time.",
        "let one of its moves wait for an event or a time",
    ),
    "approved-outside-gate": ("Only a gate asks for approval.", "put it into the 'gate' of the stage moved to"),
    "self-approved-gate": ("Nobody approves what they proposed.", "name another role"),
    "locked-from-inside": (
        "What a gate asks to be done can be done before one is behind it.",
        "move the task to a stage before the gate",
    ),
    "referral-fact-outside-eligibility": (
        "What is known at referral is asked for in 'eligibility' only.",
        "move it to 'eligibility'",
    ),
    "case-fact-in-eligibility": (
        "'eligibility' asks only for what is known at referral.",
        "put it into the gate of a stage",
    ),
    "accepted-elsewhere": (
        "'accepted' in a stage is about a hand-off of that stage.",
        "ask for 'done' of the hand-off, or declare it here",
    ),
    "empty-range": ("Something is within every range.", "swap or correct the bounds"),
    "always-true": ("No condition goes without saying.", "ask for at least 1"),
    "escalation-to-owner": ("What is late is escalated to somebody else.", "escalate to another agency"),
    "steps-out-of-order": ("Late steps stand in the order in which they are taken.", "sort the steps by 'after'"),
    "never-due": ("What has a time of day or late steps has a due time.", "add 'due'"),
    "endless-follow-up": ("Every follow-up ends some day.", "add 'until' or a move out of the stage"),
    "hand-off-to-owner": ("A hand-off is not offered to the owner of its stage.", "remove the agency"),
    "event-nobody-may-record": (
        "Every event may be recorded by an agency that lasts.",
        "add an agency to 'by'",
    ),
    "misfit-of-the-person": (
        "That a place does not fit is never booked as the person's own doing.",
        "name a reason of the system, a provider or the law",
    ),
    "visit-fact-of-a-place": (
        "Whom a place fits, and who comes first, is asked of the whole case.",
        "ask about the whole case",
    ),
    "endless-night": ("A night is over before the next one begins.", "let it end earlier, or begin later"),
    "reason-not-kept": (
        "What is recorded of a refusal has a field for its reason.",
        "add the field, or say another event",
    ),
    "shared-in-a-case": (
        "A blockage of a service, a step or a rule is neither raised in a case nor asked about there.",
        "name a blockage of a person, or remove it",
    ),
    "usual-too-short": ("What is usual is taken from a longer while than what is compared with it.", "lengthen 'than'"),
    "working-clock-without-calendar": (
        "Who counts in working time names a calendar.",
        "add 'calendar: england-and-wales' at the top",
    ),
    "zero-duration": ("A duration lasts, where nothing would make no sense.", "write at least 1"),
    "too-long-a-duration": ("A duration is at most 20 years.", "write a shorter one"),
    "early-before-last": ("An answer comes no earlier than the question before.", "shorten 'early'"),
    "window-backwards": ("What begins ends after that.", "swap or correct the dates"),
    "bad-hours": ("Opening hours are days and times.", 'write them like {mon-fri: "09:00-17:00"}'),
    "successor-absent": ("A successor acts when its predecessor ends.", "correct the dates or the successor"),
    "successor-cycle": ("No agency comes after itself.", "remove one 'successor'"),
}

WARNINGS_OF_WORK: dict[str, tuple[str, str]] = {
    "no-way-back-to-support": (
        "From every stage that is not final a person can come back.",
        "add a move back",
    ),
    "unused-name": ("Something uses every role and every list of reasons.", "remove it or use it"),
    "unused-event": ("Something asks for every declared event.", "remove it or ask for it"),
    "hand-off-without-expiry": ("Every offer expires.", "add 'answer_within'"),
    "unheard-hand-off": ("Somebody hears when no agency takes a hand-off.", "raise a blockage or escalate"),
    "unheard-follow-up": ("Somebody hears when a follow-up is not answered.", "remind, escalate or raise a blockage"),
    "unanswerable-follow-up": (
        "Who is asked a follow-up may record an answer.",
        "add the agency to 'by' of the event, or ask another",
    ),
    "gate-without-second-person": ("A gate is approved by a second officer.", "add 'other_than' with a role"),
    "enforcement-without-safeguarding": (
        "A gate that is approved wants a safeguarding check first.",
        "add 'done' of a safeguarding task to the gate",
    ),
    "blockage-never-opens": ("Something opens every blockage.", "add 'when' or raise it"),
    "unheard-no-show": (
        "Somebody hears when a person does not come for the night.",
        "say an event when it is 'missed'",
    ),
    "fits-everybody": ("Places that may fit nobody have a rule of whom they fit.", "declare 'fits' of the places"),
    "never-said": ("What is said of places can happen there.", "remove it"),
    "agency-without-successor": ("An agency that ends has a successor.", "name a successor or another agency"),
}
