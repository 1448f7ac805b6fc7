"""Find names that sound alike quickly, where the server has pg_trgm and lets us use it."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ALIKE = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
        BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            CREATE INDEX person_names_alike ON handrail.person_names USING gin (folded gin_trgm_ops);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'pg_trgm may not be used here: names are compared letter by letter';
        END;
    END IF;
END
$$;
"""


def upgrade() -> None:
    """Have the index where it can be had."""
    op.execute(ALIKE)


def downgrade() -> None:
    """Drop the index; the extension stays, others may use it."""
    op.execute("DROP INDEX IF EXISTS handrail.person_names_alike")
