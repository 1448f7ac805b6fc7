"""One event at a time through casework, each durable, beside a bare transaction that writes the same rows."""

from __future__ import annotations

import statistics
from datetime import date
from functools import partial
from itertools import cycle, islice

from benchmarks import charts
from benchmarks.bare_rows import taken_down, write_each
from benchmarks.figures import Figure, Target
from benchmarks.servers import bare, copied, settle
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, percentile, seconds, spread
from handrail.casework import Identity, Referral, Said, Speaker, publish, record, refer
from handrail.wiring import Store

OUTREACH = Speaker("outreach", "An Officer")
DAY = (
    Said("contact.attempted", {"found": True}, OUTREACH),
    Said("offer.made", {"offer": "nsno", "response": "declined", "available": True}, OUTREACH),
    Said("behaviour.seen", {"kind": "begging"}, OUTREACH),
    Said("support.session", {"attended": True}, OUTREACH),
    Said("plan.item", {"need": "housing"}, OUTREACH),
    Said("offer.made", {"offer": "treatment", "response": "accepted", "available": True}, OUTREACH),
    Said(
        "hand_off.declined",
        {"hand_off": "treatment_place", "reason": "no_script_slot"},
        Speaker("treatment", "A Nurse"),
    ),
    Said("accommodation.changed", {"status": "moved_in", "type": "hostel"}, Speaker("housing", "An Officer")),
    Said("accommodation.changed", {"status": "left", "reason": "abandoned"}, Speaker("housing", "An Officer")),
)


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    text, agencies = charts.peep_texts()
    publish(store, text, agencies, file_name="peep.yaml")
    tell(f"one event recorded: opening {sizes.recorded_cases} cases")
    references = [_open_case(store, nth) for nth in range(sizes.recorded_cases)]
    with copied(store, "bare_recording") as other, bare(other) as connection, taken_down() as taken:
        settle(store)
        tell(f"one event recorded: {sizes.recorded_events} events")
        said = [each for each in DAY for _ in references]  # an event of every case, then the next of every case
        acts = list(islice(cycle(zip(cycle(references), said, strict=False)), sizes.recorded_events))
        ours: list[float] = []
        theirs: list[float] = []
        for reference, each in acts:
            ours.append(seconds(partial(record, store, reference, each)))
            theirs.append(seconds(partial(write_each, connection, taken.pop())))
    return _figures([1000 * each for each in ours], [1000 * each for each in theirs])


def _open_case(store: Store, nth: int) -> str:
    identity = Identity((f"Somebody {nth:06}",), date(1980, 1, 1))
    reference = refer(store, "peep", Referral(identity, OUTREACH)).reference
    record(store, reference, Said("referral.accepted", {}, Speaker("public_health", "A Coordinator")))
    return reference


def _figures(ours: list[float], theirs: list[float]) -> list[Figure]:
    beside = "a bare psycopg transaction that writes the same rows, sent at once"
    return [
        Figure(
            "one event recorded, median",
            statistics.median(ours),
            "ms",
            beside,
            statistics.median(theirs),
            Target("value", at_most=5),
            spread(ours),
        ),
        Figure(
            "one event recorded, 99th percentile",
            percentile(ours, 0.99),
            "ms",
            beside,
            percentile(theirs, 0.99),
            Target("value", at_most=20),
        ),
    ]
