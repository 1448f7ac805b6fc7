"""Runs Python code as on a machine whose clock is wrong: ``python other_clock.py HOURS CODE ARGUMENT ...``.

Only what tells the time of day is shifted, in this process; PostgreSQL and the monotonic clock are not.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from datetime import UTC, date, datetime, timedelta, tzinfo

OFF = timedelta(hours=float(sys.argv[1]))
true_seconds = time.time


def shifted_seconds() -> float:
    return true_seconds() + OFF.total_seconds()


def shifted_now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
    return cls.fromtimestamp(shifted_seconds(), tz)


def shifted_utcnow(cls: type[datetime]) -> datetime:
    return cls.fromtimestamp(shifted_seconds(), UTC).replace(tzinfo=None)


def shifted_today(cls: type[date]) -> date:
    return cls.fromtimestamp(shifted_seconds())


def replace(cls: type, name: str, function: object) -> None:
    """Have a class that is written in C have another method, for good; nobody can do that in Python alone."""
    gc.get_referents(cls.__dict__)[0][name] = function
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


time.time = shifted_seconds
time.time_ns = lambda: int(shifted_seconds() * 1e9)
replace(datetime, "now", classmethod(shifted_now))
replace(datetime, "utcnow", classmethod(shifted_utcnow))
replace(datetime, "today", classmethod(shifted_today))
replace(date, "today", classmethod(shifted_today))

if __name__ == "__main__":
    code = sys.argv[2]
    sys.argv = ["handrail", *sys.argv[3:]]
    exec(code, {"__name__": "__main__"})  # noqa: S102 (the tests' own words)
