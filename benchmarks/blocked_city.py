"""Very many people of five years, laid at once, in whose lives blockages are looked for.

Each has ten events. Nine in ten are housed and gone, one in ten is still in the shelter, one in a hundred waits.
"""

from __future__ import annotations

from sqlalchemy import text

from benchmarks.laying import without_indexes
from benchmarks.servers import settle, without_foreign_keys
from benchmarks.timing import Tell
from handrail.casework import publish
from handrail.wiring import Store
from models.database import raw

TABLES = ("handrail.cases", "handrail.events", "handrail.changes", "handrail.work", "handrail.notices")
LAID_AT_ONCE = 100_000
CITY = """
pathway: city
version: 1
title: City
coordinator: council
agencies:
  council: {title: Council}
  outreach: {title: Outreach}
  mission: {title: City Mission}
  riverside: {title: Riverside}
opens_on: [referral.made]
reasons:
  bed_reason: {full: system, pet: provider, no_id: system, not_wanted: person}
events:
  referral.made: {by: [outreach]}
  offer.made: {by: [outreach], fields: {response: [accepted, declined]}}
  seen: {by: [outreach]}
  barrier: {by: [outreach], fields: {status: [standing, removed], reason: bed_reason}}
  moved.in: {by: [mission]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: outreach
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {response: accepted}}}
            to: [mission, riverside]
            answer_within: 30 days
            declined: {ask: bed_reason, then: next}
        moves: [{to: shelter, when: {accepted: bed}}]
      shelter:
        owner: council
        moves: [{to: home, when: {event: moved.in}}, {to: street, by_hand: true}]
      home: {owner: council, final: true}
places:
  room: {waiting: [bed], hold: 1 day}
blockages:
  rooms_full: {theme: housing, attributable_to: system, owner: council, service: {places: room, full_for: 2 days}}
  room_voids: {theme: housing, attributable_to: provider, owner: council, service: {places: room, void_for: 14 days}}
  rooms_unfit: {theme: housing, attributable_to: provider, owner: council, service: {places: room, unfit_for: 3 days}}
  slow_decisions:
    theme: housing
    attributable_to: provider
    owner: council
    service: {hand_off: bed, slower: {within: 4 weeks, than: 26 weeks}}
  many_declines:
    theme: housing
    attributable_to: provider
    owner: council
    service: {hand_off: bed, declines: {within: 4 weeks, than: 26 weeks}}
  piling_up:
    theme: housing
    attributable_to: system
    owner: council
    step: {stage: support.shelter, piling_up_for: 4 weeks}
  longer:
    theme: housing
    attributable_to: system
    owner: council
    step: {stage: support.shelter, slower: {within: 8 weeks, than: 26 weeks}}
  same_reason:
    theme: housing
    owner: council
    rule: {reasons: bed_reason, people: 3, within: 28 days, act_within: 14 days}
"""
ROOMS = (
    "INSERT INTO handrail.projects (key, kind, title, provider) VALUES ('elm', 'room', 'Elm', 'riverside')",
    """
INSERT INTO handrail.places (project, kind, name, in_service_from)
SELECT 'elm', 'room', CAST(n AS text), '2020-01-01' FROM generate_series(1, 300) AS n
""",
    """
INSERT INTO handrail.place_uses (place_id, kind, use, during)
SELECT id, 'room', 'stay', tstzrange(clock_timestamp() - interval '30 days', NULL) FROM handrail.places
""",
)
LIVES = """
CREATE TEMPORARY TABLE lives AS
SELECT n AS id, began, began + interval '1 hour' AS asked,
       began + interval '1 hour' - ln(1 - r1) * interval '2 days' AS decided, r2 < 0.15 AS declined,
       began + interval '2 hours' - ln(1 - r1) * interval '2 days' - ln(1 - r3) * interval '20 days' AS housed,
       n % 100 = 0 AS waits, n % 10 = 1 AS stays, n % 20 = 3 AS barred
FROM (
    SELECT n, clock_timestamp() - interval '1 day' - random() * interval '1826 days' AS began,
           random() * 0.99 AS r1, random() AS r2, random() * 0.99 AS r3
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
) AS drawn
"""
CASES = """
INSERT INTO handrail.cases (id, reference, publication, referral, state, version, changes, status)
SELECT id, 'CITY-' || id, (SELECT hash FROM handrail.publications WHERE key = 'city'), '{}', repeat('x', 800), 1, 8,
       CASE WHEN waits OR stays THEN 'open' ELSE 'closed' END
FROM lives
"""
EVENTS = """
INSERT INTO handrail.events (case_id, number, kind, occurred_at, recorded_at, agency, officer, fields)
SELECT id, number, kind, at, at, 'outreach', 'An Officer', fields FROM lives CROSS JOIN LATERAL (VALUES
    (1, 'referral.made', began, CAST('{}' AS jsonb)),
    (2, 'offer.made', asked, '{"response": "accepted"}'),
    (3, CASE WHEN barred THEN 'barrier' ELSE 'seen' END, asked, CASE WHEN barred
        THEN jsonb_build_object('status', 'standing', 'reason', (ARRAY['full', 'pet', 'no_id'])[1 + id % 3])
        ELSE '{}' END),
    (4, 'hand_off.accepted', decided, '{"hand_off": "bed"}'),
    (5, 'seen', decided, '{}'), (6, 'seen', decided, '{}'), (7, 'seen', decided, '{}'), (8, 'seen', decided, '{}'),
    (9, 'seen', decided, '{}'), (10, 'moved.in', least(housed, clock_timestamp()), '{}')
) AS told(number, kind, at, fields)
"""
CHANGES = """
INSERT INTO handrail.changes
    (case_id, number, at, kind, track, subject, from_, to_, agency, because, rule, evidence)
SELECT id, number, at, kind, 'support', subject, from_, to_, agency, 'as it was recorded then', 'support.street', '{1}'
FROM lives CROSS JOIN LATERAL (VALUES
    (1, 'case_opened', began, NULL, NULL, NULL, NULL, true),
    (2, 'hand_off_offered', asked, 'bed', NULL, NULL, 'mission', true),
    (3, CASE WHEN declined THEN 'hand_off_declined' ELSE 'hand_off_reminded' END, decided, 'bed', NULL,
        CASE WHEN declined THEN 'not_wanted' END, 'mission', NOT waits),
    (4, 'hand_off_offered', decided, 'bed', NULL, NULL, 'riverside', declined AND NOT waits),
    (5, 'hand_off_accepted', decided, 'bed', NULL, NULL, CASE WHEN declined THEN 'riverside' ELSE 'mission' END,
        NOT waits),
    (6, 'moved', decided, 'shelter', 'street', 'shelter', NULL, NOT waits),
    (7, 'moved', housed, 'home', 'shelter', 'home', NULL, NOT waits AND NOT stays),
    (8, 'case_closed', housed, NULL, NULL, NULL, NULL, NOT waits AND NOT stays)
) AS told(number, kind, at, subject, from_, to_, agency, is_so) WHERE is_so
"""
WORK = """
INSERT INTO handrail.work (case_id, kind, name, track, stage, nth, opened_at, agency, state, overdue, closed_at)
SELECT id, 'track', 'support', 'support', CASE WHEN waits THEN 'street' WHEN stays THEN 'shelter' ELSE 'home' END, 1,
       decided, 'council', 'open', false, NULL FROM lives
UNION ALL SELECT id, 'hand_off', 'bed', 'support', 'street', 1, asked, 'mission',
       CASE WHEN waits THEN 'offered' ELSE 'accepted' END, false, CASE WHEN NOT waits THEN decided END FROM lives
"""


def lay(store: Store, cases: int, tell: Tell) -> None:
    """Have so many people's lives in the store, which is empty, and places that are all taken."""
    publish(store, CITY, None, file_name="city.yaml")
    with without_foreign_keys(store, *TABLES), without_indexes(store):
        for first in range(1, cases + 1, LAID_AT_ONCE):
            tell(f"laying cases {first} of {cases}")
            with store.engine.begin() as connection:
                connection.execute(text(LIVES), {"first": first, "last": min(cases, first + LAID_AT_ONCE - 1)})
                for statement in (CASES, EVENTS, CHANGES, WORK, "DROP TABLE lives"):
                    raw(connection).execute(statement)
        with store.engine.begin() as connection:
            for statement in ROOMS:
                connection.execute(text(statement))
    settle(store)
