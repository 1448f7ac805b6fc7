"""What PostgreSQL cannot do is told in a sentence that says what to do, and what may heal may be repeated."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from handrail.errors import CaseworkError, Delayed, Refused
from handrail.store_faults import told

STATEMENT = "SELECT 1"


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (errors.LockNotAvailable(), Delayed, "Repeat it in a moment"),
        (errors.DeadlockDetected(), Delayed, "Repeat it in a moment"),
        (errors.QueryCanceled(), Delayed, "raise HANDRAIL_STATEMENT_SECONDS"),
        (errors.DiskFull(), Delayed, "no room left on its disk"),
        (errors.ReadOnlySqlTransaction(), Delayed, "takes nothing in"),
        (errors.InsufficientPrivilege(), Refused, "grant this one what it lacks"),
        (errors.AdminShutdown("terminating connection"), Delayed, "Repeat it when PostgreSQL is up"),
        (errors.IdleInTransactionSessionTimeout(), Delayed, "Repeat it when PostgreSQL is up"),
        (
            psycopg.OperationalError("connection failed: FATAL: sorry, too many clients already"),
            Delayed,
            "no connection",
        ),
        (psycopg.OperationalError('connection failed: FATAL: role "x" does not exist'), Refused, "does not let us in"),
        (psycopg.OperationalError("connection failed: refused"), Delayed, "HANDRAIL_DATABASE_URL right"),
        (psycopg.OperationalError("la connexion a été perdue"), Delayed, "Repeat it when PostgreSQL is up"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else None,
)
def test_a_fault_is_told_alike_from_whatever_layer_it_comes(
    fault: psycopg.Error, kind: type[CaseworkError], sentence: str
) -> None:
    for error in (fault, OperationalError(STATEMENT, {}, fault)):
        found = told(error)

        assert type(found) is kind
        assert sentence in str(found)
        assert str(fault) not in str(found) or not str(fault)


def test_a_pool_that_is_used_up_is_told_as_a_delay() -> None:
    found = told(PoolTimeout("QueuePool limit of size 1 overflow 1 reached"))

    assert type(found) is Delayed
    assert "raise HANDRAIL_CONNECTIONS" in str(found)


@pytest.mark.parametrize("fault", [errors.UndefinedColumn("x"), errors.UniqueViolation("x"), ValueError("x")], ids=repr)
def test_a_fault_of_the_program_stays_what_it_is(fault: Exception) -> None:
    assert told(fault) is None
    assert told(DataError(STATEMENT, {}, fault)) is None
