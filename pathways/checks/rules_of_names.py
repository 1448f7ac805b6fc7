"""Rules about the names in a file: what each says, and how to mend what breaks it."""

from __future__ import annotations

_DECLARE = "declare it or correct the name"

RULES_OF_NAMES: dict[str, tuple[str, str]] = {
    "no-agencies": ("There are agencies to name.", "declare 'agencies' or give agencies.yaml"),
    "unknown-agency": ("Every agency that is named is declared.", _DECLARE),
    "unknown-event": ("Every event that is named is declared or built in.", _DECLARE),
    "unknown-field": ("Every field that is named belongs to its event.", _DECLARE),
    "missing-field": ("A built-in event has the fields that it needs.", "add it to 'fields'"),
    "unknown-value": ("Every value that is asked for is possible.", "choose one that is expected"),
    "unknown-track": ("Every track that is named is declared.", _DECLARE),
    "unknown-stage": ("Every stage that is named is declared in its track.", _DECLARE),
    "unknown-task": ("Every task that is named is declared in a stage.", _DECLARE),
    "unknown-hand-off": ("Every hand-off that is named is declared in a stage.", _DECLARE),
    "unknown-blockage": ("Every blockage that is named or raised is declared.", _DECLARE),
    "unknown-role": ("Every role that is named stands in 'roles'.", _DECLARE),
    "unknown-reason": ("Every list of reasons, and every reason, that is named stands in 'reasons'.", _DECLARE),
    "unknown-kind-of-places": ("Every kind of places that is named stands in 'places'.", _DECLARE),
    "unknown-measure": ("Every measure that is named is declared.", _DECLARE),
    "unknown-time-zone": ("The time zone exists.", "write a zone such as 'Europe/London'"),
    "built-in-event": ("A declared event does not have a built-in name.", "remove it: it may be recorded anyway"),
    "reserved-name": ("No name means something else already.", "choose another name"),
    "given-twice": ("Nothing is listed twice.", "remove one of them or rename it"),
    "reason-conflict": (
        "A code of reason is attributed to the same wherever it stands.",
        "attribute it alike or rename one",
    ),
    "circular": ("Nothing is a part of itself.", "remove one 'of'"),
    "another-pathway": ("A file replaces a published file of the same pathway.", "publish it under its own name"),
    "version-not-raised": ("A changed file has a higher version than the published one.", "raise 'version'"),
    "unallowed-recorder": ("A scenario's events are recorded by agencies that may.", "add it to 'by' of the event"),
    "recorded-before": ("Nothing is recorded before it happened.", "put 'recorded' later"),
    "after-the-end": ("A scenario tells only what comes before its instant.", "put 'at' of the scenario later"),
}
