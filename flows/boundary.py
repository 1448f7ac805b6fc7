"""The border between our faults and Prefect: what went wrong stays with us, Prefect learns its class and a number.

Prefect writes the text of an exception, its causes and its context into states, events and logs. Those may carry a
statement with its values, a form's input, a name. So every flow and task is ``guarded``: the fault is recorded in a
restricted table of ours, and a ``Fault`` without any history takes its place.
"""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class FaultReport:
    """What the restricted table keeps: ``where`` is the guarded function, ``text`` the whole traceback."""

    fault_class: str
    where: str
    text: str


Recorder = Callable[[FaultReport], int]


class Fault(Exception):
    """All that Prefect learns: the class of what went wrong, and where to read on; never its text."""

    def __init__(self, fault_class: str, number: int | None) -> None:
        self.fault_class = fault_class
        self.number = number
        super().__init__(fault_class, number)  # so that it survives pickling

    def __str__(self) -> str:
        """A sentence for the operator."""
        if self.number is None:
            return f"{self.fault_class}. It could not be recorded: see whether PostgreSQL is up."
        return f"{self.fault_class}, recorded as fault {self.number}."


def guard(record: Recorder) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """Return a decorator for flows and tasks, to stand right below Prefect's own, that records faults by ``record``."""

    def guarded(function: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        @functools.wraps(function)
        async def inside_the_border(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return await function(*args, **kwargs)
            except (Exception, BaseExceptionGroup, SystemExit) as error:  # noqa: BLE001 - here all of it is recorded
                shown: BaseException = _fault(error, function.__qualname__, record)
            except BaseException as signal:  # noqa: BLE001 - a cancelling is passed on, but without its history
                shown = _without_history(signal)
            # Not in the except block: there Python would chain the original to what is raised.
            raise shown

        # Prefect reads the types of parameters, and would look for their names in this module.
        vars(inside_the_border)["__signature__"] = inspect.signature(function, eval_str=True)
        return inside_the_border

    return guarded


def _fault(error: BaseException, where: str, record: Recorder) -> Fault:
    if isinstance(error, Fault):  # a task's, on its way through its flow: recorded already
        return Fault(error.fault_class, error.number)
    report = FaultReport(type(error).__name__, where, "".join(traceback.format_exception(error)))
    try:
        number = record(report)
    except Exception:  # noqa: BLE001 - often the same fault that is to be recorded: the database is away
        number = None
    return Fault(report.fault_class, number)


def _without_history(signal: BaseException) -> BaseException:
    signal.__cause__ = None
    signal.__context__ = None
    return signal.with_traceback(None)
