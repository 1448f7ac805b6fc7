"""What a fault of PostgreSQL means to whoever asked for something: repeat it, or have a person look.

No sentence repeats what PostgreSQL said, which may hold an address or a row. The fault itself stays behind it, as the
cause.
"""

from __future__ import annotations

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from handrail.errors import CaseworkError, Delayed, Refused

ENDED = (errors.IdleInTransactionSessionTimeout, psycopg.OperationalError, psycopg.InterfaceError)
"""The connection is gone, or was never there; looked at last, for much else is an OperationalError too."""
HELD = "Somebody else holds this case, or a whole table, for too long. Repeat it in a moment."
AWAY = "The case store did not answer. Repeat it when PostgreSQL is up."
UNREACHED = "The case store did not answer. Is PostgreSQL up, and HANDRAIL_DATABASE_URL right? Repeat it then."
TOO_LONG = (
    "PostgreSQL was told to end this, or it took too long. Nothing was done. Repeat it; if that happens again, see "
    "what else PostgreSQL is doing, or raise HANDRAIL_STATEMENT_SECONDS."
)
NO_ROOM = "PostgreSQL has no room left on its disk. Nothing was done. Make some, then repeat it."
NO_MEMORY = "PostgreSQL is out of memory. Nothing was done. Repeat it when there is less to do."
NOTHING_LEFT = (
    "PostgreSQL has no connection left to give. Repeat it in a moment; if that lasts, raise its max_connections or "
    "lower HANDRAIL_CONNECTIONS of the workers."
)
ALL_IN_USE = (
    "All connections of this process to the case store are in use. Repeat it in a moment; if that lasts, raise "
    "HANDRAIL_CONNECTIONS."
)
READ_ONLY = (
    "The case store takes nothing in: its PostgreSQL is set to read only, or is a standby. Repeat it when it takes "
    "writing again, or name the right one in HANDRAIL_DATABASE_URL."
)
NO_RIGHT = (
    "PostgreSQL does not let this role do that in the case store. Name the role that owns its tables in "
    "HANDRAIL_DATABASE_URL, or grant this one what it lacks."
)
NOT_LET_IN = "PostgreSQL does not let us in. See that user, password and database of HANDRAIL_DATABASE_URL are right."
SENTENCES: tuple[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], str], ...] = (
    ((errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure), HELD),
    (errors.QueryCanceled, TOO_LONG),
    (errors.DiskFull, NO_ROOM),
    (errors.OutOfMemory, NO_MEMORY),
    (errors.TooManyConnections, NOTHING_LEFT),
    (errors.ReadOnlySqlTransaction, READ_ONLY),
    (errors.InsufficientPrivilege, NO_RIGHT),
)
# Why a connection was not given is told in words only; in another language they are not found, and UNREACHED is said.
WORDS = (
    (NOTHING_LEFT, ("too many clients", "connection slots are reserved", "too many connections for")),
    (NOT_LET_IN, ("authentication failed", "no pg_hba.conf entry", "permission denied for database")),
    (NOT_LET_IN, ('" does not exist', "no password supplied", "is not permitted to log in")),
    (UNREACHED, ("connection failed", "connection is bad", "connection timeout")),
)


def told(error: Exception) -> CaseworkError | None:
    """Return what to say of a fault of the store, or None if it is a fault of the program."""
    if isinstance(error, PoolTimeout):
        return Delayed(ALL_IN_USE)
    fault = error.orig if isinstance(error, DBAPIError) else error
    for kinds, sentence in SENTENCES:
        if isinstance(fault, kinds):
            return _with(sentence)
    if isinstance(fault, ENDED) or isinstance(error, OperationalError | InterfaceError):
        said = str(fault)
        return _with(next((sentence for sentence, words in WORDS if any(word in said for word in words)), AWAY))
    return None


def _with(sentence: str) -> CaseworkError:
    return Refused(sentence) if sentence in {NO_RIGHT, NOT_LET_IN} else Delayed(sentence)
