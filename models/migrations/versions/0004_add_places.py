"""Keep places, who holds and occupies them, the nights' arrivals, and blockages that belong to no one case.

That a place is used by one at a time, and that a person uses one place of a kind at a time, are constraints: no code
can break them. A void is a use as well, so that it cannot be opened under somebody who sleeps there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLACES = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE handrail.projects (
    key text CONSTRAINT projects_pk PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    provider text NOT NULL,
    turnaround_days integer CONSTRAINT projects_turnaround CHECK (turnaround_days BETWEEN 0 AND 365),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT projects_kind UNIQUE (key, kind)
);
CREATE TABLE handrail.places (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT places_pk PRIMARY KEY,
    project text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL CONSTRAINT places_name_not_blank CHECK (btrim(name) <> ''),
    single boolean NOT NULL DEFAULT true,
    accessible boolean NOT NULL DEFAULT false,
    women_only boolean NOT NULL DEFAULT false,
    dogs boolean NOT NULL DEFAULT false,
    couples boolean NOT NULL DEFAULT false,
    risks_not_accepted text[] NOT NULL DEFAULT '{}',
    only_while text,
    in_service_from date NOT NULL,
    in_service_until date,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT places_name UNIQUE (project, name),
    CONSTRAINT places_of_a_kind UNIQUE (id, kind),
    CONSTRAINT places_project FOREIGN KEY (project, kind) REFERENCES handrail.projects (key, kind),
    CONSTRAINT places_service_ends_after_it_begins CHECK (in_service_until >= in_service_from)
);
CREATE INDEX places_kind ON handrail.places (kind, project);
CREATE TABLE handrail.place_uses (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT place_uses_pk PRIMARY KEY,
    place_id bigint NOT NULL,
    kind text NOT NULL,
    use text NOT NULL CONSTRAINT place_uses_use_known CHECK (use IN ('hold', 'stay', 'void')),
    case_id bigint CONSTRAINT place_uses_case REFERENCES handrail.cases,
    person_id bigint CONSTRAINT place_uses_person REFERENCES handrail.persons,
    during tstzrange NOT NULL CONSTRAINT place_uses_lasts CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    night date,
    reason text,
    agency text,
    officer text,
    ended text CONSTRAINT place_uses_end_known CHECK (ended IN ('lapsed', 'given_up', 'left', 'turned_round')),
    end_reason text,
    settled_at timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT place_uses_place FOREIGN KEY (place_id, kind) REFERENCES handrail.places (id, kind),
    CONSTRAINT place_uses_hold_ends CHECK (use <> 'hold' OR NOT upper_inf(during)),
    CONSTRAINT place_uses_hold_is_for_somebody CHECK (use <> 'hold' OR (case_id IS NOT NULL AND person_id IS NOT NULL)),
    CONSTRAINT place_uses_void_has_a_reason CHECK (use <> 'void' OR (reason IS NOT NULL AND case_id IS NULL)),
    CONSTRAINT place_uses_case_has_a_person CHECK ((case_id IS NULL) = (person_id IS NULL)),
    CONSTRAINT place_uses_one_at_a_time EXCLUDE USING gist (place_id WITH =, during WITH &&),
    CONSTRAINT place_uses_one_place_of_a_kind EXCLUDE USING gist (person_id WITH =, kind WITH =, during WITH &&)
        WHERE (person_id IS NOT NULL)
);
CREATE INDEX place_uses_kind ON handrail.place_uses (kind, upper(during));
CREATE INDEX place_uses_case ON handrail.place_uses (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX place_uses_unsettled ON handrail.place_uses (upper(during)) WHERE use = 'hold' AND settled_at IS NULL;
CREATE TABLE handrail.arrivals (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT arrivals_pk PRIMARY KEY,
    kind text NOT NULL,
    night date NOT NULL,
    case_id bigint NOT NULL CONSTRAINT arrivals_case REFERENCES handrail.cases,
    expected boolean NOT NULL DEFAULT false,
    presented_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL CONSTRAINT arrivals_state_known CHECK (state IN ('waiting', 'allocated', 'refused')),
    use_id bigint CONSTRAINT arrivals_use REFERENCES handrail.place_uses,
    reason text,
    attributable_to text CONSTRAINT arrivals_attribution_known
        CHECK (attributable_to IN ('system', 'provider', 'person', 'law')),
    agency text NOT NULL,
    officer text,
    CONSTRAINT arrivals_once_a_night UNIQUE (kind, night, case_id),
    CONSTRAINT arrivals_allocated_a_place CHECK ((state = 'allocated') = (use_id IS NOT NULL)),
    CONSTRAINT arrivals_refused_for_a_reason CHECK ((state = 'refused') = (reason IS NOT NULL)),
    CONSTRAINT arrivals_refused_by_somebody CHECK ((reason IS NULL) = (attributable_to IS NULL))
);
CREATE TABLE handrail.nights (
    kind text NOT NULL,
    night date NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cut_off_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT nights_pk PRIMARY KEY (kind, night),
    CONSTRAINT nights_end_after_the_cut_off CHECK (ends_at > cut_off_at)
);
CREATE TABLE handrail.switches (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT switches_pk PRIMARY KEY,
    name text NOT NULL,
    on_ daterange NOT NULL CONSTRAINT switches_last CHECK (NOT isempty(on_)),
    because text NOT NULL,
    officer text NOT NULL CONSTRAINT switches_officer_named CHECK (btrim(officer) <> ''),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT switches_once EXCLUDE USING gist (name WITH =, on_ WITH &&)
);
"""

SHARED_BLOCKAGES = """
CREATE TABLE handrail.shared_blockages (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT shared_blockages_pk PRIMARY KEY,
    pathway text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CONSTRAINT shared_blockages_kind_known CHECK (kind IN ('service', 'step', 'rule')),
    subject text NOT NULL,
    theme text NOT NULL,
    attributable_to text NOT NULL CONSTRAINT shared_blockages_attribution_known
        CHECK (attributable_to IN ('system', 'provider', 'person', 'law')),
    reason text,
    owner text NOT NULL,
    since timestamptz NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    because text NOT NULL,
    evidence jsonb NOT NULL,
    person_days double precision NOT NULL DEFAULT 0 CONSTRAINT shared_blockages_cost CHECK (person_days >= 0),
    level integer NOT NULL DEFAULT 0 CONSTRAINT shared_blockages_level CHECK (level >= 0),
    calm_since timestamptz,
    disputed text,
    action text,
    due_on date,
    closed_at timestamptz,
    closed_as text CONSTRAINT shared_blockages_end_known CHECK (closed_as IN ('cleared', 'closed', 'merged')),
    closed_because text,
    merged_into bigint CONSTRAINT shared_blockages_merged_into REFERENCES handrail.shared_blockages,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT shared_blockages_closed_somehow CHECK ((closed_at IS NULL) = (closed_as IS NULL)),
    CONSTRAINT shared_blockages_merged_somewhere CHECK ((closed_as = 'merged') = (merged_into IS NOT NULL))
);
CREATE UNIQUE INDEX shared_blockages_once ON handrail.shared_blockages (pathway, name, subject)
    WHERE closed_at IS NULL;
CREATE TABLE handrail.shared_blockage_cases (
    blockage_id bigint NOT NULL CONSTRAINT shared_blockage_cases_blockage REFERENCES handrail.shared_blockages,
    case_id bigint NOT NULL CONSTRAINT shared_blockage_cases_case REFERENCES handrail.cases,
    CONSTRAINT shared_blockage_cases_pk PRIMARY KEY (blockage_id, case_id)
);
CREATE TABLE handrail.shared_blockage_acts (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT shared_blockage_acts_pk PRIMARY KEY,
    blockage_id bigint NOT NULL CONSTRAINT shared_blockage_acts_blockage REFERENCES handrail.shared_blockages,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    act text NOT NULL,
    agency text,
    officer text,
    because text NOT NULL
);
CREATE INDEX shared_blockage_acts_blockage ON handrail.shared_blockage_acts (blockage_id, id);
"""

NOTICES = """
ALTER TABLE handrail.notices
    ALTER COLUMN case_id DROP NOT NULL,
    ADD COLUMN blockage_id bigint CONSTRAINT notices_blockage REFERENCES handrail.shared_blockages,
    ADD CONSTRAINT notices_of_a_case_or_a_blockage CHECK (num_nonnulls(case_id, blockage_id) = 1);
CREATE UNIQUE INDEX notices_one_a_number_of_a_blockage ON handrail.notices (blockage_id, number)
    WHERE blockage_id IS NOT NULL;
"""

COUNTS = """
CREATE TABLE handrail.uncounted (
    case_id bigint NOT NULL,
    before integer NOT NULL,
    after integer NOT NULL
);
CREATE TABLE handrail.spells (
    pathway text NOT NULL,
    what text NOT NULL CONSTRAINT spells_what_known CHECK (what IN ('step', 'offer', 'wait')),
    subject text NOT NULL,
    ended timestamptz NOT NULL,
    began timestamptz NOT NULL,
    ending text NOT NULL,
    people integer NOT NULL,
    began_sum bigint NOT NULL,
    ended_sum bigint NOT NULL,
    CONSTRAINT spells_pk PRIMARY KEY (pathway, what, subject, ended, began, ending)
);
CREATE TABLE handrail.stops (
    case_id bigint NOT NULL,
    pathway text NOT NULL,
    list text NOT NULL,
    reason text NOT NULL,
    source text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    ended timestamptz NOT NULL,
    stands boolean NOT NULL,
    CONSTRAINT stops_pk PRIMARY KEY (case_id, list, source, number)
);
CREATE INDEX stops_reason ON handrail.stops (pathway, list, reason, ended, at);
CREATE TABLE handrail.counted (
    pathway text CONSTRAINT counted_pk PRIMARY KEY,
    watched text NOT NULL,
    since timestamptz NOT NULL
);
CREATE TABLE handrail.looks (
    pathway text NOT NULL,
    name text NOT NULL,
    looked_on date NOT NULL,
    CONSTRAINT looks_pk PRIMARY KEY (pathway, name)
);
"""


SHOW_WHAT_NOBODY_TOOK = """
UPDATE handrail.work AS w SET closed_at = NULL, agency = t.agency, due_at = NULL, overdue = false
FROM handrail.work AS t JOIN handrail.cases AS c ON c.id = t.case_id
WHERE w.kind = 'hand_off' AND w.state = 'exhausted' AND w.closed_at IS NOT NULL
  AND t.kind = 'track' AND t.closed_at IS NULL AND c.status = 'open'
  AND t.case_id = w.case_id AND t.track = w.track AND t.stage = w.stage AND t.opened_at <= w.opened_at
  AND NOT EXISTS (
    SELECT FROM handrail.work AS l
    WHERE l.case_id = w.case_id AND l.kind = 'hand_off' AND l.name = w.name AND l.nth > w.nth
  );
"""
"""A hand-off that nobody took is open work of the track's owner while its stage lasts; it used to be shown as over."""

KEPT = ("projects", "place_uses", "nights", "shared_blockages")
TAKE_AWAY = """
ALTER TABLE handrail.notices DROP COLUMN blockage_id, ALTER COLUMN case_id SET NOT NULL;
DROP TABLE handrail.looks, handrail.counted, handrail.stops, handrail.spells, handrail.uncounted,
    handrail.shared_blockage_acts, handrail.shared_blockage_cases, handrail.shared_blockages,
    handrail.switches, handrail.arrivals, handrail.nights, handrail.place_uses, handrail.places, handrail.projects;
"""


def upgrade() -> None:
    """Lay the tables of places and of shared blockages, and show again which hand-offs nobody took."""
    for part in (PLACES, SHARED_BLOCKAGES, NOTICES, COUNTS, SHOW_WHAT_NOBODY_TOOK):
        op.execute(part)


def downgrade() -> None:
    """Take the tables away as long as nobody has used them: who slept where is never thrown away by a tool.

    Raises:
        RuntimeError: a place, a night or a shared blockage is kept.
    """
    kept = [table for table in KEPT if op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT FROM handrail.{table})"))]  # noqa: S608
    if kept:
        message = f"Migration 0004 cannot be undone: it would throw away what is in {', '.join(kept)}."
        raise RuntimeError(message)
    op.execute(TAKE_AWAY)
